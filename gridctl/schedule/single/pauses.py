"""The same job with its pauses made freer, step by step, or with none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import gcd

from gridctl.clock import HALF_HOUR, format_duration
from gridctl.schedule.job.workload import Workload

_MOST_PAUSES = 20  # nobody who limits pauses asks for more

Ladder = list[tuple[Workload, str]]  # from the least change on, each with what it relaxes


def in_one_piece(workload: Workload) -> Workload:
    """The job without pauses."""
    return replace(
        workload, interruptible=False, min_run=None, restart_energy_kwh=None, max_pauses=None
    )


def more_pauses(workload: Workload) -> Ladder:
    """Allowing one pause more, two more ... up to as many as the minimum run leaves room for."""
    if workload.max_pauses is None:
        return []
    most = _MOST_PAUSES
    if workload.min_run:
        most = min(most, workload.duration // workload.min_run - 1)
    return [
        (replace(workload, max_pauses=pauses), f"max_pauses to {pauses}")
        for pauses in range(workload.max_pauses + 1, most + 1)
    ]


def shorter_runs(workload: Workload) -> Ladder:
    """Ever shorter minimum runs, on the same grain of time."""
    if workload.min_run is None:
        return []
    seconds = [round(span.total_seconds()) for span in (HALF_HOUR, workload.duration)]
    now = round(workload.min_run.total_seconds())
    step = gcd(now, *seconds)
    spans = [timedelta(seconds=length) for length in range(now - step, 0, -step)]
    return [
        (replace(workload, min_run=span), f"min_run to {format_duration(span)}") for span in spans
    ]
