"""The latest of each compute window, found by the maximum, is what going through them row by row
finds."""

from __future__ import annotations

import random
from typing import Any

from query.querystore import Store, at, region_id

WINDOWS = 12
REGION = 13


def seen(rng: random.Random) -> Any:
    return at(hours=-rng.randrange(30))


def test_the_latest_of_each_window_is_found(store: Store) -> None:
    rng = random.Random(1)
    store.add("grid_zones", {"zone_id": "z", "zone_name": "z", "region_id": region_id(REGION)})
    ((zone,),) = store.execute("SELECT id FROM grid_zones")
    store.regional(REGION, at(), 100.0)
    expected, available = {}, 0
    for number in range(WINDOWS):
        name = f"w{number}"
        (window,) = store.add(
            "compute_windows", {"item_id": name, "window_name": name, "grid_zone_id": zone}
        )
        snapshots = {
            seen(rng): (rng.choice([-1.0, 4.0]), float(rng.randrange(10)))
            for _ in range(rng.randrange(1, 9))
        }
        for moment, (hours, free_mw) in snapshots.items():
            store.add("grid_snapshots", {
                "item_id": name, "snapshot_timestamp": moment, "compute_window_id": window,
                "window_start": at(hours=-2), "window_end": at(hours=hours),
                "available_capacity_mw": free_mw})  # fmt: skip
        offers = [
            (seen(rng), rng.choice(["GBP", "GBP", "EUR"]), rng.choice([None, 0.1, 0.2, 0.3]))
            for _ in range(rng.randrange(9))
        ]
        for i, (moment, currency, price) in enumerate(offers):
            store.offer(window, name, f"{name}-{i}", price, currency, moment)
        newest = max((moment for moment, _, _ in offers), default=None)
        prices = [p for m, c, p in offers if m == newest and c == "GBP" and p is not None]
        last = max(snapshots)
        hours, free_mw = snapshots[last]
        expected[name] = (last, free_mw, min(prices, default=None))
        available += hours > 0
    found = {
        row["window_name"]: (
            row["snapshot_timestamp"], row["available_capacity_mw"], row["beckn_price_value"]
        )
        for row in store.ask("latest-grid-conditions")
    }  # fmt: skip
    assert found == expected
    assert 0 < available < WINDOWS
    (region,) = store.ask("regional-compute-opportunities")
    assert region["available_windows"] == available
