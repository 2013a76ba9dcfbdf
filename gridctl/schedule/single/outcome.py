"""A run and what it comes to, and how JSON shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridctl.clock import iso
from gridctl.regions import region_by_number
from gridctl.schedule.signals.signal import Place


@dataclass(frozen=True)
class Segment:
    """A piece of the run inside one half hour. g/kWh, per cent, GBP/MWh."""

    start: datetime
    end: datetime
    energy_kwh: float | None
    carbon_intensity: float | None
    renewable_pct: float | None
    price_gbp_mwh: float | None
    servers: int | None = None


@dataclass(frozen=True)
class Outcome:
    """A run and what it comes to. Amounts are ``None`` when the energy or a value is unknown.

    ``energy_kwh`` is all that is drawn, ``restart_kwh`` and ``migration_kwh`` included; ``servers``
    the fewest and the most at once, of an elastic job.
    """

    place: Place
    start: datetime
    end: datetime
    carbon_kg: float | None
    cost_gbp: float | None
    carbon_intensity: float | None
    renewable_pct: float | None
    price_gbp_mwh: float | None
    relaxes: str | None = None
    energy_kwh: float | None = None
    restart_kwh: float = 0.0
    migration_kwh: float = 0.0
    pauses: int = 0
    servers: tuple[int, int] | None = None


@dataclass(frozen=True)
class Terms:
    """The objective of a run, term by term: GBP, kg, GBP/t x kg = GBP, and their sum.

    ``total`` in GBP, or in kg when only carbon counts; terms that are unknown are ``None``.
    """

    electricity_gbp: float | None
    carbon_kg: float | None
    carbon_price_gbp_t: float
    carbon_gbp: float | None
    total: float | None
    unit: str


@dataclass(frozen=True)
class Savings:
    """Baseline minus expected: positive is better."""

    carbon_kg: float | None
    carbon_pct: float | None
    cost_gbp: float | None
    flexibility_revenue_gbp: float | None = None


def region_dict(place: Place) -> dict[str, Any] | None:
    """``{"number", "name"}``, ``None`` for Great Britain as a whole."""
    return None if place is None else {"number": place, "name": region_by_number(place).name}


def alternative_dict(other: Outcome) -> dict[str, Any]:
    """One of ``alternatives`` as JSON shows it."""
    return {
        "start": time_text(other.start),
        "end": time_text(other.end),
        "region": region_dict(other.place),
        "carbon_kg": plain(other.carbon_kg),
        "cost_gbp": plain(other.cost_gbp),
        "carbon_intensity": plain(other.carbon_intensity),
        "relaxes": other.relaxes,
    }


def segment_dict(segment: Segment) -> dict[str, Any]:
    """One of ``segments`` as JSON shows it."""
    return {
        "start": time_text(segment.start),
        "end": time_text(segment.end),
        "energy_kwh": plain(segment.energy_kwh),
        "carbon_intensity": plain(segment.carbon_intensity),
        "renewable_pct": plain(segment.renewable_pct),
        "price_gbp_mwh": plain(segment.price_gbp_mwh),
        **({} if segment.servers is None else {"servers": segment.servers}),
    }


def time_text(instant: datetime | None) -> str | None:
    """A time as JSON spells it."""
    return None if instant is None else iso(instant)


def plain(value: float | None) -> float | None:
    """Six decimals: finer than anything measured, without the dust of float sums."""
    return None if value is None or not math.isfinite(value) else round(value, 6)
