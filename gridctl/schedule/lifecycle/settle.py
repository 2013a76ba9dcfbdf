"""What a run came to, from the actuals of the half hours it ran in.

"Realised" is said only of metered energy on settled national actuals. Regional intensity is
forecast only, and energy without a meter is a guess: both are "estimated". With an actual missing
the figure is left open, never filled with a forecast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from gridctl.clock import iso
from gridctl.schedule.lifecycle.metering import Metered
from gridctl.schedule.signals.signal import Provenance, Reading, Signal
from gridctl.schedule.single.search import pieces


@dataclass(frozen=True)
class Settlement:
    """Carbon in kg, cost in GBP, mean in g/kWh; ``None`` while a half hour lacks its actual."""

    word: str
    energy_kwh: float | None
    is_metered: bool
    carbon_kg: float | None
    cost_gbp: float | None
    carbon_intensity: float | None
    half_hours: int
    without_actual: int
    without_price: int
    is_synthetic: bool
    basis: str
    settled_at: str
    cost_trouble: str | None = None

    def with_cost_open(self, trouble: str) -> Settlement:
        """Without a cost, since the prices to settle on could not be read: ``trouble`` says why."""
        return replace(self, cost_gbp=None, without_price=0, cost_trouble=trouble)

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in ``metadata.settlement``."""
        return asdict(self)


def settle(
    parts: Sequence[Metered], signal: Signal, now: datetime, *, is_metered: bool, knows_energy: bool
) -> Settlement:
    """Carbon and cost of ``parts`` on the ``signal`` of the place they ran in, as of ``now``.

    Without a known energy (``knows_energy``) the parts only weigh, and only the mean is told.
    """
    carbon = cost = energy = 0.0
    seen: dict[int, tuple[Reading, Reading]] = {}
    for part in parts:
        for slot, start, end in pieces(signal, part.start, part.end):
            share = part.energy_kwh * ((end - start) / (part.end - part.start))
            readings = signal.carbon.readings[slot], signal.price.readings[slot]
            seen[slot] = readings
            energy += share
            carbon += share * readings[0].value
            cost += share * readings[1].value
    without_actual = sum(not _is_settled(signal, reading) for reading, _ in seen.values())
    without_price = sum(p.estimated or p.value != p.value for _, p in seen.values())
    synthetic = any(r.provenance is Provenance.SYNTHETIC for pair in seen.values() for r in pair)
    known = not without_actual
    realised = is_metered and known and signal.place is None and not synthetic
    return Settlement(
        word="realised" if realised else "estimated",
        energy_kwh=energy if knows_energy else None,
        is_metered=is_metered,
        carbon_kg=carbon / 1000 if known and knows_energy else None,
        cost_gbp=cost / 1000 if not without_price and knows_energy else None,
        carbon_intensity=carbon / energy if known and energy else None,
        half_hours=len(seen),
        without_actual=without_actual,
        without_price=without_price,
        is_synthetic=synthetic,
        basis=_basis(signal, is_metered=is_metered, synthetic=synthetic),
        settled_at=iso(now),
    )


def _is_settled(signal: Signal, reading: Reading) -> bool:
    if reading.provenance is Provenance.SYNTHETIC:
        return True
    if signal.place is None:
        return reading.provenance is Provenance.ACTUAL
    return reading.provenance is not Provenance.MISSING


def _basis(signal: Signal, *, is_metered: bool, synthetic: bool) -> str:
    energy = "metered energy" if is_metered else "estimated energy, not metered"
    carbon = "national actuals"
    if signal.place is not None:
        carbon = "the regional forecast's last revision: regional intensity has no actuals"
    if synthetic:
        carbon = "synthetic data: made up, not the grid"
    return f"{energy}, on {carbon}"


def open_points(settlement: Mapping[str, Any]) -> list[str]:
    """What a kept settlement still waits for, in words; empty when it is whole."""
    points = []
    for key, what, figure in (
        ("without_actual", "carbon actual", "carbon"),
        ("without_price", "price", "cost"),
    ):
        count = settlement.get(key, 0)
        if count:
            half_hours = "half hour has" if count == 1 else "half hours have"
            points.append(f"{count} {half_hours} no {what} yet: {figure} left open")
    if trouble := settlement.get("cost_trouble"):
        points.append(f"cost left open: {trouble}")
    return points
