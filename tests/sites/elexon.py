"""Elexon Insights: rows newest first, both ends of a span included, a problem report for too much.

Forecasts are issued 14 minutes before every half hour and reach to the end of tomorrow. Beside
every APX price stands a zero of N2EX.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sites.site import Asked, Reply, json_reply

HALF_HOUR = timedelta(minutes=30)
LEAD = timedelta(minutes=14)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
LONDON = ZoneInfo("Europe/London")
API = "/bmrs/api/v1"


class Elexon:
    """What was published by ``now``."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.pages: dict[str, Callable[[Asked], Reply]] = {
            f"{API}/balancing/pricing/market-index": self.market_index,
            f"{API}/demand/outturn": self.outturn,
            f"{API}/datasets/NDF": self.forecast,
            f"{API}/datasets/TSDF": self.forecast,
        }

    def reply(self, asked: Asked) -> Reply | None:
        if not asked.path.startswith(API):
            return None
        if asked.path.startswith(f"{API}/balancing/settlement/system-prices/"):
            return self.system_prices(asked)
        page = self.pages.get(asked.path)
        return page(asked) if page else problem("Not Found", 404)

    def market_index(self, asked: Asked) -> Reply:
        start, end = (datetime.fromisoformat(asked.params[name]) for name in ("from", "to"))
        if end - start > WEEK:
            return problem("One or more validation errors occurred.", errors={"to": [TOO_LONG]})
        rows = []
        for slot in slots(start, min(end, self.now - HALF_HOUR)):
            for provider in ("N2EXMIDP", "APXMIDP"):
                is_apx = provider == "APXMIDP"
                if asked.params.get("dataProviders", provider) == provider:
                    numbers = {"price": price(slot) if is_apx else 0, "volume": 800.5 * is_apx}
                    rows.append({**half_hour(slot), "dataProvider": provider, **numbers})
        return json_reply({"data": rows[::-1]})

    def system_prices(self, asked: Asked) -> Reply:
        day = date.fromisoformat(asked.path.rsplit("/", 1)[1])
        rows = [
            {
                **half_hour(slot),
                "createdDateTime": zulu(slot + timedelta(minutes=48)),
                "systemSellPrice": price(slot) + 5,
                "systemBuyPrice": price(slot) + 5,
                "priceDerivationCode": "N",
            }
            for slot in slots(midnight(day), midnight(day + DAY) - HALF_HOUR)
            if slot + HALF_HOUR <= self.now
        ]
        return json_reply({"metadata": {"datasets": ["DISEBSP"]}, "data": rows[::-1]})

    def outturn(self, asked: Asked) -> Reply:
        first, last = (
            date.fromisoformat(asked.params[f"settlementDate{end}"]) for end in ("From", "To")
        )
        if last - first > WEEK:
            return problem("One or more validation errors occurred.", errors={"": [TOO_LONG]})
        rows = [
            {
                "publishTime": zulu(slot + HALF_HOUR),
                **half_hour(slot),
                "initialDemandOutturn": demand(slot),
                "initialTransmissionSystemDemandOutturn": demand(slot) + 1500,
            }
            for slot in slots(midnight(first), midnight(last + DAY) - HALF_HOUR)
            if slot + HALF_HOUR <= self.now
        ]
        return json_reply({"data": rows})

    def forecast(self, asked: Asked) -> Reply:
        """The newest issue, or all that were issued in a span of at most a day."""
        code = asked.path.rsplit("/", 1)[1]
        newest = floor(self.now + LEAD) - LEAD
        ends = (asked.params.get(f"publishDateTime{end}") for end in ("From", "To"))
        start, end = (datetime.fromisoformat(text) if text else newest for text in ends)
        if end - start > DAY:
            return problem("One or more validation errors occurred.", errors={"": [TOO_LONG]})
        issues = [slot - LEAD for slot in slots(start + LEAD, end + LEAD)]
        rows = [
            {
                "dataset": code,
                "demand": demand(slot) + (1200 if code == "TSDF" else 0),
                "publishTime": zulu(issue),
                **half_hour(slot),
                "boundary": "N",
            }
            for issue in issues
            if issue <= self.now
            for slot in slots(issue + LEAD, end_of_tomorrow(issue) - HALF_HOUR)
        ]
        return json_reply({"data": rows})


TOO_LONG = "The date range is too long."


def problem(title: str, status: int = 400, **parts: Any) -> Reply:
    body = {"type": "https://example.org/problem", "title": title, "status": status, **parts}
    return json_reply(body, status, **{"Content-Type": "application/problem+json"})


def price(slot: datetime) -> float:
    """A price that depends on the half hour alone; at four it is negative."""
    return -7.5 if slot.hour == 4 else 50 + slot.hour + slot.minute / 100


def demand(slot: datetime) -> int:
    """A demand that depends on the half hour alone, MW."""
    return 24_000 + 300 * slot.hour + slot.minute


def slots(first: datetime, last: datetime) -> Iterator[datetime]:
    """Half hours from the first edge at or after ``first`` to ``last``, itself included."""
    slot = floor(first)
    slot += HALF_HOUR * (slot < first)
    while slot <= last:
        yield slot
        slot += HALF_HOUR


def half_hour(slot: datetime) -> dict[str, Any]:
    day = slot.astimezone(LONDON).date()
    period = (slot - midnight(day)) // HALF_HOUR + 1
    return {"startTime": zulu(slot), "settlementDate": str(day), "settlementPeriod": period}


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def end_of_tomorrow(instant: datetime) -> datetime:
    return midnight(instant.astimezone(LONDON).date() + 2 * DAY)


def floor(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute // 30 * 30, second=0, microsecond=0)


def zulu(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
