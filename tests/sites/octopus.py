"""Octopus Energy: products on two pages, and the rates of Agile tariffs, newest first.

``AGILE-24-10-01`` is on sale; ``AGILE-FLEX-22-11-25`` ended with the year 2024. Tomorrow's rates
are there from 16:00 local on.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sites.site import Asked, Reply, json_reply

HALF_HOUR = timedelta(minutes=30)
LONDON = ZoneInfo("Europe/London")
ON_SALE, ENDED = "AGILE-24-10-01", "AGILE-FLEX-22-11-25"
_RATES = re.compile(
    r"/v1/products/([A-Z0-9-]+)/electricity-tariffs/E-1R-\1-([A-HJ-NP])/standard-unit-rates/"
)
_LIVES = {
    "AGILE-18-02-21": ("2018-02-21T00:00:00Z", "2022-07-22T00:00:00Z"),
    ENDED: ("2022-11-25T00:00:00Z", "2025-01-01T00:00:00Z"),
    ON_SALE: ("2024-10-01T00:00:00Z", None),
}


class Octopus:
    """``is_expired``: rates of every product stop with 2024. ``most`` bounds a page."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.is_expired = False
        self.most = 1500

    def reply(self, asked: Asked) -> Reply | None:
        if not asked.path.startswith("/v1/products/"):
            return None
        if asked.path == "/v1/products/":
            products = [one for one in PRODUCTS if one["brand"] == asked.params.get("brand")]
            return self.page(asked, products, 3)
        match = _RATES.fullmatch(asked.path)
        if match is None or match[1] not in _LIVES:
            return json_reply({"detail": "No EnergyProduct matches the given query."}, 404)
        return self.page(asked, self.rates(asked, match[1], match[2]), 100)

    def page(self, asked: Asked, records: list[Any], size: int) -> Reply:
        size = min(int(asked.params.get("page_size", size)), self.most)
        number = int(asked.params.get("page", 1))
        first, last = (number - 1) * size, number * size
        urls = {
            name: f"{asked.host}{asked.path}?{urlencode({**asked.params, 'page': n})}"
            for name, n in (("next", number + 1), ("previous", number - 1))
        }
        return json_reply(
            {
                "count": len(records),
                "next": urls["next"] if last < len(records) else None,
                "previous": urls["previous"] if number > 1 else None,
                "results": records[first:last],
            }
        )

    def rates(self, asked: Asked, product: str, letter: str) -> list[dict[str, Any]]:
        begin, end = _LIVES[product]
        start = max(_instant(asked.params["period_from"]), _instant(begin))
        stop = min(_instant(asked.params["period_to"]), self.published_until())
        if end or self.is_expired:
            stop = min(stop, _instant(end or "2025-01-01T00:00:00Z"))
        rates = []
        while start < stop:
            rates.append(rate(start, letter))
            start += HALF_HOUR
        return rates[::-1]

    def published_until(self) -> datetime:
        """23:00 local, where a day of the auction ends."""
        local = self.now.astimezone(LONDON)
        day = local.date() + timedelta(days=local.time() >= time(16))
        return datetime.combine(day, time(23), LONDON).astimezone(UTC)


def pence(start: datetime, letter: str) -> float:
    """A rate without VAT that depends on the half hour and the region alone; at two it is < 0."""
    base = -1.5 if start.hour == 2 else 12 + start.hour + start.minute / 60
    return round(base + (ord(letter) - ord("A")) / 10, 4)


def rate(start: datetime, letter: str) -> dict[str, Any]:
    value = pence(start, letter)
    return {
        "value_exc_vat": value,
        "value_inc_vat": round(value * 1.05, 4),
        "valid_from": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "valid_to": f"{start + HALF_HOUR:%Y-%m-%dT%H:%M:%SZ}",
        "payment_method": None,
    }


def _product(code: str, direction: str, begin: str, end: str | None = None) -> dict[str, Any]:
    return {
        "code": code,
        "direction": direction,
        "full_name": code.title(),
        "is_variable": True,
        "available_from": begin,
        "available_to": end,
        "brand": "OCTOPUS_ENERGY",
    }


PRODUCTS = [
    _product("AGILE-OUTGOING-19-05-13", "EXPORT", "2018-01-01T00:00:00+01:00"),
    _product(ENDED, "IMPORT", *_LIVES[ENDED]),
    _product("VAR-22-11-01", "IMPORT", "2023-03-28T10:35:00+01:00"),
    _product(ON_SALE, "IMPORT", *_LIVES[ON_SALE]),
    {**_product("AGILE-99-01-01", "IMPORT", "2026-01-01T00:00:00Z"), "brand": "ANOTHER_BRAND"},
]


def _instant(text: str) -> datetime:
    """As the API reads it: without a zone it is local time."""
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=LONDON)).astimezone(UTC)
