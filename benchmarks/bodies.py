"""A year of Carbon Intensity API answers in the API's shape, made up, for benchmarks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson

from gridctl.model import Request, Window
from gridctl.regions import all_regions
from gridctl.sources.carbon_intensity.bodies import FUELS
from gridctl.sources.carbon_intensity.calls import history

_HALF_HOUR = timedelta(minutes=30)
_INDEX = ("very low", "low", "moderate", "high", "very high")
_AGGREGATES = ((15, "England"), (16, "Scotland"), (17, "Wales"), (18, "GB"))


def year_of_bodies(year: int = 2025, seed: int = 1) -> Iterator[tuple[Request, bytes]]:
    """Requests for a whole year of the three datasets, each with a body as the API answers."""
    rng = random.Random(seed)
    window = Window(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
    for dataset in ("intensity", "generation", "regional"):
        for request in history(dataset, window, {}):
            assert request.window is not None
            periods = []
            start = request.window.start
            while start < request.window.end:
                periods.append(_period(dataset, start, rng))
                start += _HALF_HOUR
            yield request, orjson.dumps({"data": periods})


def _period(dataset: str, start: datetime, rng: random.Random) -> dict[str, object]:
    label = {"from": f"{start:%Y-%m-%dT%H:%MZ}", "to": f"{start + _HALF_HOUR:%Y-%m-%dT%H:%MZ}"}
    if dataset == "generation":
        return {**label, "generationmix": _mix(rng)}
    if dataset == "intensity":
        value = rng.randint(30, 300)
        return {
            **label,
            "intensity": {
                "forecast": value,
                "actual": value + rng.randint(-9, 9),
                "index": rng.choice(_INDEX),
            },
        }
    names = [(r.number, r.dno_name, r.short_name) for r in all_regions()]
    names += [(number, name, name) for number, name in _AGGREGATES]
    return {
        **label,
        "regions": [
            {
                "regionid": number,
                "dnoregion": dno,
                "shortname": name,
                "intensity": {"forecast": rng.randint(0, 400), "index": rng.choice(_INDEX)},
                "generationmix": _mix(rng),
            }
            for number, dno, name in names
        ],
    }


def _mix(rng: random.Random) -> list[dict[str, object]]:
    weights = [rng.random() for _ in FUELS]
    total = sum(weights)
    return [
        {"fuel": fuel, "perc": round(100 * weight / total, 1)}
        for fuel, weight in zip(FUELS, weights, strict=True)
    ]
