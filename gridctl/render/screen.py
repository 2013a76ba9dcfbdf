"""``gridctl status`` on a screen: in colour, and again and again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TextIO

from gridctl.errors import DatabaseBusyError
from gridctl.ops.overview import Overview
from gridctl.render.overview import STEPS, overview_text

_MARKS = {
    r"(?m)^(Great Britain|The next|Cleanest|Next|Jobs|Sources|Landing)[^,:\n]*": "bold",
    r"\b(stale|never|failed [1-9]\d*|rejected [1-9]\d*)\b": "bold red",
    r"\b(very low|low)\b": "green",
    r"\bmoderate\b": "yellow",
    r"\b(very high|high)\b": "red",
    r"SYNTHETIC.*": "bold magenta",
    r"[▁▂▃▄▅▆▇█]+": "cyan",
}


def write_overview(seen: Overview, stream: TextIO) -> None:
    """Write the screen, in colour on a terminal that wants it."""
    if stream.isatty():
        from rich.console import Console

        text = overview_text(seen, shutil.get_terminal_size().columns)
        Console(file=stream, highlight=False, soft_wrap=True).print(_coloured(text), end="")
    else:
        stream.write(_encodable(overview_text(seen), stream))


def show_live(look: Callable[[], Overview], pause: timedelta, stream: TextIO) -> None:
    """Show what ``look`` sees until Ctrl-C: redrawn in place on a terminal, else one below another.

    While the database is busy the last screen stays.
    """
    if not stream.isatty():
        while True:
            write_overview(look(), stream)
            stream.flush()
            time.sleep(pause.total_seconds())
    from rich.live import Live

    with Live(screen=True, auto_refresh=False) as live:
        while True:
            with suppress(DatabaseBusyError):
                width, height = shutil.get_terminal_size()
                text = clipped(overview_text(look(), width), height)
                live.update(_coloured(text), refresh=True)
            time.sleep(pause.total_seconds())


def _coloured(screen: str) -> Any:
    """The screen as rich text."""
    from rich.text import Text

    text = Text(screen)
    for pattern, style in _MARKS.items():
        text.highlight_regex(pattern, style)
    return text


def clipped(screen: str, height: int) -> str:
    """As many lines as there is room for; a last one says what is not seen."""
    lines = screen.splitlines()
    if len(lines) <= height:
        return "\n".join(lines)
    unseen = len(lines) - height + 1
    return "\n".join([*lines[: height - 1], f"... {unseen} lines more in a taller window"])


def _encodable(text: str, stream: TextIO) -> str:
    """Without block characters where the stream's encoding lacks them."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return text.translate(str.maketrans(STEPS, "_.:-=+*#"))
    return text
