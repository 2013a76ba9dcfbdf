"""What each bound of a request costs, and why the chosen run goes before the next best. Pure.

The price of a bound is had by deciding again without it, everything else as it was: the difference
between the two runs is what the bound costs. Its marginal price is the same with one step of slack
(1 g/kWh, 1 % renewable, 1 GBP/MWh, one hour). At most a dozen further decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from gridctl.errors import SignalError, UsageError
from gridctl.regions import all_regions
from gridctl.schedule.job.workload import Cap, Workload
from gridctl.schedule.signals.signal import Signal
from gridctl.schedule.single import explain_words as words
from gridctl.schedule.single.decide import Signals, decide
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.explain_words import difference, worth
from gridctl.schedule.single.finding import Finding
from gridctl.schedule.single.outcome import Outcome
from gridctl.schedule.single.reasons import brief_time

_STEP = timedelta(hours=1)
_SAME = 1e-9  # relative: less than this is rounding


@dataclass(frozen=True)
class Bound:
    """A bound, the request without it, and the request with one ``step`` more of slack."""

    about: str
    text: str
    without: Workload
    step: str | None = None
    looser: Workload | None = None


def explain(
    decision: Decision, signals: Signals, wider: Signals | None = None
) -> tuple[Finding, ...]:
    """What the bounds of a decision cost, those that cost anything first, then the next best.

    ``signals`` are those it was decided on. ``wider``, of all regions and read for the same moment,
    gives the price of keeping to some of them; without it that one is left out.
    """
    if decision.expected is None:
        return tuple(_ways_out(decision, signals))
    priced, free = [], []
    for bound in bounds(decision, signals):
        finding = _price(decision, decision.expected, signals, bound)
        if finding is None:
            free.append(bound.text)
        else:
            priced.append(finding)
    found = [*priced, *_places(decision, decision.expected, signals, wider)]
    if free:
        found.append(Finding("costs_nothing", words.costs_nothing(free)))
    return (*found, *_next_best(decision, decision.expected))


def bounds(decision: Decision, signals: Signals) -> Iterator[Bound]:
    """The bounds of a request that can be judged on ``signals``, each with its relaxations.

    A deadline after the forecast's end and an earliest start of now bind nothing and are left out.
    """
    workload = decision.workload
    for cap in workload.caps:
        yield _cap_bound(workload, cap)
    if not workload.deferrable:
        yield Bound("not_deferrable", "that it may not be deferred",
                    replace(workload, deferrable=True))  # fmt: skip
        return
    ends = max((s.ends_at for s in signals.values() if s.ends_at), default=None)
    deadline, earliest, now = workload.deadline, workload.earliest, decision.decided_at
    if deadline is not None and ends is not None and ends > deadline:
        yield Bound(
            "deadline", f"the deadline {brief_time(deadline)}",
            replace(workload, deadline=ends),
            "an hour more", replace(workload, deadline=deadline + _STEP),
        )  # fmt: skip
    read_from = min(signal.start for signal in signals.values())
    if earliest is not None and now < earliest and read_from <= now:
        yield Bound(
            "earliest", f"the earliest start {brief_time(earliest)}",
            replace(workload, earliest=now),
            "an hour sooner", replace(workload, earliest=max(earliest - _STEP, now)),
        )  # fmt: skip


def _cap_bound(workload: Workload, cap: Cap) -> Bound:
    way = "more" if cap.sign > 0 else "less"
    return Bound(
        cap.name,
        words.cap_name(cap),
        _with_cap(workload, cap, None),
        f"1 {cap.unit} {way}",
        _with_cap(workload, cap, cap.limit + cap.sign),
    )


def _with_cap(workload: Workload, cap: Cap, limit: float | None) -> Workload:
    changed: Any = {cap.name: limit}  # a cap is named as the field that holds it
    return replace(workload, **changed)


def _is_hindsight(signal: Signal, run: Outcome) -> bool:
    """Whether a run rests on values that may not have been known when it was decided."""
    slots = signal.slots_over(run.start, run.end)
    return any(signal.carbon.readings[slot].hindsight for slot in slots)


def _price(decision: Decision, run: Outcome, signals: Signals, bound: Bound) -> Finding | None:
    """What the bound costs; ``None`` when the run without it is no better."""
    workload = decision.workload
    other = _best(decision, bound.without, signals)
    if other is None or not _is_less(other, run, workload):
        return None
    looser = _best(decision, bound.looser, signals) if bound.looser else None
    saves = None
    if bound.looser:
        better = looser is not None and _is_less(looser, run, workload)
        saves = difference(run, looser if better and looser else run)
    text = words.bound_costs(bound.text, workload, run, other)
    if _is_hindsight(signals[other.place], other):
        text += words.HINDSIGHT
    if bound.step and saves is not None:
        text += "; " + words.step_saves(bound.step, workload, saves)
    return Finding(bound.about, text, other, difference(run, other), bound.step, saves)


def _places(
    decision: Decision, run: Outcome, signals: Signals, wider: Signals | None
) -> Iterator[Finding]:
    """What leaving home brings, and what keeping to the regions named costs."""
    workload = decision.workload
    if run.place != workload.home and workload.home in signals:
        at_home = replace(workload, regions=(workload.home,) if workload.home else ())
        other = _best(decision, at_home, {workload.home: signals[workload.home]})
        if other is not None:
            text = words.leaving_home(workload, run, other)
            yield Finding("home", text, other, difference(run, other))
    everywhere = tuple(region.number for region in all_regions())
    if not wider or not workload.regions or set(workload.regions) >= set(everywhere):
        return
    if workload.objective != "carbon" and _price_kind(wider) != _price_kind(signals):
        return  # a tariff is not compared with wholesale prices
    other = _best(decision, replace(workload, regions=everywhere), wider)
    if other is not None and _is_less(other, run, workload):
        bound = words.keeping_to(workload.regions)
        text = words.bound_costs(bound, workload, run, other)
        yield Finding("regions", text, other, difference(run, other))


def _price_kind(signals: Signals) -> str | None:
    return next(iter(signals.values())).price_kind


def _ways_out(decision: Decision, signals: Signals) -> Iterator[Finding]:
    """Of a rejected request: the bounds without which, each alone, there is a run."""
    for bound in bounds(decision, signals):
        other = _best(decision, bound.without, signals)
        if other is not None:
            text = words.possible_without(bound.text, decision.workload, other)
            yield Finding(bound.about, text, other)


def _next_best(decision: Decision, run: Outcome) -> Iterator[Finding]:
    for other in decision.alternatives:
        text = words.instead(decision.workload, run, other)
        yield Finding("alternative", text, other, difference(run, other))


def _best(decision: Decision, workload: Workload, signals: Signals) -> Outcome | None:
    # A window that is over was decided as what would have been best: it is again.
    now = min(decision.decided_at, workload.earliest or decision.decided_at)
    try:
        return decide(workload, signals, now).expected
    except (SignalError, UsageError):  # the other request cannot be decided: nothing to compare
        return None


def _is_less(other: Outcome, run: Outcome, workload: Workload) -> bool:
    theirs, ours = worth(workload, other), worth(workload, run)
    if theirs is None or ours is None:
        return False
    return theirs < ours - _SAME * (1 + abs(ours))
