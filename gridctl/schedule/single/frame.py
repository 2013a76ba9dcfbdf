"""The window a job has in the end, and the best run in it at each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridctl.clock import iso
from gridctl.errors import SignalError
from gridctl.schedule.job.workload import Cap, Workload, check_window
from gridctl.schedule.signals.signal import Place, Signal
from gridctl.schedule.single import missing, reasons
from gridctl.schedule.single.search import Run, best_run, run_when_asked

Signals = Mapping[Place, Signal]


@dataclass(frozen=True)
class Frame:
    """The window in force: starts from ``earliest`` to ``latest``, and ``start`` when asked.

    ``finish`` is the deadline or, when that comes first, the end of the forecast.
    """

    earliest: datetime
    latest: datetime
    finish: datetime
    start: datetime
    notes: tuple[str, ...]


def frame_of(workload: Workload, signals: Signals, now: datetime) -> Frame:
    """The frame as of ``now``.

    Raises :class:`SignalError` when what is known ends too soon, and
    :class:`gridctl.errors.UsageError` when the job does not fit its window.
    """
    earliest, notes = earliest_start(workload, now)
    check_window(workload, earliest)
    ends = max((s.ends_at for s in signals.values() if s.ends_at is not None), default=None)
    if ends is None:
        raise SignalError(missing.nothing_known(signals, earliest))
    finish = min(workload.deadline or ends, ends)
    if workload.deadline is not None and ends < workload.deadline:
        notes.append(
            f"{reasons.FORECAST_ENDS} {iso(ends)}, before the deadline: planned on what exists"
        )
    start = workload.start or earliest
    latest = finish - workload.shortest
    if latest < earliest:
        raise SignalError(missing.ends_too_soon(workload, signals, earliest, ends))
    if not workload.deferrable:
        if start > latest:
            raise SignalError(missing.ends_too_soon(workload, signals, start, ends))
        return Frame(start, start, finish, start, tuple(notes))
    return Frame(earliest, latest, finish, start, tuple(notes))


def earliest_start(workload: Workload, now: datetime) -> tuple[datetime, list[str]]:
    """The earliest start in force, and what is to be said about it.

    Nothing starts in the past, unless the whole window is over and the question is what if.
    """
    if workload.earliest is None:
        whole_second = now.replace(microsecond=0)
        return (now if whole_second == now else whole_second + timedelta(seconds=1)), []
    if workload.earliest >= now:
        return workload.earliest, []
    if workload.deadline is not None and workload.deadline <= now:
        return workload.earliest, ["the window is over: this is what would have been best"]
    return now, [f"earliest start raised from {iso(workload.earliest)} to {iso(now)}, the present"]


def runs_in(workload: Workload, signals: Signals, frame: Frame, caps: Sequence[Cap]) -> list[Run]:
    """The best run in each place that has one; of a job that may not be deferred, the one asked."""
    found = (
        best_run(signal, workload, caps, frame.earliest, frame.latest)
        if workload.deferrable
        else run_when_asked(signal, workload, caps, frame.start, frame.finish)
        for signal in signals.values()
    )
    return [run for run in found if run is not None]
