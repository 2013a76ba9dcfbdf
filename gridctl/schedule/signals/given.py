"""The signal of a file, in the shape that decisions are taken on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from gridctl.clock import HALF_HOUR, ceil_half_hour, floor_half_hour
from gridctl.errors import UsageError
from gridctl.model import Window
from gridctl.schedule.money.prices import Bill, Price, billed
from gridctl.schedule.signals.outlook import Outlook
from gridctl.schedule.signals.signal import Place, Provenance, Reading, Series, Signal
from gridctl.schedule.signals.signal_file import Floats, SignalFile, half_hourly


def signals_of_file(
    file: SignalFile,
    places: Sequence[Place],
    window: Window,
    at: datetime,
    outlook: Outlook,
    bill: Bill | None = None,
) -> dict[Place, Signal]:
    """The signal of the one place there is.

    ``bill`` is the operator's own: a pass-through reads the file's price as the wholesale one.

    Raises :class:`UsageError` for several, which one file cannot tell apart.
    """
    if len(places) > 1:
        raise UsageError(
            f"{file.name} is the signal of one place; name one --region at most with --signal"
        )
    signal = signal_of_file(file, places[0], window, at)
    if bill is not None:
        signal = _with_bill(signal, bill)
    if not outlook.is_plain:
        note = f"{outlook.text} is off: {file.name} holds no past forecasts to learn from"
        signal = replace(signal, notes=(*signal.notes, note))
    return {places[0]: signal}


def signal_of_file(file: SignalFile, place: Place, window: Window, at: datetime) -> Signal:
    """The part of a file over the half hours that touch ``window``, as if it were known at ``at``.

    What the file does not reach is missing. Raises :class:`gridctl.errors.DataError` for steps that
    do not fit half hours.
    """
    even, said = half_hourly(file)
    start = floor_half_hour(window.start)
    count = (ceil_half_hour(window.end) - start) // HALF_HOUR
    first = (start - even.start) // HALF_HOUR

    def series(values: Floats | None) -> Series:
        return _series(_cut(values, first, count), file.name)

    notes = [] if said is None else [said]
    return Signal(
        place, start, at, series(even.carbon), series(even.renewable), series(even.price),
        None if even.price is None else "file", file=file.name, notes=tuple(notes),
    )  # fmt: skip


def _with_bill(signal: Signal, bill: Bill) -> Signal:
    given = [Price(value, signal.file or "", False) for value in signal.price.values.tolist()]
    prices = billed(bill, signal.slots, given)
    readings = [
        Reading() if np.isnan(price.value) else Reading(price.value, Provenance.GIVEN, price.source)
        for price in prices
    ]
    known = any(np.isfinite(price.value) for price in prices)
    return replace(
        signal,
        price=Series.of(readings),
        price_kind=bill.kind if known else None,
        tariff_sha256=bill.sha256,
    )


def _cut(values: Floats | None, first: int, count: int) -> Floats:
    """``count`` values from index ``first``, which may lie outside; NaN there."""
    cut = np.full(count, np.nan)
    if values is not None:
        begin, end = max(first, 0), min(first + count, len(values))
        if begin < end:
            cut[begin - first : end - first] = values[begin:end]
    return cut


def _series(values: Floats, name: str) -> Series:
    return Series.of(
        [
            Reading() if np.isnan(value) else Reading(value, Provenance.GIVEN, name)
            for value in values.tolist()
        ]
    )
