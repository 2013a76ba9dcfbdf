"""Entry point of the ``gridctl`` command and of ``python -m gridctl``."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        code = _run()
    except KeyboardInterrupt:  # before anything began: still importing
        code = 130
    # By now everything is closed and written. Unloading DuckDB, NumPy and the rest module by module
    # would take another 40 ms, a tenth of a whole command.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run() -> int:
    if sys.argv[1:] == ["--version"]:  # answered before anything is imported
        from gridctl import __version__

        sys.stdout.write(f"gridctl {__version__}\n")
        return 0
    from gridctl.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    main()
