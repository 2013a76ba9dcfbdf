"""The Carbon Intensity API: it selects periods by their END, inclusive at both sides.

``/generation`` forgets everything after 31 December when a range straddles new year; answers hold
18 regions.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sites.site import Asked, Reply, json_reply

HALF_HOUR = timedelta(minutes=30)
FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
NAMES = (
    "North Scotland",
    "South Scotland",
    "North West England",
    "North East England",
    "Yorkshire",
    "North Wales & Merseyside",
    "South Wales",
    "West Midlands",
    "East Midlands",
    "East England",
    "South West England",
    "South England",
    "London",
    "South East England",
    "England",
    "Scotland",
    "Wales",
    "GB",
)


class CarbonIntensity:
    """``horizon`` may be cut short."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.horizon = timedelta(hours=48)

    def reply(self, asked: Asked) -> Reply | None:
        family = asked.path.strip("/").split("/")[0]
        if family not in ("intensity", "generation", "regional"):
            return None
        return json_reply(self.answer(asked.path))

    def answer(self, path: str) -> dict[str, Any]:
        family, start, end = self._parse(path)
        periods = []
        t = datetime(start.year, start.month, start.day, tzinfo=UTC) - timedelta(days=1)
        while t < end:
            is_forgotten = family == "generation" and t.year > start.year
            is_known = t <= self.now + self.horizon
            if start <= t + HALF_HOUR <= end and is_known and not is_forgotten:
                periods.append(self.period(family, t))
            t += HALF_HOUR
        return {"data": periods}

    def _parse(self, path: str) -> tuple[str, datetime, datetime]:
        words = path.strip("/").split("/")
        if words[0] == "regional":
            words = ["regional", *words[2:]]
        family, first, last = words
        start = datetime.fromisoformat(first)
        spans = {"fw24h": 24, "fw48h": 48}
        if last in spans:
            return family, start, start + timedelta(hours=spans[last])
        if last == "pt24h":
            return family, start - timedelta(hours=24), start
        return family, start, datetime.fromisoformat(last)

    def period(self, family: str, t: datetime) -> dict[str, Any]:
        end = t + HALF_HOUR
        record: dict[str, Any] = {"from": f"{t:%Y-%m-%dT%H:%MZ}", "to": f"{end:%Y-%m-%dT%H:%MZ}"}
        if family == "intensity":
            is_over = t + timedelta(hours=1) <= self.now
            actual = value(t) + 3 if is_over else None
            record["intensity"] = {"forecast": value(t), "actual": actual, "index": "moderate"}
        elif family == "generation":
            record["generationmix"] = mix(t)
        else:
            record["regions"] = [
                {
                    "regionid": n,
                    "dnoregion": "a network",
                    "shortname": name,
                    "intensity": {"forecast": value(t) + n, "index": "low"},
                    "generationmix": mix(t),
                }
                for n, name in enumerate(NAMES, 1)
            ]
        return record


def value(t: datetime) -> int:
    """A forecast that depends on the half hour alone."""
    return 100 + (t.hour * 2 + t.minute // 30) * 2


def mix(t: datetime) -> list[dict[str, Any]]:
    wind = 20 + t.hour
    shares = {"wind": wind, "gas": 50 - t.hour, "nuclear": 15, "biomass": 7, "imports": 8}
    return [{"fuel": fuel, "perc": shares.get(fuel, 0)} for fuel in FUELS]
