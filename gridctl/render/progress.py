"""A progress bar on stderr, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[str, int, int, str], None]]:
    """A function ``(what, done, total, unit)`` that moves a bar; silent when piped."""
    if quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bars: dict[str, object] = {}
    with Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:

        def move(what: str, done: int, total: int, unit: str) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total, unit=unit)
            progress.update(bars[what], completed=done, total=total, unit=unit)  # type: ignore[arg-type]

        yield move
