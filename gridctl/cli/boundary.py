"""The one place where errors become a line on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from gridctl.errors import ExitCode, GridctlError


def guarded(call: Callable[[], Any], *, debug: bool = False) -> int:
    """Run ``call``; its return value is the exit code, ``None`` meaning success.

    Expected errors print one line. Anything else is a bug: the traceback goes to a file whose path
    is printed, or to stderr under ``--debug``.
    """
    try:
        result = call()
        sys.stdout.flush()
    except GridctlError as error:
        _complain(str(error))
        return int(error.exit_code)
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:  # the reader, say `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception as error:
        return _usage_or_bug(error, debug=debug)
    if result == ExitCode.INTERRUPTED:  # Typer meets Ctrl-C first, and says nothing
        return _interrupted()
    return int(result) if isinstance(result, int) else int(ExitCode.OK)


def _interrupted() -> int:
    _complain("interrupted")
    return int(ExitCode.INTERRUPTED)


def _usage_or_bug(error: Exception, *, debug: bool) -> int:
    # Typer's own errors, known by their interface: it vendors the classes that it raises.
    # DuckDB answers Ctrl-C within a statement with a bare RuntimeError.
    if type(error).__name__ == "Abort" or "Query interrupted" in str(error):
        return _interrupted()
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(f"{error.format_message()}\n")  # type: ignore[attr-defined]
        return int(ExitCode.OK)
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        hint = f"; see: {context.command_path} --help" if context else ""
        _complain(f"{error.format_message().replace('Value error, ', '').rstrip('.')}{hint}")
        return int(ExitCode.USAGE)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        _complain(f"{where}{error.strerror}")
        return int(ExitCode.DATABASE)
    if debug:
        traceback.print_exception(error)
        return 70
    _complain(f"{type(error).__name__} in gridctl itself; details in {_write_traceback(error)}")
    return 70


def _write_traceback(error: Exception) -> Path:
    stamp = f"{datetime.now():%Y%m%dT%H%M%S}"
    path = Path(tempfile.gettempdir()) / f"gridctl-{stamp}-{os.getpid()}.log"
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path


def _complain(message: str) -> None:
    line = " ".join(message.split())
    sys.stderr.write(f"error: {line}\n")
