"""Decide where and when a workload runs. Pure: signals and a moment in, a decision out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gridctl.errors import SignalError
from gridctl.schedule.job.workload import Cap, Workload
from gridctl.schedule.signals.signal import Place, Signal
from gridctl.schedule.single import missing, reasons
from gridctl.schedule.single.accounting import action_of, outcome_of, savings_of, segments_of
from gridctl.schedule.single.alternatives import next_best, relaxed, relaxing
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.frame import Frame, Signals, earliest_start, frame_of, runs_in
from gridctl.schedule.single.outcome import Outcome
from gridctl.schedule.single.placing import when_asked
from gridctl.schedule.single.provenance import Looked, notes_of, summary_of
from gridctl.schedule.single.search import (
    Run,
    best_run,
    earliest_run,
    run_when_asked,
    usable_slots,
)

__all__ = ["Signals", "decide", "earliest_start"]

_BETTER = 1e-9  # relative: less than this is rounding, and no reason to move a job


def decide(workload: Workload, signals: Signals, now: datetime) -> Decision:
    """The best run of ``workload`` on ``signals`` (by place, home first) as of ``now``.

    Raises :class:`SignalError` when no placement has the data it needs, and
    :class:`gridctl.errors.UsageError` when the job does not fit its window.
    """
    frame = frame_of(workload, signals, now)
    workload = replace(workload, earliest=frame.earliest, start=frame.start)
    _refuse_without_data(workload, signals, frame)
    asked_for = when_asked(workload, workload.home, frame.start, frame.finish)
    baseline = outcome_of(workload, signals.get(workload.home), asked_for)
    runs = runs_in(workload, signals, frame, workload.caps)
    if not runs:
        return _reject(workload, signals, frame, baseline, now)
    asked = _as_asked(workload, signals, frame)
    best = min(runs, key=lambda run: run.objective)  # home comes first among equals
    if asked is not None and not _is_better(best, asked):
        best = asked
    decision = _accept(workload, signals, frame, baseline, best, now)
    home = signals.get(workload.home)
    if home is None:
        return decision
    return replace(decision, baseline_segments=segments_of(workload, home, asked_for))


def _refuse_without_data(workload: Workload, signals: Signals, frame: Frame) -> None:
    if not any(
        earliest_run(signal, workload, (), frame.earliest, frame.latest)
        for signal in signals.values()
    ):
        raise SignalError(missing.no_placement(workload, signals, frame.earliest, frame.finish))


def _as_asked(workload: Workload, signals: Signals, frame: Frame) -> Run | None:
    """Running at home when asked, if that is inside the window and keeps the caps."""
    home = signals.get(workload.home)
    if home is None or not frame.earliest <= frame.start <= frame.latest:
        return None
    run = run_when_asked(home, workload, workload.caps, frame.start, frame.finish)
    return run if run is not None and run.end <= frame.finish else None


def _is_better(best: Run, asked: Run) -> bool:
    return best.objective < asked.objective - _BETTER * (1 + abs(asked.objective))


def _broken_caps(workload: Workload, signals: Signals, frame: Frame) -> list[Cap]:
    """The caps that running when asked is known to break."""
    home = signals.get(workload.home)
    if home is None or run_when_asked(home, workload, (), frame.start, frame.finish) is None:
        return []
    return [
        cap
        for cap in workload.caps
        if run_when_asked(home, workload, [cap], frame.start, frame.finish) is None
    ]


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
    action = action_of([best.place], best.start, baseline)
    notes = [*frame.notes, *_notes(workload, signals, frame, best.place)]
    if best.cut_to_s:
        notes.append(f"planned on a grain of {best.cut_to_s} s: the window's ends are cut to it")
    broken = _broken_caps(workload, signals, frame)
    reason = reasons.accepted(action, workload, chosen, baseline, broken)
    return Decision(
        action=action,
        reason=_with_limits(reason, notes),
        expected=chosen,
        baseline=baseline,
        savings=savings_of(chosen, baseline),
        segments=segments_of(workload, signal, best),
        alternatives=next_best(workload, signals, frame, best),
        summary=summary_of(_looked_at(workload, signals, frame)),
        notes=notes,
        workload=workload,
        decided_at=now,
        signal=signal,
    )


def _with_limits(reason: str, notes: Sequence[str]) -> str:
    """The reason with those notes that no reader of it may miss."""
    limits = (reasons.LAST_REVISION, reasons.FORECAST_ENDS, reasons.AT_RISK)
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
    lowest = relaxing(workload, signals, cleanest, None) if cleanest else None
    alone = [cap for cap in workload.caps if not runs_in(workload, signals, frame, [cap])]
    alternatives = list(relaxed(workload, signals, frame))
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
        summary=summary_of(_looked_at(workload, signals, frame)),
        notes=notes,
        workload=workload,
        decided_at=now,
        signal=home,
    )


def _compared(workload: Workload, signal: Signal, frame: Frame) -> list[int]:
    """The slots a decision looks at: those of the window, and those of the baseline."""
    baseline = signal.slots_over(frame.start, frame.start + workload.duration)
    return sorted({*signal.slots_over(frame.earliest, frame.finish), *baseline})


def _looked_at(workload: Workload, signals: Signals, frame: Frame) -> Looked:
    return [(signal, _compared(workload, signal, frame)) for signal in signals.values()]


def _notes(workload: Workload, signals: Signals, frame: Frame, place: Place) -> Iterator[str]:
    """What the numbers rest on, each said once."""
    signal = signals[place]
    shut = ~usable_slots(signal, workload, workload.caps)
    gaps = int(shut[list(signal.slots_over(frame.earliest, frame.finish))].sum())
    if gaps:
        half_hours = "half hour" if gaps == 1 else "half hours"
        yield f"{gaps} {half_hours} of the window without data were not planned on"
    yield from notes_of([(signal, _compared(workload, signal, frame))], [workload])
    if workload.interruptible and not workload.deferrable:
        yield "it may not be deferred: planned as asked, without pauses"
    if place != workload.home and workload.home is None:
        yield (
            "no home region, so no baseline: regions are not compared with the national figure; "
            "name the home first: --region HOME --region any"
        )
    elif place != workload.home:
        yield "the saving between regions is estimated: regional intensity is forecast only"
    yield from signal.notes
    yield reasons.boundary(signal)
