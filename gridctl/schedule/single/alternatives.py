"""Other runs to tell of: the next best, and when there is none at all the nearest that would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import numpy as np

from gridctl.clock import HALF_HOUR, LONDON, iso
from gridctl.schedule.job.workload import Cap, Workload
from gridctl.schedule.signals.signal import Signal
from gridctl.schedule.single.accounting import outcome_of
from gridctl.schedule.single.frame import Frame, Signals, runs_in
from gridctl.schedule.single.outcome import Outcome
from gridctl.schedule.single.pauses import in_one_piece, more_pauses, shorter_runs
from gridctl.schedule.single.search import (
    Run,
    best_run,
    draws,
    earliest_run,
    least_cap,
    run_means,
    series_values,
)

_MOST_ALTERNATIVES = 3


def relaxed(workload: Workload, signals: Signals, frame: Frame) -> Iterator[Outcome]:
    """The nearest feasible runs: one bound loosened at a time, then all, then a later finish."""
    found = False
    for cap in workload.caps:
        others = [other for other in workload.caps if other != cap]
        nearest = _nearest(workload, signals, frame, cap, others)
        if nearest is not None:
            found = True
            run, level = nearest
            yield relaxing(workload, signals, run, f"{cap.name} to {cap.text(level)}")
    if not found and len(workload.caps) > 1:
        run = min(runs_in(workload, signals, frame, ()), key=lambda run: run.objective)
        yield relaxing(workload, signals, run, _all_relaxed(workload, signals[run.place], run))
    if workload.may_pause and workload.limits_pauses:
        yield from _looser_pauses(workload, signals, frame)
    if not workload.deferrable:
        yield from _deferred(workload, signals, frame)
    elif workload.deadline is not None:
        yield from _later(workload, signals, frame)


def _looser_pauses(workload: Workload, signals: Signals, frame: Frame) -> Iterator[Outcome]:
    """The least of additional pauses, and the longest of shorter minimum runs, that would do."""
    for ladder in (more_pauses(workload), shorter_runs(workload)):
        low, high = 0, len(ladder) - 1
        found: tuple[Run, str] | None = None
        while low <= high:
            middle = (low + high) // 2
            looser, relaxes = ladder[middle]
            runs = runs_in(looser, signals, frame, workload.caps)
            if runs:
                found = min(runs, key=lambda run: run.objective), relaxes
                high = middle - 1
            else:
                low = middle + 1
        if found:
            yield relaxing(workload, signals, *found)


def _nearest(
    workload: Workload, signals: Signals, frame: Frame, cap: Cap, others: Sequence[Cap]
) -> tuple[Run, float] | None:
    found = (
        least_cap(signal, workload, cap, others, frame.earliest, frame.latest)
        for signal in signals.values()
    )
    return min(
        (item for item in found if item is not None),
        key=lambda item: (cap.sign * item[1], item[0].objective),
        default=None,
    )


def _all_relaxed(workload: Workload, signal: Signal, run: Run) -> str:
    """The bounds that one run needs, for those it breaks."""
    texts = []
    for cap in workload.caps:
        values = series_values(signal, cap)
        slots = [draw.slot for draw in draws(signal, run)]
        if workload.cap_mode == "mean":
            mean = getattr(run_means(signal, run), cap.series)
            level = mean if mean is not None else np.nan
        else:
            level = cap.sign * float(values[slots].max())
        if cap.sign * level > cap.sign * cap.limit:
            texts.append(f"{cap.name} to {cap.text(level)}")
    return " and ".join(texts)


def _later(workload: Workload, signals: Signals, frame: Frame) -> Iterator[Outcome]:
    """The first run that keeps every cap after the deadline, as far as the forecast goes."""
    found = [
        _first_after(signal, workload, frame, ends)
        for signal in signals.values()
        if (ends := signal.ends_at) is not None
    ]
    runs = [run for run in found if run is not None]
    if runs:
        run = min(runs, key=lambda run: run.end)
        yield relaxing(workload, signals, run, f"deadline to {iso(run.end)}")


def _first_after(signal: Signal, workload: Workload, frame: Frame, ends: datetime) -> Run | None:
    """The run done first that ends after the deadline, or when there is one before, that."""
    earliest = frame.earliest if workload.may_pause or workload.curve else frame.latest
    return earliest_run(signal, workload, workload.caps, earliest, ends - workload.shortest)


def _deferred(workload: Workload, signals: Signals, frame: Frame) -> Iterator[Outcome]:
    wider = replace(frame, latest=frame.finish - workload.shortest)
    runs = runs_in(replace(workload, deferrable=True), signals, wider, workload.caps)
    if runs:
        run = min(runs, key=lambda run: run.objective)
        yield relaxing(
            workload, signals, run, f"its start to {iso(run.start)}, if it may be deferred"
        )


def relaxing(workload: Workload, signals: Signals, run: Run, relaxes: str | None) -> Outcome:
    return replace(outcome_of(workload, signals[run.place], run), relaxes=relaxes)


def next_best(workload: Workload, signals: Signals, frame: Frame, best: Run) -> list[Outcome]:
    """The next best: other places, and other days or sides of the chosen run in its own place."""
    found: list[Run | None] = []
    for place, signal in signals.items():
        if place != best.place:
            found += runs_in(workload, {place: signal}, frame, workload.caps)
            continue
        spans = _spans(workload, frame, best)
        found += [best_run(signal, workload, workload.caps, *span) for span in spans]
        if workload.may_pause:
            found += runs_in(in_one_piece(workload), {place: signal}, frame, workload.caps)
    runs = {(run.place, tuple(run.pieces)): run for run in found if run is not None}
    others = (run for run in runs.values() if not _is_alike(run, best))
    ordered = sorted(others, key=lambda run: (run.objective, run.start))
    return [outcome_of(workload, signals[run.place], run) for run in ordered[:_MOST_ALTERNATIVES]]


def _is_alike(one: Run, other: Run) -> bool:
    """The same run but for minutes."""
    if (one.place, one.pauses) != (other.place, other.pauses):
        return False
    edges = zip(one.pieces, other.pieces, strict=True)
    return all(abs(a - b) < HALF_HOUR for pair in edges for a, b in zip(*pair, strict=True))


def _spans(workload: Workload, frame: Frame, best: Run) -> Iterator[tuple[datetime, datetime]]:
    """Where else to look in the best run's own place: apart from it, or by day when it has pauses.

    Spans of starts for a job in its shortest form, cut at local midnights.
    """
    if not workload.deferrable:
        return
    if workload.may_pause or workload.curve:
        yield from _days(frame.earliest, frame.finish, workload.shortest)
        return
    for first, last in ((frame.earliest, best.start - workload.duration), (best.end, frame.latest)):
        while first <= last:
            tomorrow = first.astimezone(LONDON).date() + timedelta(days=1)
            midnight = datetime.combine(tomorrow, time(), LONDON).astimezone(first.tzinfo)
            yield first, min(midnight, last)
            first = midnight


def _days(
    earliest: datetime, finish: datetime, shortest: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Each local day of the window in which the job fits, as a span of starts."""
    first = earliest
    while first < finish:
        tomorrow = first.astimezone(LONDON).date() + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time(), LONDON).astimezone(first.tzinfo)
        last = min(midnight, finish) - shortest
        if last >= first:
            yield first, last
        first = midnight
