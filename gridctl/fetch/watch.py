"""Keep fetching: what is due, at every tick, until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from gridctl import clock
from gridctl.config import Config
from gridctl.errors import GridctlError
from gridctl.fetch.ask import Say
from gridctl.fetch.report import FetchReport
from gridctl.fetch.runner import Plan, fetch


def watch(
    config: Config,
    names: Sequence[str],
    plan: Plan,
    every: timedelta,
    stop: threading.Event,
    on_report: Callable[[FetchReport], None],
    on_error: Callable[[GridctlError], None],
    say: Say = lambda _: None,
) -> None:
    """Fetch what is due every ``every``, until ``stop`` is set; then the step under way ends first.

    Ticks are counted from the start, so they do not drift; those missed, say while the machine
    slept, are left out. A step that fails is told to ``on_error`` and the next one still comes.
    """
    due_only = replace(plan, only_due=True, history=None, with_forecast=True)
    next_tick = time.monotonic()
    while not stop.is_set():
        try:
            on_report(fetch(config, names, due_only, clock.now(), say, stop=stop))
        except GridctlError as error:
            on_error(error)
        late = max(0.0, time.monotonic() - next_tick)
        next_tick += (late // every.total_seconds() + 1) * every.total_seconds()
        stop.wait(next_tick - time.monotonic())
