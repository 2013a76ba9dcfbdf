"""What a run comes to, as a whole and by half hours, and against the run when asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gridctl.schedule.job.workload import Workload
from gridctl.schedule.signals.signal import Place, Signal
from gridctl.schedule.single.decision import Action
from gridctl.schedule.single.outcome import Outcome, Savings, Segment
from gridctl.schedule.single.runs import Means, Run, draws, run_means


def outcome_of(workload: Workload, signal: Signal | None, run: Run) -> Outcome:
    """What a run comes to; all unknown without a signal."""
    moved = workload.moved_kwh(run.place)
    energy = None if workload.energy_kwh is None else run.energy_kwh + moved
    servers = [piece.servers for piece in run.stretches if piece.servers is not None]
    mean = Means(None, None, None) if signal is None else run_means(signal, run)
    return replace(
        drawing(run.place, run.start, run.end, mean, energy),
        restart_kwh=run.restart_kwh,
        migration_kwh=moved,
        pauses=run.pauses,
        servers=(min(servers), max(servers)) if servers else None,
    )


def drawing(
    place: Place, start: datetime, end: datetime, mean: Means, energy_kwh: float | None
) -> Outcome:
    """The outcome of drawing so much at these means; kg and GBP are energy times mean."""
    return Outcome(
        place,
        start,
        end,
        None if energy_kwh is None or mean.carbon is None else energy_kwh * mean.carbon / 1000,
        None if energy_kwh is None or mean.price is None else energy_kwh * mean.price / 1000,
        mean.carbon,
        mean.renewable,
        mean.price,
        energy_kwh=energy_kwh,
    )


def action_of(places: Iterable[Place], start: datetime, asked: Outcome) -> Action:
    """What a run in ``places`` from ``start`` on is called beside the run when asked, at home."""
    if any(place != asked.place for place in places):
        return "shift_region"
    return "schedule" if start == asked.start else "defer"


def savings_of(chosen: Outcome, asked: Outcome) -> Savings:
    """The run when asked minus the chosen one.

    The percentage is of the kg; where these are unknown, for want of the energy, of the mean
    intensity.
    """
    before, after = asked.carbon_kg, chosen.carbon_kg
    if before is None or after is None:
        before, after = asked.carbon_intensity, chosen.carbon_intensity
    saved = _difference(before, after)
    # Regional intensity can be zero or below, of which no percentage makes sense.
    percent = 100 * saved / before if saved is not None and before and before > 0 else None
    return Savings(
        _difference(asked.carbon_kg, chosen.carbon_kg),
        percent,
        _difference(asked.cost_gbp, chosen.cost_gbp),
    )


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else before - after


def segments_of(workload: Workload, signal: Signal, run: Run) -> list[Segment]:
    """The run by half hours, without the energy of a move."""
    return [
        Segment(
            draw.start,
            draw.end,
            None if workload.energy_kwh is None else draw.energy_kwh,
            float(signal.carbon.values[draw.slot]),
            float(signal.renewable.values[draw.slot]),
            float(signal.price.values[draw.slot]),
            draw.servers,
        )
        for draw in draws(signal, run)
    ]
