"""A run of a job: stretches of constant power in one place, and what they average to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.signals.signal import Place, Signal

Span = tuple[datetime, datetime]

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Stretch:
    """Constant power from ``start`` to ``end``, after a restart that drew ``restart_kwh``.

    A job of unknown energy counts as one of 1 kW. ``servers`` only of elastic jobs.
    """

    start: datetime
    end: datetime
    power_kw: float
    restart_kwh: float = 0.0
    servers: int | None = None

    @property
    def energy_kwh(self) -> float:
        return self.power_kw * ((self.end - self.start) / _HOUR) + self.restart_kwh


@dataclass(frozen=True)
class Run:
    """One way to run a job: where and in which stretches, in order of time.

    ``objective`` is the mean of the objective over the job's own energy, with the energy that
    restarts and a move add counted in full. ``cut_to_s`` is the grain, in seconds, that the ends of
    the window were cut to, where they had to be.
    """

    place: Place
    stretches: tuple[Stretch, ...]
    objective: float
    cut_to_s: int | None = None

    @property
    def start(self) -> datetime:
        return self.stretches[0].start

    @property
    def end(self) -> datetime:
        return self.stretches[-1].end

    @property
    def energy_kwh(self) -> float:
        """What it draws, without what a move adds."""
        return sum(stretch.energy_kwh for stretch in self.stretches)

    @property
    def restart_kwh(self) -> float:
        return sum(stretch.restart_kwh for stretch in self.stretches)

    @property
    def pauses(self) -> int:
        """How often it stops and goes on later."""
        return len(self.pieces) - 1

    @property
    def pieces(self) -> list[Span]:
        """Where it runs, stretches without a pause between them joined."""
        return joined((stretch.start, stretch.end) for stretch in self.stretches)


@dataclass(frozen=True)
class Draw:
    """What a run draws inside one slot at constant power."""

    slot: int
    start: datetime
    end: datetime
    energy_kwh: float
    servers: int | None = None


@dataclass(frozen=True)
class Means:
    """Energy-weighted means over a run: g/kWh, per cent, GBP/MWh; ``None`` with a slot missing."""

    carbon: float | None
    renewable: float | None
    price: float | None


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order of time, those that touch made one."""
    found: list[Span] = []
    for start, end in spans:
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def pieces(
    signal: Signal, start: datetime, end: datetime
) -> Iterator[tuple[int, datetime, datetime]]:
    """The run cut at slot edges: (slot, start, end). Parts outside the arrays are left out."""
    for slot in signal.slots_over(start, end):
        opens = signal.start + slot * HALF_HOUR
        yield slot, max(start, opens), min(end, opens + HALF_HOUR)


def draws(signal: Signal, run: Run) -> Iterator[Draw]:
    """The run cut at slot edges, restart energy in the slot it resumes in."""
    for stretch in run.stretches:
        restart = stretch.restart_kwh
        for slot, start, end in pieces(signal, stretch.start, stretch.end):
            if stretch.power_kw <= 0:
                continue
            energy = stretch.power_kw * ((end - start) / _HOUR) + restart
            yield Draw(slot, start, end, energy, stretch.servers)
            restart = 0.0


def run_means(signal: Signal, run: Run) -> Means:
    """Energy-weighted means of the three series over a run."""
    drawn = list(draws(signal, run))
    slots = np.array([draw.slot for draw in drawn], dtype=np.intp)
    weights = np.array([draw.energy_kwh for draw in drawn])
    total = run.energy_kwh
    whole = bool(drawn) and abs(float(weights.sum()) - total) <= 1e-9 * total

    def mean(values: Floats) -> float | None:
        found = float(weights @ values[slots]) / total if whole else np.nan
        return found if np.isfinite(found) else None

    series = (signal.carbon, signal.renewable, signal.price)
    return Means(*(mean(one.values) for one in series))


def means(signal: Signal, start: datetime, end: datetime) -> Means:
    """Energy-weighted means of the three series over ``[start, end)`` at constant power."""
    return run_means(signal, Run(signal.place, (Stretch(start, end, 1.0),), 0.0))
