"""Put a better guess, or a cautious one, in the place of the forecasts of a signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.schedule.signals.outlook import Outlook
from gridctl.schedule.signals.readings import SLOT
from gridctl.schedule.signals.signal import Provenance, Reading, Series, Signal
from gridctl.schedule.single.reasons import AT_RISK
from gridctl.schedule.skill.correction import (
    LEAST_DAYS,
    cross_fitted,
    enough,
    fit_history,
    usual_at,
)
from gridctl.schedule.skill.history import Floats, History, Points, horizon_name
from gridctl.schedule.skill.quantiles import days_needed, margins

_FORECASTS = (Provenance.FORECAST, Provenance.CORRECTED)
_NONE_AHEAD = "no forecast of known issue time lies ahead"
_UNSURE = (Provenance.LAST_REVISION, Provenance.SYNTHETIC)


def improve(signal: Signal, history: History, outlook: Outlook) -> Signal:
    """The signal with its forecasts corrected, or raised to a quantile, as ``outlook`` asks.

    Only slots not over at ``signal.known_at`` change, and of ``history`` only what was known then
    is used. What cannot be done for want of history is left out, and a note says so. A gap stays
    a gap; at a risk, so is a forecast of unknown issue, whose error nobody knows.
    """
    if outlook.is_plain:
        return signal
    if signal.place is not None:
        return _with_note(signal, f"{outlook.text} is off: regional intensity has no actuals")
    known = history.known_at(signal.known_at.timestamp())
    margin = _margins(signal, known, outlook)
    if outlook.forecast == "corrected":
        signal = _corrected(signal, known)
    if isinstance(margin, str):
        return _with_note(signal, f"risk {outlook.risk:g} is off: {margin}")
    return signal if margin is None else _at_risk(signal, margin, outlook)


def _corrected(signal: Signal, known: History) -> Signal:
    days = known.days
    if not enough(days):
        return _with_note(
            signal,
            f"the forecast is not corrected: that needs forecasts and actuals of {LEAST_DAYS} "
            f"different days, and {days} are stored",
        )
    slots, points = _ahead(signal)
    if not slots:
        return _with_note(signal, f"the forecast is not corrected: {_NONE_AHEAD}")
    usual = usual_at(known.actuals, points.slot, signal.known_at.timestamp())
    values = np.maximum(fit_history(known).apply(points, usual), 0.0)
    return _with_note(
        replace(_with_values(signal, slots, values, Provenance.CORRECTED), forecast="corrected"),
        "forecast corrected: less its usual error, drawn towards what is usual at that time of the "
        f"week, learnt from {days} days of forecasts and actuals",
    )


def _at_risk(signal: Signal, margin: Floats, outlook: Outlook) -> Signal:
    """The signal with its forecasts raised by ``margin``."""
    slots, points = _ahead(signal)
    values = np.maximum(points.value + margin, 0.0)
    readings = list(_with_values(signal, slots, values, Provenance.ESTIMATED).carbon.readings)
    raised = set(slots)
    first = (signal.known_at - signal.start) // HALF_HOUR
    for slot in range(max(first, 0), len(readings)):
        if slot not in raised and readings[slot].provenance in _UNSURE:
            readings[slot] = Reading()
    return _with_note(
        replace(signal, carbon=Series.of(readings), risk=outlook.risk),
        f"{AT_RISK} {outlook.risk:g}: carbon to come is what it stayed below "
        f"{100 * (outlook.risk or 0):g} % of the time, not the mean; caps hold at that",
    )


def wants_synthetic(signal: Signal) -> bool:
    """Whether no real forecast lies ahead, so that made-up errors are its own."""
    return not _among(signal, _FORECASTS) and bool(_among(signal, (Provenance.SYNTHETIC,)))


def _among(signal: Signal, kinds: Sequence[Provenance]) -> list[int]:
    """The slots not over yet whose value is a forecast of known issue, of these kinds."""
    over = (signal.known_at - signal.start) // HALF_HOUR
    return [
        slot
        for slot, reading in enumerate(signal.carbon.readings)
        if slot >= over and reading.provenance in kinds and np.isfinite(reading.issued)
    ]


def _ahead(signal: Signal) -> tuple[list[int], Points]:
    """The slots that change and their forecasts: the real ones, or if there is none the made up."""
    slots = _among(signal, _FORECASTS) or _among(signal, (Provenance.SYNTHETIC,))
    first = int(signal.start.timestamp()) // SLOT
    readings = signal.carbon.readings
    return slots, Points(
        np.array([readings[slot].issued for slot in slots], dtype=np.float64),
        np.array(slots, dtype=np.int64) + first,
        np.array([readings[slot].value for slot in slots], dtype=np.float64),
    )


def _margins(signal: Signal, known: History, outlook: Outlook) -> Floats | str | None:
    """What to add to each forecast ahead, or why that cannot be said; ``None`` when not asked."""
    if outlook.risk is None:
        return None
    _, points = _ahead(signal)
    if len(points.slot) == 0:
        return _NONE_AHEAD
    past = known.points
    corrects = outlook.forecast == "corrected" and enough(known.days)
    forecast = cross_fitted(known) if corrects else past.value
    learnt = margins(past, known.actuals.at(past.slot) - forecast, outlook.risk)
    lacking = [b for b in np.unique(points.bucket) if not np.isfinite(learnt.margin[b])]
    if lacking:
        return (
            f"it needs errors of {days_needed(outlook.risk)} different days at each horizon, and "
            f"{horizon_name(int(lacking[0]))} has {learnt.days[lacking[0]]}"
        )
    added: Floats = learnt.margin[points.bucket]
    return added


def _with_values(
    signal: Signal, slots: list[int], values: Floats, provenance: Provenance
) -> Signal:
    readings = list(signal.carbon.readings)
    for slot, value in zip(slots, values.tolist(), strict=True):
        readings[slot] = _improved(readings[slot], value, provenance)
    return replace(signal, carbon=Series.of(readings))


def _improved(reading: Reading, value: float, provenance: Provenance) -> Reading:
    """What is made up stays labelled so."""
    if reading.provenance is Provenance.SYNTHETIC:
        provenance = Provenance.SYNTHETIC
    return replace(reading, value=value, provenance=provenance, estimated=True)


def _with_note(signal: Signal, note: str) -> Signal:
    return replace(signal, notes=(*signal.notes, note))
