"""Which calls to make. Spans are inclusive at both ends, so their edges overlap by a period."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from gridctl.clock import LONDON, iso
from gridctl.model import Request, Window
from gridctl.sources.base import Options, load_json
from gridctl.sources.elexon.bodies import data_of
from gridctl.sources.records import spans

_ROOT = "/bmrs/api/v1"
_CHUNK = timedelta(days=7)  # the longest that the market index answers for
_RECENT = timedelta(days=1)  # outturn and prices are revised for a day


def latest(now: datetime, ahead: timedelta, options: Options) -> list[Request]:
    """Yesterday and today of what is measured, and the newest day-ahead forecasts.

    Both forecasts answer with their newest issue when no time is asked for.
    """
    today = now.astimezone(LONDON).date()
    days = [today - timedelta(days=1), today]
    return [
        _market_index(now - _RECENT, now),
        *(_system_price(day) for day in days),
        _outturn(days[0], days[1]),
        _request("national_forecast", "/datasets/NDF", {}, is_forecast=True),
        _request("transmission_forecast", "/datasets/TSDF", {}, is_forecast=True),
    ]


def history(dataset: str, window: Window, options: Options) -> list[Request]:
    """Calls for a span of the past, at most seven days each; system prices come by local day."""
    match dataset:
        case "market_index":
            return [
                _market_index(*piece, True) for piece in spans(window.start, window.end, _CHUNK)
            ]
        case "system_price":
            return [_system_price(day, window) for day in _local_days(window)]
        case "demand_outturn":
            days = _local_days(window)  # not spans of hours: at a clock change they touch one more
            weeks = [days[i : i + _CHUNK.days] for i in range(0, len(days), _CHUNK.days)]
            return [_outturn(week[0], week[-1], _within(window, *week)) for week in weeks]
    return []


def follow(request: Request, body: bytes, options: Options) -> list[Request]:
    """Nothing follows; an answer that is no list of records fails here, and is asked for again."""
    data_of(load_json(body))
    return []


def _market_index(start: datetime, end: datetime, is_history: bool = False) -> Request:
    params = {"from": iso(start), "to": iso(end), "dataProviders": "APXMIDP"}
    window = Window(start, end) if is_history else None
    return _request("market_index", "/balancing/pricing/market-index", params, window)


def _system_price(day: date, window: Window | None = None) -> Request:
    path = f"/balancing/settlement/system-prices/{day:%Y-%m-%d}"
    return _request("system_price", path, {}, window and _within(window, day))


def _outturn(first: date, last: date, window: Window | None = None) -> Request:
    params = {"settlementDateFrom": f"{first:%Y-%m-%d}", "settlementDateTo": f"{last:%Y-%m-%d}"}
    return _request("demand_outturn", "/demand/outturn", params, window)


def _request(
    dataset: str,
    path: str,
    params: dict[str, str],
    window: Window | None = None,
    *,
    is_forecast: bool = False,
) -> Request:
    params = {**params, "format": "json"}
    return Request("elexon", dataset, f"{_ROOT}{path}", params, window, is_forecast)


def _local_day(instant: datetime) -> date:
    return instant.astimezone(LONDON).date()


def _local_days(window: Window) -> list[date]:
    first = _local_day(window.start)
    last = _local_day(window.end - timedelta(microseconds=1))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _within(window: Window, *days: date) -> Window:
    """The part of a window in these days, which follow each other."""
    first, last = _midnight(days[0]), _midnight(days[-1] + timedelta(days=1))
    return Window(max(window.start, first), min(window.end, last))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)
