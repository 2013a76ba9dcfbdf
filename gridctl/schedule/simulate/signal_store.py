"""The signal of a replay from the store: what was, not what had been forecast."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.errors import SignalError
from gridctl.model import SYNTHETIC, Window
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.signals.signal import Place
from gridctl.schedule.simulate.ground import Ground

_SLOT = 1800


def load_ground(
    con: Any, places: tuple[Place, ...], window: Window, *, allow_synthetic: bool
) -> Ground:
    """Half hours that ``window`` spans: national actuals, and each region's newest forecast.

    Regional intensity has no actuals, so a region's account is an estimate, and says so. ``con``
    is an open connection in UTC. Raises :class:`SignalError` when a place has no value at all.
    """
    first = int(window.start.timestamp()) // _SLOT * _SLOT
    count = -(-(int(np.ceil(window.end.timestamp())) - first) // _SLOT)
    bounds = [datetime.fromtimestamp(edge, UTC) for edge in (first, first + count * _SLOT)]
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
    price = _filled(_price_rows(con, bounds, allow_synthetic), first, count)
    missing = sum(int(np.isnan(values).sum()) for values in carbon.values())
    if missing:
        total = count * len(carbon)
        notes.append(f"{missing:,} of {total:,} slots of the signal are missing: not planned on")
    return Ground.of(bounds[0], HALF_HOUR, carbon, price, "store", tuple(notes))


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


def _price_rows(con: Any, bounds: list[datetime], allow_synthetic: bool) -> list[tuple[Any, ...]]:
    """The day-ahead auction over the market index: the later row of a slot wins."""
    return con.execute(  # type: ignore[no-any-return]
        """SELECT epoch(timestamp)::BIGINT, price_gbp_mwh, source FROM wholesale_prices
           WHERE timestamp >= ? AND timestamp < ? AND region_number IS NULL
             AND price_type IN ('market_index', 'day_ahead_auction')
             AND price_gbp_mwh IS NOT NULL AND (? OR source <> ?)
           ORDER BY price_type DESC""",
        [*bounds, allow_synthetic, SYNTHETIC],
    ).fetchall()


def _filled(rows: list[tuple[Any, ...]], first: int, count: int) -> Floats:
    values = np.full(count, np.nan)
    for seconds, value, _ in rows:
        values[(seconds - first) // _SLOT] = value
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
