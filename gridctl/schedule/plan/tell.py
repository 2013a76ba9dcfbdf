"""From a solution's arrays to decisions, sums and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from gridctl.clock import HALF_HOUR, floor_half_hour, format_duration, iso
from gridctl.schedule.job.workload import Workload
from gridctl.schedule.plan.grid import PlanGrid
from gridctl.schedule.plan.infeasible import Misfit, explain
from gridctl.schedule.plan.problem import FITS, Placed, load_of
from gridctl.schedule.plan.report import PlannedJob, PlannedPiece, Report, Site, Totals, starts_of
from gridctl.schedule.plan.solve import Solution
from gridctl.schedule.signals.signal import Place
from gridctl.schedule.single import reasons
from gridctl.schedule.single.accounting import (
    action_of,
    drawing,
    outcome_of,
    savings_of,
    segments_of,
)
from gridctl.schedule.single.decision import Decision, SignalSummary
from gridctl.schedule.single.outcome import Outcome, Segment
from gridctl.schedule.single.placing import when_asked
from gridctl.schedule.single.provenance import Looked, notes_of, summary_of
from gridctl.schedule.single.reasons import place_name
from gridctl.schedule.single.runs import Means


def make_report(
    grid: PlanGrid,
    solution: Solution,
    now: datetime,
    tell: Callable[[Decision], Decision],
    further: Sequence[str] = (),
) -> Report:
    """The plan told whole. ``now`` is the moment it was made for.

    ``tell`` adds what is to be said of a decision's money, ``further`` are notes of the caller.
    """
    looked = _looked_at(grid)
    summary = summary_of(looked)
    misfits = {m.job: m for m in explain(grid.problem, solution.plan)}
    planned = [
        _planned(grid, job, placed, misfits.get(job), summary, now)
        for job, placed in enumerate(solution.plan)
    ]
    notes = [*_notes(grid, planned, looked), *further]
    jobs = tuple(replace(job, decision=tell(replace(job.decision, notes=notes))) for job in planned)
    workload = grid.workloads[0]
    used = [piece.segment for job in jobs for piece in job.pieces]
    return Report(
        jobs=jobs,
        sites=_sites(grid, solution),
        totals=_totals(jobs),
        objective=workload.objective,
        unit="kg" if workload.objective == "carbon" else "GBP",
        value=solution.objective,
        bound=min(solution.bound, solution.objective),
        gap_pct=solution.gap_pct,
        method=solution.method,
        start=min((segment.start for segment in used), default=now),
        end=max((segment.end for segment in used), default=now),
        notes=tuple(dict.fromkeys(note for job in jobs for note in job.decision.notes)),
    )


def _planned(
    grid: PlanGrid,
    job: int,
    placed: Placed | None,
    misfit: Misfit | None,
    summary: SignalSummary,
    now: datetime,
) -> PlannedJob:
    workload = grid.workloads[job]
    asked, segments = _when_asked(grid, workload)
    pieces = () if placed is None else tuple(_pieces(grid, job, placed))
    relaxes = () if misfit is None else tuple(_relaxations(grid, misfit))
    decision = Decision(
        action="reject", reason="left out of the plan", expected=None, baseline=asked,
        savings=None, segments=(), alternatives=(), summary=summary, notes=(), workload=workload,
        decided_at=now, signal=grid.signals[workload.places[0]], baseline_segments=segments,
    )  # fmt: skip
    if pieces:
        chosen = _outcome(pieces)
        decision = replace(
            decision,
            action=action_of((piece.place for piece in pieces), chosen.start, asked),
            reason=_why_in(workload, chosen, asked, pieces),
            expected=chosen,
            savings=savings_of(chosen, asked),
            signal=grid.signals[chosen.place],
        )
    elif misfit is not None:
        decision = replace(decision, reason=_why_out(grid, misfit, relaxes))
    return PlannedJob(decision, pieces, relaxes)


def _pieces(grid: PlanGrid, job: int, placed: Placed) -> Iterator[PlannedPiece]:
    """In time order; a contiguous job's last piece is shorter where a part of a slot is left."""
    problem = grid.problem
    for region, slot, load, slots in zip(
        placed.region, placed.slot, placed.load_kw, placed.slots, strict=True
    ):
        place = grid.places[region]
        signal = grid.signals[place]
        length = float(slots) if problem.contiguous[job] else 1.0
        segment = Segment(
            grid.time_of(float(slot)),
            grid.time_of(float(slot) + length),
            float(problem.power_kw[job] * slots * problem.step_hours),
            float(signal.carbon.values[slot]),
            float(signal.renewable.values[slot]),
            float(signal.price.values[slot]),
        )
        yield PlannedPiece(segment, place, float(load))


def _when_asked(grid: PlanGrid, workload: Workload) -> tuple[Outcome, list[Segment]]:
    """Running when asked, in one piece, at home; unknown without a home or data."""
    home = workload.home
    start = workload.start or grid.start
    signal = grid.signals[home] if home in workload.places else None
    run = when_asked(workload, home, start, start + workload.duration)
    segments = [] if signal is None else segments_of(workload, signal, run)
    return outcome_of(workload, signal, run), segments


def _outcome(pieces: Sequence[PlannedPiece]) -> Outcome:
    """What the pieces come to; the place is where most of the energy goes."""
    segments = [piece.segment for piece in pieces]
    weights = np.array([segment.energy_kwh for segment in segments], dtype=np.float64)
    energy: dict[Place, float] = {}
    for piece, weight in zip(pieces, weights, strict=True):
        energy[piece.place] = energy.get(piece.place, 0.0) + float(weight)

    def mean(name: str) -> float | None:
        values = np.array([getattr(segment, name) for segment in segments], dtype=np.float64)
        found = float(weights @ values / weights.sum())
        return found if np.isfinite(found) else None

    chosen = drawing(
        max(energy, key=lambda place: energy[place]),
        segments[0].start,
        max(segment.end for segment in segments),
        Means(mean("carbon_intensity"), mean("renewable_pct"), mean("price_gbp_mwh")),
        float(weights.sum()),
    )
    return replace(chosen, pauses=starts_of(pieces) - 1)


def _why_in(
    workload: Workload, chosen: Outcome, asked: Outcome, pieces: Sequence[PlannedPiece]
) -> str:
    where = ", ".join(dict.fromkeys(place_name(piece.place) for piece in pieces))
    how = f"in {chosen.pauses + 1} runs" if chosen.pauses else "in one run"
    text = f"planned with the others: {where}, from {reasons.brief_time(chosen.start)}, {how}"
    if chosen.carbon_intensity is not None:
        planned = reasons.figure(chosen.carbon_intensity)
        text += f"; {planned} g/kWh on average"
        before = asked.carbon_intensity
        if before is not None and reasons.figure(before) != planned:
            text += f" instead of {reasons.figure(before)} when asked"
    if not workload.deferrable:
        text += "; it may not be deferred"
        if chosen.start != asked.start:
            text += ", and starts at the next half hour"
    return text


def _why_out(grid: PlanGrid, misfit: Misfit, relaxes: tuple[str, ...]) -> str:
    workload = grid.workloads[misfit.job]
    places = ", ".join(place_name(place) for place in workload.places[:3])
    if len(workload.places) > 3:
        places += f" and {len(workload.places) - 3} more"
    match misfit.cause:
        case "nowhere":
            caps = " within its caps" if workload.caps else ""
            text = (
                f"infeasible: {places} has no {format_duration(workload.duration)} with data"
                f"{caps} inside its window"
            )
        case "power":
            text = f"infeasible: {workload.power_kw:g} kW is more than the limits allow in {places}"
        case _:
            text = f"infeasible: {places} has no room left beside the other jobs"
            if misfit.extra is not None:
                text = f"infeasible: {_span(grid, misfit)} is full with other jobs"
    if relaxes:
        text += "; it would fit with " + ", or with ".join(relaxes)
    return text


def _relaxations(grid: PlanGrid, misfit: Misfit) -> Iterator[str]:
    """The least of each kind that lets the job in while the others stay as planned."""
    if misfit.extra is not None:
        kw = np.ceil(misfit.extra.kw * 1000 - 1e-6) / 1000
        yield f"+{kw:g} kW in {_span(grid, misfit)}"
    if misfit.later_end is not None and grid.workloads[misfit.job].deferrable:
        yield f"deadline to {reasons.brief_time(grid.time_of(misfit.later_end))}"


def _span(grid: PlanGrid, misfit: Misfit) -> str:
    """``London 2025-11-25 17:00-19:00 UTC``."""
    extra = misfit.extra
    if extra is None:
        return ""
    first, last = (grid.time_of(slot).astimezone(UTC) for slot in (extra.first, extra.end))
    end = f"{last:%H:%M}" if last - first < 48 * HALF_HOUR else reasons.brief_time(last)
    return f"{place_name(grid.places[extra.region])} {first:%Y-%m-%d %H:%M}-{end} UTC"


def _sites(grid: PlanGrid, solution: Solution) -> tuple[Site, ...]:
    """Over the slots that any job could have used."""
    problem = grid.problem
    load = load_of(problem, solution.plan)
    window = slice(int(problem.first.min(initial=0)), int(problem.end.max(initial=0)))
    sites = []
    for row, place in enumerate(grid.places):
        limit, drawn = problem.capacity_kw[row, window], load[row, window]
        if not drawn.size:
            continue
        limited = bool(np.isfinite(limit).any())
        room = float(limit.sum())
        share = 100 * float(drawn.sum()) / room if np.isfinite(room) and room > 0 else None
        full = int((drawn >= limit - 100 * FITS).sum())
        top = float(limit[np.isfinite(limit)].max()) if limited else None
        energy = sum(
            float(problem.power_kw[j] * problem.step_hours * p.slots[p.region == row].sum())
            for j, p in enumerate(solution.plan)
            if p is not None
        )
        sites.append(Site(place, top, energy, float(drawn.max()), share, full))
    return tuple(sites)


def _totals(jobs: Sequence[PlannedJob]) -> Totals:
    inside = [job.decision for job in jobs if job.decision.expected is not None]
    expected = [d.expected for d in inside if d.expected is not None]
    return Totals(
        len(jobs),
        len(inside),
        sum(d.workload.energy_kwh or 0.0 for d in inside),
        _sum(run.carbon_kg for run in expected),
        _sum(run.cost_gbp for run in expected),
        _sum(d.baseline.carbon_kg for d in inside),
        _sum(d.baseline.cost_gbp for d in inside),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _looked_at(grid: PlanGrid) -> Looked:
    """From the first slot of a window, or of a run when asked, to the end."""
    asked = min(workload.start or grid.start for workload in grid.workloads)
    first = min(int(grid.problem.first.min()), (asked - grid.start) // HALF_HOUR)
    slots = range(max(first, 0), grid.problem.cost.shape[1])
    return [(signal, slots) for signal in grid.signals.values()]


def _notes(grid: PlanGrid, jobs: Sequence[PlannedJob], looked: Looked) -> Iterator[str]:
    """What the numbers rest on, each said once."""
    late = sum(w.deadline is None or w.deadline > grid.ends_at for w in grid.workloads)
    if late:
        who = "the window of 1 job ends" if late == 1 else f"the windows of {late} jobs end"
        yield f"{reasons.FORECAST_ENDS} {iso(grid.ends_at)}: {who} there"
    pinned = [w.start for w in grid.workloads if not w.deferrable and w.start]
    moved = sum(start != floor_half_hour(start) for start in pinned)
    if moved:
        who = "1 job starts" if moved == 1 else f"{moved} jobs start"
        yield f"{who} at the next half hour, not at once: a plan is made of half hours"
    yield from notes_of(looked, grid.workloads)
    if grid.problem.limited.any():
        yield "when asked is each job by itself, limits aside: together they may not fit"
    if any(job.decision.action == "shift_region" for job in jobs):
        yield "savings between regions are estimated: regional intensity is forecast only"
    if None in grid.places and len(grid.places) > 1:
        yield "some jobs have no region: their national intensity is not comparable with regional"
    yield reasons.LOCATION_BASED
