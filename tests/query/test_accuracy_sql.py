"""The two accuracy queries count in whole microseconds; plain datetimes, value by value, agree."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from query.querystore import NOW, Store, at

from gridctl.clock import LONDON

EDGES = {1: "0-1 h ahead", 6: "1-6 h ahead", 12: "6-12 h ahead", 24: "12-24 h ahead",
         48: "24-48 h ahead"}  # fmt: skip
HOURS = 100
SUBJECTS = {  # query, series of its vintages, table of outcomes, column of outcomes
    "carbon": ("forecast-accuracy", "carbon_intensity", "carbon_intensity_national",
               "actual_gco2_kwh", "gco2_kwh"),
    "demand": ("demand-forecast-accuracy", "demand", "demand_actual_national",
               "national_demand_mw", "mw"),
}  # fmt: skip


def vintages(rng: random.Random) -> list[dict[str, Any]]:
    """Issued at any second, some before the window or after now, with gaps, of several steps."""
    return [
        {
            "issued_at": (issued := at(hours=rng.uniform(-130, 4)).replace(microsecond=0)),
            "first_timestamp": issued.replace(minute=30 * (issued.minute // 30), second=0),
            "step_minutes": rng.choice([30, 60]),
            "forecast_values": [
                rng.choice([None, *(float(rng.randrange(100, 300)) for _ in range(4))])
                for _ in range(rng.choice([0, 1, 96, 110]))
            ],
            "source": rng.choice(["neso", "synthetic"]),
        }
        for _ in range(60)
    ]


def horizon(issued: datetime, slot: datetime) -> str:
    ahead = (slot - issued.replace(second=0)) / timedelta(hours=1)
    return next((name for edge, name in EDGES.items() if ahead < edge), "48 h and more")


def expected(
    issued: list[dict[str, Any]], actuals: dict[datetime, float], by: str
) -> dict[tuple[str, int | None], tuple[int, float, float]]:
    """(horizon, hour) -> number of errors, their mean, the mean of their absolute values."""
    errors = defaultdict(list)
    for vintage in issued:
        if vintage["issued_at"] > NOW:
            continue
        for i, value in enumerate(vintage["forecast_values"]):
            slot = vintage["first_timestamp"] + i * timedelta(minutes=vintage["step_minutes"])
            if value is None or slot not in actuals or not NOW - timedelta(hours=HOURS) <= slot:
                continue
            if slot <= NOW:
                word = "as issued" if by == "hour" else horizon(vintage["issued_at"], slot)
                hour = None if by == "horizon" else slot.astimezone(LONDON).hour
                errors[word, hour].append(value - actuals[slot])
    return {
        cell: (len(found), sum(found) / len(found), sum(map(abs, found)) / len(found))
        for cell, found in errors.items()
    }


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("by", ["horizon", "hour", "both"])
def test_the_errors_are_those_found_value_by_value(store: Store, subject: str, by: str) -> None:
    query, series, table, column, unit = SUBJECTS[subject]
    rng = random.Random(subject + by)
    made = vintages(rng)
    actuals = {at(minutes=30 * i): float(rng.randrange(100, 300)) for i in range(-260, 4)}
    store.add("forecast_vintages", *({"series": series, **vintage} for vintage in made))
    store.add(table, *({"timestamp": slot, column: value} for slot, value in actuals.items()))
    found = {
        (row["horizon"], row["hour"]): (row["n"], row[f"bias_{unit}"], row[f"mae_{unit}"])
        for row in store.ask(query, by=by, hours=HOURS)
    }
    slow = expected(made, actuals, by)
    assert len(slow) > 3
    assert found.keys() == slow.keys()
    for cell, values in slow.items():
        assert found[cell] == pytest.approx(values)
