"""What electricity and flexibility cost: the rows of the two price tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import compress
from typing import Any

import numpy as np

from gridctl.clock import EPOCH, HALF_HOUR, settlement_of
from gridctl.model import Batch
from gridctl.sources.synthetic.demand import local_slots
from gridctl.sources.synthetic.noise import fold, key, uniform
from gridctl.sources.synthetic.scene import Scene

_EVENT_CHANCE = 0.2  # of a winter weekday: a handful of events a month
_EVENT_HALF_HOURS = range(34, 37)  # 17:00 to 18:30, local
_EVENT_MONTHS = (11, 12, 1, 2, 3)
_NOTICE = timedelta(hours=24)
_UNITS = ("SYN-UNIT-1", "SYN-UNIT-2")


def wholesale_prices(scene: Scene) -> Batch:
    """Day-ahead auction prices for all slots, market index prices for those that are over.

    The auction price is what the market made of the forecasts at eleven the day before.
    """
    over = scene.over
    settlement = [settlement_of(start) for start in scene.times]
    times = scene.times + list(compress(scene.times, over))
    settlement += list(compress(settlement, over))
    spread = uniform(fold(key(scene.order.seed, "volume"), scene.slots))
    traded = 30.0 * scene.actual.demand * (0.8 + 0.4 * spread)  # MWh, about 6 % of demand
    auction = 65.0 * scene.auction.demand
    price = np.concatenate([scene.auction.price, scene.actual.price[over]])
    return Batch(
        "wholesale_prices",
        {
            "price_type": ["day_ahead_auction"] * len(scene.slots)
            + ["market_index"] * int(over.sum()),
            "timestamp": times,
            "region_number": [None] * len(times),
            "price_gbp_mwh": (np.round(price, 2) + 0.0).tolist(),
            "volume_mwh": np.round(np.concatenate([auction, traded[over]]), 1).tolist(),
            "settlement_date": [day for day, _ in settlement],
            "settlement_period": [period for _, period in settlement],
        },
    )


def flexibility_prices(scene: Scene) -> Batch:
    """Demand Flexibility Service events on some winter weekday evenings.

    A requirement is known a day ahead; accepted bids and a summary follow when the slot is over.
    """
    rows = [
        row
        for start, local, over in zip(
            scene.times, local_slots(scene.slots).tolist(), scene.over.tolist(), strict=True
        )
        if _in_event(scene.order.seed, local) and start - scene.order.issued_at <= _NOTICE
        for row in _event_rows(scene.order.seed, start, local // 48, over)
    ]
    return Batch(
        "flexibility_prices", {n: [row[n] for row in rows] for n in rows[0]} if rows else {}
    )


def _in_event(seed: int, local: int) -> bool:
    day = EPOCH + local * HALF_HOUR
    return (
        local % 48 in _EVENT_HALF_HOURS
        and day.month in _EVENT_MONTHS
        and day.weekday() < 5
        and _luck(seed, "event", local // 48)[0] < _EVENT_CHANCE
    )


def _event_rows(seed: int, start: datetime, day: int, over: bool) -> list[dict[str, Any]]:
    luck = _luck(seed, "bids", day)
    shared = {
        "service_type": "dfs",
        "event_id": f"SYN-{EPOCH + timedelta(days=day):%Y%m%d}",
        "timestamp": start,
        "zone": "GB",
        "direction": "turn_down",
        "price_gbp_mw_h": None,
    }

    def row(
        kind: str, unit: str, status: str, mw: float, price: float | None, cost: float | None
    ) -> dict[str, Any]:
        own = {"record_type": kind, "provider_unit": unit, "status": status, "volume_mw": mw}
        return shared | own | {"price_gbp_mwh": price, "cost_gbp": cost}

    rows = [row("requirement", "", "published", 100.0 * round(1 + 4 * luck[0]), None, None)]
    if not over:
        return rows
    bids = [(round(5 + 40 * luck[n], 1), round(80 + 170 * luck[n + 2], 2)) for n in (1, 2)]
    costs = [round(mw * price / 2, 2) for mw, price in bids]  # pay as bid, over half an hour
    for unit, (mw, price), cost in zip(_UNITS, bids, costs, strict=True):
        rows.append(row("bid", unit, "accepted", mw, price, cost))
    total_mw, total = round(sum(mw for mw, _ in bids), 1), round(sum(costs), 2)
    mean_price = round(2 * total / total_mw, 2)
    return [*rows, row("summary", "", "settled", total_mw, mean_price, total)]


def _luck(seed: int, stream: str, day: int) -> list[float]:
    """Five numbers in (0, 1) that belong to a day."""
    luck: list[float] = uniform(fold(fold(key(seed, stream), day), np.arange(5))).tolist()
    return luck
