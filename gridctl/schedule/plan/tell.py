"""From a solution's arrays to decisions, sums and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from gridctl.clock import HALF_HOUR, format_duration, iso
from gridctl.schedule.job.workload import Workload
from gridctl.schedule.plan.grid import Grid
from gridctl.schedule.plan.infeasible import Misfit, explain
from gridctl.schedule.plan.problem import FITS, Placed, load_of
from gridctl.schedule.plan.report import Piece, PlannedJob, Report, Site, Totals
from gridctl.schedule.plan.solve import Solution
from gridctl.schedule.signals.signal import Place, Provenance
from gridctl.schedule.single import reasons
from gridctl.schedule.single.decide import earliest_start
from gridctl.schedule.single.decision import Action, Decision, SignalSummary
from gridctl.schedule.single.outcome import Outcome, Savings
from gridctl.schedule.single.reasons import place_name
from gridctl.schedule.single.search import means


def make_report(grid: Grid, solution: Solution, now: datetime) -> Report:
    """The plan told whole. ``now`` is the moment it was made for."""
    summary = _summary(grid)
    misfits = {m.job: m for m in explain(grid.problem, solution.plan)}
    jobs = tuple(
        _planned(grid, job, placed, misfits.get(job), summary, now)
        for job, placed in enumerate(solution.plan)
    )
    workload = grid.workloads[0]
    notes = tuple(_notes(grid, jobs, summary))
    used = [piece for job in jobs for piece in job.pieces]
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
        start=min((piece.start for piece in used), default=now),
        end=max((piece.end for piece in used), default=now),
        notes=notes,
    )


def _planned(
    grid: Grid,
    job: int,
    placed: Placed | None,
    misfit: Misfit | None,
    summary: SignalSummary,
    now: datetime,
) -> PlannedJob:
    workload = grid.workloads[job]
    baseline = _baseline(grid, workload, now)
    pieces = () if placed is None else tuple(_pieces(grid, job, placed))
    relaxes: tuple[str, ...] = ()
    if misfit is not None:
        relaxes = tuple(_relaxations(grid, misfit))
    chosen = _outcome(workload, pieces) if pieces else None
    action = _action(workload, chosen, baseline, pieces)
    if chosen is None and misfit is not None:
        reason = _why_out(grid, misfit, relaxes)
    else:
        reason = _why_in(action, chosen, baseline, pieces)
    place = chosen.place if chosen else workload.places[0]
    decision = Decision(
        action=action, reason=reason, expected=chosen, baseline=baseline,
        savings=_savings(chosen, baseline) if chosen else None, segments=(), alternatives=(),
        summary=summary, notes=(), workload=workload, decided_at=now, signal=grid.signals[place],
    )  # fmt: skip
    return PlannedJob(decision, pieces, relaxes)


def _pieces(grid: Grid, job: int, placed: Placed) -> Iterator[Piece]:
    """In time order; a contiguous job's last piece is shorter where a part of a slot is left."""
    problem = grid.problem
    for region, slot, load, slots in zip(
        placed.region, placed.slot, placed.load_kw, placed.slots, strict=True
    ):
        place = grid.places[region]
        signal = grid.signals[place]
        length = float(slots) if problem.contiguous[job] else 1.0
        yield Piece(
            grid.time_of(float(slot)), grid.time_of(float(slot) + length), place, float(load),
            float(problem.power_kw[job] * slots * problem.step_hours),
            _known(signal.carbon.values[slot]), _known(signal.renewable.values[slot]),
            _known(signal.price.values[slot]),
        )  # fmt: skip


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _baseline(grid: Grid, workload: Workload, now: datetime) -> Outcome:
    """Running when asked, in one piece, at home; unknown without a home or data."""
    earliest, _ = earliest_start(workload, now)
    start = workload.start or earliest
    end = start + workload.duration
    signal = grid.signals.get(workload.home)
    if signal is None or (workload.home is None and workload.regions):
        return Outcome(workload.home, start, end, None, None, None, None, None)
    mean, energy = means(signal, start, end), workload.energy_kwh or 0.0
    carbon = None if mean.carbon is None else energy * mean.carbon / 1000
    cost = None if mean.price is None else energy * mean.price / 1000
    return Outcome(workload.home, start, end, carbon, cost, mean.carbon, mean.renewable, mean.price)


def _outcome(workload: Workload, pieces: tuple[Piece, ...]) -> Outcome:
    """What the pieces come to; the place is where most of the energy goes."""
    energy: dict[Place, float] = {}
    for piece in pieces:
        energy[piece.place] = energy.get(piece.place, 0.0) + piece.energy_kwh
    total = sum(energy.values())
    carbon, renewable, price = (
        _mean([(piece.energy_kwh, getattr(piece, name)) for piece in pieces])
        for name in ("carbon_intensity", "renewable_pct", "price_gbp_mwh")
    )
    return Outcome(
        max(energy, key=lambda place: energy[place]),
        pieces[0].start,
        max(piece.end for piece in pieces),
        None if carbon is None else total * carbon / 1000,
        None if price is None else total * price / 1000,
        carbon,
        renewable,
        price,
    )


def _mean(weighted: list[tuple[float, float | None]]) -> float | None:
    total = 0.0
    for weight, value in weighted:
        if value is None:
            return None
        total += weight * value
    return total / sum(weight for weight, _ in weighted)


def _action(
    workload: Workload, chosen: Outcome | None, baseline: Outcome, pieces: tuple[Piece, ...]
) -> Action:
    if chosen is None:
        return "reject"
    if any(piece.place != workload.home for piece in pieces):
        return "shift_region"
    as_asked = chosen.start == baseline.start and chosen.end == baseline.end
    return "schedule" if as_asked else "defer"


def _savings(chosen: Outcome, baseline: Outcome) -> Savings:
    carbon = _difference(baseline.carbon_kg, chosen.carbon_kg)
    before = baseline.carbon_kg
    percent = 100 * carbon / before if carbon is not None and before and before > 0 else None
    return Savings(carbon, percent, _difference(baseline.cost_gbp, chosen.cost_gbp))


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else before - after


def _why_in(
    action: Action, chosen: Outcome | None, baseline: Outcome, pieces: tuple[Piece, ...]
) -> str:
    if chosen is None:
        return "left out of the plan"
    where = ", ".join(dict.fromkeys(place_name(piece.place) for piece in pieces))
    runs = 1 + sum(b.start > a.end for a, b in pairwise(pieces))
    how = "in one run" if runs == 1 else f"in {runs} runs"
    text = f"planned with the others: {where}, from {reasons.brief_time(chosen.start)}, {how}"
    if chosen.carbon_intensity is not None:
        text += f"; {reasons.figure(chosen.carbon_intensity)} g/kWh on average"
        if baseline.carbon_intensity is not None and action != "schedule":
            text += f" instead of {reasons.figure(baseline.carbon_intensity)} when asked"
    return text


def _why_out(grid: Grid, misfit: Misfit, relaxes: tuple[str, ...]) -> str:
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


def _relaxations(grid: Grid, misfit: Misfit) -> Iterator[str]:
    """The least of each kind that lets the job in while the others stay as planned."""
    if misfit.extra is not None:
        kw = np.ceil(misfit.extra.kw * 1000 - 1e-6) / 1000
        yield f"+{kw:g} kW in {_span(grid, misfit)}"
    if misfit.later_end is not None and grid.workloads[misfit.job].deferrable:
        yield f"deadline to {reasons.brief_time(grid.time_of(misfit.later_end))}"


def _span(grid: Grid, misfit: Misfit) -> str:
    """``London 2025-11-25 17:00-19:00 UTC``."""
    extra = misfit.extra
    if extra is None:
        return ""
    first, last = (grid.time_of(slot).astimezone(UTC) for slot in (extra.first, extra.end))
    end = f"{last:%H:%M}" if last - first < 48 * HALF_HOUR else reasons.brief_time(last)
    return f"{place_name(grid.places[extra.region])} {first:%Y-%m-%d %H:%M}-{end} UTC"


def _sites(grid: Grid, solution: Solution) -> tuple[Site, ...]:
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


def _totals(jobs: tuple[PlannedJob, ...]) -> Totals:
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


def _summary(grid: Grid) -> SignalSummary:
    slots = range(int(grid.problem.first.min()), grid.problem.cost.shape[1])
    carbon = [s.carbon.readings[i] for s in grid.signals.values() for i in slots]
    prices = [s.price.readings[i] for s in grid.signals.values() for i in slots]
    mixes = [s.renewable.readings[i] for s in grid.signals.values() for i in slots]
    everything = carbon + prices + mixes
    issued = [r.issued for r in carbon if r.provenance is not Provenance.MISSING]
    newest = max((moment for moment in issued if moment == moment), default=None)
    return SignalSummary(
        source=", ".join(sorted({r.source for r in carbon if r.source})) or None,
        kind=grid.signals[grid.places[0]].kind,
        issued_at=None if newest is None else datetime.fromtimestamp(newest, UTC),
        ends_at=grid.ends_at,
        is_synthetic=any(r.provenance is Provenance.SYNTHETIC for r in everything),
        has_estimates=any(r.estimated for r in everything),
    )


def _notes(grid: Grid, jobs: tuple[PlannedJob, ...], summary: SignalSummary) -> Iterator[str]:
    """What the numbers rest on, each said once."""
    late = sum(w.deadline is None or w.deadline > grid.ends_at for w in grid.workloads)
    if late:
        yield f"{reasons.FORECAST_ENDS} {iso(grid.ends_at)}: windows of {late} jobs end there"
    if any(r.hindsight for s in grid.signals.values() for r in s.carbon.readings):
        yield reasons.LAST_REVISION
    if summary.is_synthetic:
        yield "synthetic data: made up, not the grid"
    if summary.has_estimates:
        yield "prices not yet known are estimated: the 28-day median of that half hour of the week"
    if grid.problem.limited.any():
        yield "when asked is each job by itself, limits aside: together they may not fit"
    if any(job.decision.action == "shift_region" for job in jobs):
        yield "savings between regions are estimated: regional intensity is forecast only"
    if None in grid.places and len(grid.places) > 1:
        yield "some jobs have no region: their national intensity is not comparable with regional"
    yield reasons.LOCATION_BASED
