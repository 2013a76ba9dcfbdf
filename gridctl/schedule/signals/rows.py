"""A signal as rows, a half hour each, for frames and tables."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from gridctl.clock import iso
from gridctl.schedule.signals.readings import Provenance, Reading, Refused
from gridctl.schedule.signals.signal import Signal

COLUMNS = [
    ("timestamp", "TIMESTAMP WITH TIME ZONE"),
    ("carbon_gco2_kwh", "DOUBLE"),
    ("carbon_provenance", "VARCHAR"),
    ("renewable_pct", "DOUBLE"),
    ("renewable_provenance", "VARCHAR"),
    ("price_gbp_mwh", "DOUBLE"),
    ("price_provenance", "VARCHAR"),
    ("grid_stress_score", "DOUBLE"),
    ("forecast_issued_at", "TIMESTAMP WITH TIME ZONE"),
    ("is_synthetic", "BOOLEAN"),
]


def signal_rows(signal: Signal) -> list[tuple[Any, ...]]:
    """A row of :data:`COLUMNS` for each half hour.

    What is missing is ``None``, and its provenance says why: ``missing: stale``. ``is_synthetic``
    is whether any value of the row is made up. Written as CSV the rows are a signal file again.
    """
    stress = signal.stress.values.tolist() if signal.stress else [math.nan] * len(signal.slots)
    series = (signal.carbon.readings, signal.renewable.readings, signal.price.readings)
    return [
        (
            datetime.fromtimestamp(slot, UTC),
            *_told(carbon), *_told(renewable), *_told(price), _known(score),
            None if math.isnan(carbon.issued) else datetime.fromtimestamp(carbon.issued, UTC),
            any(r.provenance is Provenance.SYNTHETIC for r in (carbon, renewable, price)),
        )
        for slot, carbon, renewable, price, score in zip(signal.slots, *series, stress, strict=True)
    ]  # fmt: skip


def signal_notes(signal: Signal) -> tuple[str, ...]:
    """What must be said of a signal: what it is, as known when, and why carbon is missing."""
    notes = [f"{signal.geography}, as known at {iso(signal.known_at)}; {signal.factors}"]
    if signal.price_kind is not None:
        notes.append(f"price: {signal.price_kind.replace('_', ' ')}")
    why = Counter(
        _why(reading)
        for reading in signal.carbon.readings
        if reading.provenance is Provenance.MISSING
    )
    half_hours = f"of {len(signal.slots)} half hours"
    notes += [f"carbon missing in {count} {half_hours}: {cause}" for cause, count in why.items()]
    return (*notes, *signal.notes)


def _told(reading: Reading) -> tuple[float | None, str]:
    if reading.provenance is Provenance.MISSING:
        return None, f"missing: {_why(reading)}"
    return _known(reading.value), reading.provenance.name.lower().replace("_", " ")


def _why(reading: Reading) -> str:
    if reading.refused is Refused.SYNTHETIC:
        return "synthetic, and not allowed"
    return reading.refused.name.lower().replace("_", " ")


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
