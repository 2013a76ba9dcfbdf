"""The signal of a replay from the store: what was, not what had been forecast."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from gridctl.clock import HALF_HOUR, ceil_half_hour, floor_half_hour
from gridctl.errors import SignalError
from gridctl.model import SYNTHETIC, Window
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.money.prices import Bill, load_prices
from gridctl.schedule.signals.readings import SLOT
from gridctl.schedule.signals.signal import Place
from gridctl.schedule.simulate.ground import Ground

_ABOUT = {
    "agile_retail": "the Agile tariff of each region",
    "wholesale": "the day-ahead auction, else the market index",
}


def load_ground(
    con: Any,
    places: tuple[Place, ...],
    window: Window,
    *,
    allow_synthetic: bool,
    bill: Bill | None = None,
) -> Ground:
    """Half hours that ``window`` spans: national actuals, and each region's newest forecast.

    Regional intensity has no actuals, so a region's account is an estimate, and says so. The price
    is the one of :func:`load_prices` once all is over: the ``bill``'s, else as stored, real before
    made-up. ``con`` is an open connection in UTC. Raises :class:`SignalError` when a place has no
    value at all.
    """
    start, end = floor_half_hour(window.start), ceil_half_hour(window.end)
    bounds, first, count = [start, end], int(start.timestamp()), (end - start) // HALF_HOUR
    carbon: dict[Place, Floats] = {}
    for place in places:
        rows = _carbon_rows(con, place, bounds)
        usable = [row for row in rows if allow_synthetic or row[2] != SYNTHETIC]
        if not usable:
            raise _missing(place, bounds, only_synthetic=bool(rows))
        carbon[place] = _filled(usable, first, count)
    notes = ["national actuals"] if None in carbon else []
    if any(place is not None for place in carbon):
        notes.append("regions: the newest stored forecast, there are no actuals; estimated")
    if allow_synthetic:
        notes.append("made-up data is allowed where nothing else is stored")
    prices = load_prices(
        con, places, range(first, first + count * SLOT, SLOT), end,
        allow_synthetic=allow_synthetic, bill=bill,
    )  # fmt: skip
    if prices.kind is not None:
        notes.append(f"cost is by {_ABOUT[prices.kind] if bill is None else bill.about}")
    price = {
        place: np.array([cell.value for cell in prices.cells[place]], dtype=np.float64)
        for place in places
    }
    missing = sum(int(np.isnan(values).sum()) for values in carbon.values())
    if missing:
        total = count * len(carbon)
        notes.append(f"{missing:,} of {total:,} slots of the signal are missing: not planned on")
    return Ground.of(start, HALF_HOUR, carbon, price, "store", tuple(notes))


def _carbon_rows(con: Any, place: Place, bounds: list[datetime]) -> list[tuple[Any, ...]]:
    if place is None:
        query = """SELECT epoch(timestamp)::BIGINT, actual_gco2_kwh, source
                   FROM carbon_intensity_national
                   WHERE timestamp >= ? AND timestamp < ? AND actual_gco2_kwh IS NOT NULL"""
        return con.execute(query, bounds).fetchall()  # type: ignore[no-any-return]
    query = """SELECT epoch(timestamp)::BIGINT, forecast_gco2_kwh, source
               FROM carbon_intensity_regional
               WHERE timestamp >= ? AND timestamp < ? AND region_number = ?
                 AND forecast_gco2_kwh IS NOT NULL"""
    return con.execute(query, [*bounds, place]).fetchall()  # type: ignore[no-any-return]


def _filled(rows: list[tuple[Any, ...]], first: int, count: int) -> Floats:
    values = np.full(count, np.nan)
    for seconds, value, _ in rows:
        values[(seconds - first) // SLOT] = value
    return values


def _missing(place: Place, bounds: list[datetime], *, only_synthetic: bool) -> SignalError:
    where = "Great Britain" if place is None else f"region {place}"
    span = f"{bounds[0]:%Y-%m-%d} to {bounds[1]:%Y-%m-%d}"
    if only_synthetic:
        return SignalError(
            f"the store holds only made-up intensity for {where}, {span}; use it with "
            "--allow-synthetic"
        )
    return SignalError(
        f"the store holds no intensity for {where}, {span}; get it with: "
        f"gridctl fetch carbon-intensity --from {bounds[0]:%Y-%m-%d}, or name a file with --signal"
    )
