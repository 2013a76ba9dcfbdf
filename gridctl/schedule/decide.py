"""Decide where and when a workload runs. Pure: signals and a moment in, a decision out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import numpy as np

from gridctl.clock import HALF_HOUR, LONDON, iso
from gridctl.errors import SignalError
from gridctl.schedule import missing, reasons
from gridctl.schedule.decision import (
    Action,
    Decision,
    Outcome,
    Savings,
    SignalSummary,
)
from gridctl.schedule.outcomes import outcome_of, segments_of
from gridctl.schedule.pauses import in_one_piece, more_pauses, shorter_runs
from gridctl.schedule.placing import when_asked
from gridctl.schedule.search import (
    Run,
    best_run,
    draws,
    earliest_run,
    least_cap,
    run_means,
    run_when_asked,
    series_values,
    usable_slots,
)
from gridctl.schedule.signal import Place, Provenance, Signal
from gridctl.schedule.workload import Cap, Workload, check_window

_MOST_ALTERNATIVES = 3
_BETTER = 1e-9  # relative: less than this is rounding, and no reason to move a job

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


def decide(workload: Workload, signals: Signals, now: datetime) -> Decision:
    """The best run of ``workload`` on ``signals`` (by place, home first) as of ``now``.

    Raises :class:`SignalError` when no placement has the data it needs, and
    :class:`gridctl.errors.UsageError` when the job does not fit its window.
    """
    frame = _frame(workload, signals, now)
    workload = replace(workload, earliest=frame.earliest, start=frame.start)
    _refuse_without_data(workload, signals, frame)
    asked_for = when_asked(workload, workload.home, frame.start, frame.finish)
    baseline = outcome_of(workload, signals.get(workload.home), asked_for)
    runs = _runs(workload, signals, frame, workload.caps)
    if not runs:
        return _reject(workload, signals, frame, baseline, now)
    asked = _as_asked(workload, signals, frame)
    best = min(runs, key=lambda run: run.objective)  # home comes first among equals
    if asked is not None and not _is_better(best, asked):
        best = asked
    return _accept(workload, signals, frame, baseline, best, now)


def _frame(workload: Workload, signals: Signals, now: datetime) -> Frame:
    earliest, notes = earliest_start(workload, now)
    check_window(workload, earliest)
    ends = max((s.ends_at for s in signals.values() if s.ends_at is not None), default=None)
    if ends is None:
        raise SignalError(missing.nothing_known(workload, signals, earliest))
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


def _refuse_without_data(workload: Workload, signals: Signals, frame: Frame) -> None:
    if not any(
        earliest_run(signal, workload, (), frame.earliest, frame.latest)
        for signal in signals.values()
    ):
        raise SignalError(missing.no_placement(workload, signals, frame.earliest, frame.finish))


def _runs(workload: Workload, signals: Signals, frame: Frame, caps: Sequence[Cap]) -> list[Run]:
    """The best run in each place that has one; of a job that may not be deferred, the one asked."""
    found = (
        best_run(signal, workload, caps, frame.earliest, frame.latest)
        if workload.deferrable
        else run_when_asked(signal, workload, caps, frame.start, frame.finish)
        for signal in signals.values()
    )
    return [run for run in found if run is not None]


def _as_asked(workload: Workload, signals: Signals, frame: Frame) -> Run | None:
    """Running at home when asked, if that is inside the window and keeps the caps."""
    home = signals.get(workload.home)
    if home is None or not frame.earliest <= frame.start <= frame.latest:
        return None
    run = run_when_asked(home, workload, workload.caps, frame.start, frame.finish)
    return run if run is not None and run.end <= frame.finish else None


def _is_better(best: Run, asked: Run) -> bool:
    return best.objective < asked.objective - _BETTER * (1 + abs(asked.objective))


def _breaks_caps(workload: Workload, signals: Signals, frame: Frame) -> bool:
    """Whether running when asked is known to break a cap."""
    home = signals.get(workload.home)
    if home is None or run_when_asked(home, workload, (), frame.start, frame.finish) is None:
        return False
    return run_when_asked(home, workload, workload.caps, frame.start, frame.finish) is None


def _accept(
    workload: Workload,
    signals: Signals,
    frame: Frame,
    baseline: Outcome,
    best: Run,
    now: datetime,
) -> Decision:
    signal = signals[best.place]
    chosen = outcome_of(workload, signal, best)
    action: Action = "schedule" if best.start == frame.start else "defer"
    if best.place != workload.home:
        action = "shift_region"
    notes = [*frame.notes, *_notes(workload, signals, frame, best.place)]
    if best.cut_to_s:
        notes.append(f"planned on a grain of {best.cut_to_s} s: the window's ends are cut to it")
    breaks_caps = _breaks_caps(workload, signals, frame)
    reason = reasons.accepted(action, workload, chosen, baseline, breaks_caps=breaks_caps)
    return Decision(
        action=action,
        reason=_with_limits(reason, notes),
        expected=chosen,
        baseline=baseline,
        savings=_savings(chosen, baseline),
        segments=segments_of(workload, signal, best),
        alternatives=_others(workload, signals, frame, best),
        summary=_summary(workload, signals, frame),
        notes=notes,
        workload=workload,
        decided_at=now,
        signal=signal,
    )


def _with_limits(reason: str, notes: Sequence[str]) -> str:
    """The reason with those notes that no reader of it may miss."""
    limits = (reasons.LAST_REVISION, reasons.FORECAST_ENDS)
    return "; ".join([reason, *(note for note in notes if note.startswith(limits))])


def _reject(
    workload: Workload, signals: Signals, frame: Frame, baseline: Outcome, now: datetime
) -> Decision:
    home = signals.get(workload.home) or next(iter(signals.values()))
    uncapped = [
        best_run(signal, workload, (), frame.earliest, frame.latest, signal.carbon.values)
        for signal in signals.values()
    ]
    cleanest = min((run for run in uncapped if run), key=lambda run: run.objective, default=None)
    lowest = _relaxing(workload, signals, cleanest, None) if cleanest else None
    alone = [cap for cap in workload.caps if not _runs(workload, signals, frame, [cap])]
    alternatives = list(_relaxed(workload, signals, frame))
    notes = [*frame.notes, *_notes(workload, signals, frame, home.place)]
    reason = reasons.rejected(workload, (frame.earliest, frame.finish), alone, lowest, alternatives)
    return Decision(
        action="reject",
        reason=_with_limits(reason, notes),
        expected=None,
        baseline=baseline,
        savings=None,
        segments=(),
        alternatives=alternatives,
        summary=_summary(workload, signals, frame),
        notes=notes,
        workload=workload,
        decided_at=now,
        signal=home,
    )


def _relaxed(workload: Workload, signals: Signals, frame: Frame) -> Iterator[Outcome]:
    """The nearest feasible runs: one bound loosened at a time, then all, then a later finish."""
    found = False
    for cap in workload.caps:
        others = [other for other in workload.caps if other != cap]
        nearest = _nearest(workload, signals, frame, cap, others)
        if nearest is not None:
            found = True
            run, level = nearest
            yield _relaxing(workload, signals, run, f"{cap.name} to {cap.text(level)}")
    if not found and len(workload.caps) > 1:
        run = min(_runs(workload, signals, frame, ()), key=lambda run: run.objective)
        yield _relaxing(workload, signals, run, _all_relaxed(workload, signals[run.place], run))
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
            runs = _runs(looser, signals, frame, workload.caps)
            if runs:
                found = min(runs, key=lambda run: run.objective), relaxes
                high = middle - 1
            else:
                low = middle + 1
        if found:
            yield _relaxing(workload, signals, *found)


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
        yield _relaxing(workload, signals, run, f"deadline to {iso(run.end)}")


def _first_after(signal: Signal, workload: Workload, frame: Frame, ends: datetime) -> Run | None:
    """The run done first that ends after the deadline, or when there is one before, that."""
    earliest = frame.earliest if workload.may_pause or workload.curve else frame.latest
    return earliest_run(signal, workload, workload.caps, earliest, ends - workload.shortest)


def _deferred(workload: Workload, signals: Signals, frame: Frame) -> Iterator[Outcome]:
    wider = replace(frame, latest=frame.finish - workload.shortest)
    runs = _runs(replace(workload, deferrable=True), signals, wider, workload.caps)
    if runs:
        run = min(runs, key=lambda run: run.objective)
        yield _relaxing(workload, signals, run, f"not deferrable: start at {iso(run.start)}")


def _relaxing(workload: Workload, signals: Signals, run: Run, relaxes: str | None) -> Outcome:
    return replace(outcome_of(workload, signals[run.place], run), relaxes=relaxes)


def _others(workload: Workload, signals: Signals, frame: Frame, best: Run) -> list[Outcome]:
    """The next best: other places, and other days or sides of the chosen run in its own place."""
    found: list[Run | None] = []
    for place, signal in signals.items():
        if place != best.place:
            found += _runs(workload, {place: signal}, frame, workload.caps)
            continue
        spans = _spans(workload, frame, best)
        found += [best_run(signal, workload, workload.caps, *span) for span in spans]
        if workload.may_pause:
            found += _runs(in_one_piece(workload), {place: signal}, frame, workload.caps)
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


def _savings(chosen: Outcome, baseline: Outcome) -> Savings:
    before, after = baseline.carbon_intensity, chosen.carbon_intensity
    # Regional intensity can be zero or below, of which no percentage makes sense.
    known = before is not None and after is not None and before > 0
    percent = 100 * (before - after) / before if known and before and after is not None else None
    return Savings(
        _difference(baseline.carbon_kg, chosen.carbon_kg),
        percent,
        _difference(baseline.cost_gbp, chosen.cost_gbp),
    )


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else before - after


def _compared(workload: Workload, signal: Signal, frame: Frame) -> list[int]:
    """The slots a decision looks at: those of the window, and those of the baseline."""
    baseline = signal.slots_over(frame.start, frame.start + workload.duration)
    return sorted({*signal.slots_over(frame.earliest, frame.finish), *baseline})


def _summary(workload: Workload, signals: Signals, frame: Frame) -> SignalSummary:
    carbon, everything = [], []
    for signal in signals.values():
        slots = _compared(workload, signal, frame)
        carbon += [signal.carbon.readings[slot] for slot in slots]
        for series in (signal.carbon, signal.renewable, signal.price):
            everything += [series.readings[slot] for slot in slots]
    sources = sorted({reading.source for reading in carbon if reading.source})
    issued = [r.issued for r in carbon if r.provenance is not Provenance.MISSING]
    newest = max((moment for moment in issued if moment == moment), default=None)
    first = next(iter(signals.values()))
    return SignalSummary(
        source=", ".join(sources) or None,
        kind=first.kind,
        issued_at=None if newest is None else datetime.fromtimestamp(newest, first.start.tzinfo),
        ends_at=max((s.ends_at for s in signals.values() if s.ends_at), default=None),
        is_synthetic=any(r.provenance is Provenance.SYNTHETIC for r in everything),
        has_estimates=any(reading.estimated for reading in everything),
    )


def _notes(workload: Workload, signals: Signals, frame: Frame, place: Place) -> Iterator[str]:
    """What the numbers rest on, each said once."""
    signal = signals[place]
    slots = _compared(workload, signal, frame)
    if any(signal.carbon.readings[slot].hindsight for slot in slots):
        yield reasons.LAST_REVISION
    if workload.min_renewable is not None and any(
        signal.renewable.readings[slot].hindsight for slot in slots
    ):
        yield "the renewable share is as stored later: its forecasts are not kept"
    shut = ~usable_slots(signal, workload, workload.caps)
    gaps = int(shut[list(signal.slots_over(frame.earliest, frame.finish))].sum())
    if gaps:
        half_hours = "half hour" if gaps == 1 else "half hours"
        yield f"{gaps} {half_hours} of the window without data were not planned on"
    if any(signal.price.readings[slot].estimated for slot in slots):
        yield "prices not yet known are estimated: the 28-day median of that half hour of the week"
    if any(reading.provenance is Provenance.SYNTHETIC
           for series in (signal.carbon, signal.renewable, signal.price)
           for reading in (series.readings[slot] for slot in slots)):  # fmt: skip
        yield "synthetic data: made up, not the grid"
    if workload.objective == "balanced":
        yield (
            f"carbon counted at {workload.carbon_price:g} GBP/t, a shadow price: wholesale prices "
            "already hold the cost of emissions trading"
        )
    if workload.interruptible and not workload.deferrable:
        yield "it may not be deferred: planned as asked, without pauses"
    if place != workload.home and workload.home is None:
        yield (
            "no home region, so no baseline: regions are not compared with the national figure; "
            "name the home first: --region HOME --region any"
        )
    elif place != workload.home:
        yield "the saving between regions is estimated: regional intensity is forecast only"
    yield f"{reasons.LOCATION_BASED} ({signal.geography})"
