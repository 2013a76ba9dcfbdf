"""The best start of a waiting workload, by running totals in whole microseconds, is what adding up
each stretch half hour by half hour finds."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

import pytest
from query.querystore import NOW, SLOT, Store, at

HALF_HOUR = timedelta(minutes=30)


def best(
    carbon: dict[datetime, float], hours: float, earliest: datetime, deadline: datetime | None
) -> tuple[datetime, float] | None:
    """The earliest of the starts with the lowest mean, over half hours that are all there."""
    half_hours = 2 * hours
    found = []
    for start in carbon:
        stretch = [start + i * HALF_HOUR for i in range(math.ceil(half_hours))]
        is_late = deadline is not None and start + timedelta(hours=hours) > deadline
        if start < earliest or is_late or any(slot not in carbon for slot in stretch):
            continue
        parts = [min(1.0, half_hours - i) for i in range(len(stretch))]
        used = sum(part * carbon[slot] for part, slot in zip(parts, stretch, strict=True))
        found.append((round(used / half_hours, 6), start))
    return min(found)[::-1] if found else None


def test_the_best_starts_are_those_found_half_hour_by_half_hour(store: Store) -> None:
    rng = random.Random(5)
    carbon = {SLOT: 300.0} | {
        at(minutes=30 * i): float(rng.randrange(50, 250))
        for i in range(1, 60)
        if rng.random() < 0.9
    }
    for slot, value in carbon.items():
        store.carbon(slot, value)
    expected = {}
    for i in range(40):
        hours = rng.choice([0.25, 0.5, 1.7, 3.0, 6.1])
        earliest = rng.choice([None, NOW + timedelta(seconds=rng.randrange(40_000))])
        deadline = rng.choice([None, NOW + timedelta(seconds=rng.randrange(90_000))])
        store.workload(f"w{i}", 200, estimated_duration_hours=hours, earliest_start=earliest,
                       latest_completion=deadline)  # fmt: skip
        expected[f"w{i}"] = best(carbon, hours, max(NOW, earliest or NOW), deadline)
    rows = {r["workload_name"]: r for r in store.ask("workload-optimization-opportunities")}
    assert 20 < sum(found is not None for found in expected.values()) < 40
    assert rows.keys() == expected.keys()
    for name, found in expected.items():
        start, mean = found or (None, None)
        assert rows[name]["best_start"] == start
        assert rows[name]["best_carbon_intensity"] == pytest.approx(mean)
