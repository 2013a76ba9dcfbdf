"""Say which input a plan lacks, why it is not there, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from gridctl.clock import format_duration, iso
from gridctl.schedule.job.workload import Workload
from gridctl.schedule.signals.signal import Place, Refused, Series, Signal
from gridctl.schedule.single.reasons import place_name

_FETCH_CARBON = "run: gridctl fetch carbon-intensity"
_INPUTS = {
    "carbon": ("carbon forecast", _FETCH_CARBON),
    "renewable": (
        "renewable share, which --min-renewable needs,",
        f"it is forecast by region only: name a --region, or {_FETCH_CARBON}",
    ),
    "price": (
        "price",
        "run: gridctl fetch elexon, give a --price-series that covers them, or use "
        "--objective carbon",
    ),
}


def nothing_known(signals: Mapping[Place, Signal], earliest: datetime) -> str:
    """No carbon value anywhere that was looked."""
    signal = next(iter(signals.values()))
    return _why(signal, range(len(signal.carbon.values)), "carbon", earliest)


def ends_too_soon(
    workload: Workload, signals: Mapping[Place, Signal], earliest: datetime, ends: datetime
) -> str:
    """What is known ends before the job could."""
    signal = next(iter(signals.values()))
    beyond = signal.slots_over(max(earliest, ends), signal.time_of(len(signal.carbon.values)))
    refused = _refusal(signal.carbon, beyond)
    if refused:
        return refused
    return (
        f"the carbon forecast for {place_name(signal.place)} ends at {iso(ends)}, too soon for a "
        f"job of {format_duration(workload.shortest)} from {iso(earliest)}; "
        f"{_remedy(signal, 'carbon')}"
    )


def no_placement(
    workload: Workload, signals: Mapping[Place, Signal], earliest: datetime, finish: datetime
) -> str:
    """Some input has gaps wherever the job could go: the first such input, for the first place."""
    signal = next(iter(signals.values()))
    slots = signal.slots_over(earliest, finish)
    needed = ["carbon", *(cap.series for cap in workload.caps)]
    if workload.objective != "carbon":
        needed.append("price")
    for name in needed:
        series: Series = getattr(signal, name)
        if not np.isfinite(series.values[slots.start : slots.stop]).all():
            if name == "price" and workload.objective != "carbon":
                reason = _why(signal, slots, name, earliest)
                return f"--objective {workload.objective} needs a price, and there is {reason}"
            return _why(signal, slots, name, earliest)
    return _why(signal, slots, "carbon", earliest)


def _remedy(signal: Signal, name: str) -> str:
    what = "the whole window" if name == "carbon" else f"a column for the {name}"
    return _INPUTS[name][1] if signal.file is None else f"{signal.file} must cover {what}"


def _why(signal: Signal, slots: range, name: str, earliest: datetime) -> str:
    what, remedy = _INPUTS[name][0], _remedy(signal, name)
    series: Series = getattr(signal, name)
    refused = _refusal(series, slots)
    if refused:
        return refused
    some = np.isfinite(series.values[slots.start : slots.stop]).any()
    gaps = " without gaps long enough" if some else ""
    return f"no {what} for {place_name(signal.place)} from {iso(earliest)}{gaps}; {remedy}"


def _refusal(series: Series, slots: range) -> str | None:
    """The reason the store's own values were not used, if it holds some."""
    readings = [series.readings[slot] for slot in slots]
    if any(reading.refused is Refused.SYNTHETIC for reading in readings):
        return "only synthetic data for these half hours; to plan on it, add --allow-synthetic"
    stale = [r.issued for r in readings if r.refused is Refused.STALE]
    if stale:
        newest = datetime.fromtimestamp(max(stale), UTC)
        return (
            f"the newest carbon forecast is stale, issued at {iso(newest)}, longer ago than "
            f"schedule.max_forecast_age; {_FETCH_CARBON}"
        )
    if any(reading.refused is Refused.NOT_YET_KNOWN for reading in readings):
        return "the stored carbon forecast was issued later than the moment asked about (--as-of)"
    return None
