"""The forecast as it stood at the end of the period, and how far such forecasts have been off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from gridctl.model import Window
from gridctl.report.emptiness import why_empty
from gridctl.report.period import AHEAD
from gridctl.schedule.signals.readings import SLOT, Provenance, Reading
from gridctl.schedule.signals.signal import Knowledge, Signal, load_signals
from gridctl.schedule.skill.history import Points, load_history
from gridctl.schedule.skill.improve import wants_synthetic
from gridctl.schedule.skill.quantiles import Margins, days_needed, margins

LOW, HIGH = 0.1, 0.9  # the band holds four half hours out of five
_BEFORE = timedelta(hours=24)
_RUN = 8  # half hours of the greenest stretch that is pointed out


@dataclass(frozen=True)
class OutlookSlot:
    """A half hour. ``actual`` is that of one that is over, ``forecast`` of one to come, ``low`` and
    ``high`` its band, all g/kWh; ``None`` where not known, as an actual before it is published.
    """

    start: datetime
    actual: float | None
    forecast: float | None
    low: float | None
    high: float | None
    issued: datetime | None


@dataclass(frozen=True)
class CarbonOutlook:
    """``greenest`` is the start, end and mean of the lowest four hours ahead without a gap.

    ``no_band`` says why there is no band, if there is none.
    """

    slots: list[OutlookSlot]
    greenest: tuple[datetime, datetime, float] | None
    no_band: str | None
    is_synthetic: bool
    empty: str | None


def read_outlook(con: Any, at: datetime, max_age: timedelta) -> CarbonOutlook:
    """What was known at ``at`` of the day before and the 48 h after; synthetic where no better is.

    A forecast older than ``max_age`` is not shown.
    """
    window = Window(at - _BEFORE, at + AHEAD)
    signal = load_signals(con, [None], window, Knowledge(at, max_age, allow_synthetic=True))[None]
    learnt = _margins(con, signal)
    slots = _slots(signal, learnt)
    has_forecast = any(slot.forecast is not None for slot in slots)
    has_band = any(slot.low is not None for slot in slots)
    return CarbonOutlook(
        slots=slots,
        greenest=_greenest(slots, at),
        no_band=None if has_band else _why_no_band(slots, learnt),
        is_synthetic=Provenance.SYNTHETIC in signal.carbon.provenance,
        empty=None if has_forecast else _why_empty(con),
    )


def _margins(con: Any, signal: Signal) -> tuple[Margins, Margins]:
    history = load_history(con, signal.known_at, synthetic=wants_synthetic(signal))
    error = history.actuals.at(history.points.slot) - history.points.value
    return margins(history.points, error, LOW), margins(history.points, error, HIGH)


def _slots(signal: Signal, learnt: tuple[Margins, Margins]) -> list[OutlookSlot]:
    readings = signal.carbon.readings
    first = int(signal.start.timestamp()) // SLOT
    points = Points(
        np.array([reading.issued for reading in readings]),
        np.arange(first, first + len(readings)),
        np.array([reading.value for reading in readings]),
    )
    low, high = (np.maximum(points.value + m.margin[points.bucket], 0.0) for m in learnt)
    slots = []
    for index, reading in enumerate(readings):
        start = signal.time_of(index)
        value = _number(reading.value)
        if start + timedelta(seconds=SLOT) <= signal.known_at:
            measured = value if _is_measured(reading) else None
            slots.append(OutlookSlot(start, measured, None, None, None, None))
        elif np.isnan(reading.issued):  # an error at an unknown distance is nobody's to know
            slots.append(OutlookSlot(start, None, value, None, None, None))
        else:
            issued = datetime.fromtimestamp(reading.issued, start.tzinfo)
            band = (_number(low[index]), _number(high[index]))
            slots.append(OutlookSlot(start, None, value, *band, issued))
    return slots


def _is_measured(reading: Reading) -> bool:
    """Whether it is an actual, real or made up: forecasts have an issue, or say what they are."""
    measured = reading.provenance in (Provenance.ACTUAL, Provenance.SYNTHETIC)
    return measured and bool(np.isnan(reading.issued))


def _greenest(slots: list[OutlookSlot], at: datetime) -> tuple[datetime, datetime, float] | None:
    ahead = [slot for slot in slots if slot.start + timedelta(seconds=SLOT) > at]
    best = None
    for run in zip(*(ahead[offset:] for offset in range(_RUN)), strict=False):
        values = [slot.forecast for slot in run if slot.forecast is not None]
        if len(values) == _RUN and (best is None or sum(values) / _RUN < best[2]):
            best = (run[0].start, run[-1].start + timedelta(seconds=SLOT), sum(values) / _RUN)
    return best


def _why_no_band(slots: list[OutlookSlot], learnt: tuple[Margins, Margins]) -> str:
    if all(slot.issued is None for slot in slots):
        return "no band: when this forecast was issued is not known, so nor is how far it looked"
    return (
        f"no band: it needs past forecasts of {days_needed(HIGH)} different days at each horizon, "
        f"and at most {max(learnt[1].days, default=0)} are stored"
    )


def _why_empty(con: Any) -> str:
    return why_empty(con, "carbon_intensity_national", "gridctl fetch carbon-intensity")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
