"""What a run comes to, as a whole and by half hours."""

from __future__ import annotations

from gridctl.schedule.job.workload import Workload
from gridctl.schedule.signals.signal import Signal
from gridctl.schedule.single.outcome import Outcome, Segment
from gridctl.schedule.single.runs import Means, Run, draws, run_means


def outcome_of(workload: Workload, signal: Signal | None, run: Run) -> Outcome:
    """What a run comes to; all unknown without a signal."""
    moved = workload.moved_kwh(run.place)
    energy = None if workload.energy_kwh is None else run.energy_kwh + moved
    servers = [piece.servers for piece in run.stretches if piece.servers is not None]
    mean = Means(None, None, None) if signal is None else run_means(signal, run)
    return Outcome(
        run.place,
        run.start,
        run.end,
        None if energy is None or mean.carbon is None else energy * mean.carbon / 1000,
        None if energy is None or mean.price is None else energy * mean.price / 1000,
        mean.carbon,
        mean.renewable,
        mean.price,
        energy_kwh=energy,
        restart_kwh=run.restart_kwh,
        migration_kwh=moved,
        pauses=run.pauses,
        servers=(min(servers), max(servers)) if servers else None,
    )


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
