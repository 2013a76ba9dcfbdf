"""Read a payload record by record: each becomes rows, is left out for a reason, or is rejected."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from gridctl.clock import HALF_HOUR, parse_wire_time, settlement_start
from gridctl.model import Batch, Parsed, Reject
from gridctl.sources.vintage import Forecast, vintage_batch

Record = Mapping[str, Any]
Row = tuple[str, dict[str, Any]]  # table, values by column
# The rows that a record makes, or the reason why it is left out.
Reader = Callable[[Record], "list[Row] | str"]

_MAX_RECORD = 2000  # characters of a rejected record that are kept
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T00:00:00)?", re.ASCII)
_NAMED_MONTH = re.compile(r"(\d\d)-([A-Za-z]{3})-(\d\d(?:\d\d)?)", re.ASCII)
_BRITISH_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})", re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class BadRecord(ValueError):
    """A record that cannot be used; its text is the name of the rule it broke."""


def collect(table: str, records: Iterable[Any], read: Reader) -> Parsed:
    """Read every record. ``table`` is where the rejected ones would have gone.

    Rows for ``forecast_vintages`` come as ``{"forecast": Forecast(...)}`` and are folded.
    """
    parsed = Parsed()
    rows: dict[str, list[dict[str, Any]]] = {}
    forecasts: list[Forecast] = []
    for record in records:
        try:
            if not isinstance(record, Mapping):
                raise BadRecord("record_shape")
            made = read(record)
        except BadRecord as bad:
            parsed.rejects.append(Reject(table, str(bad), as_text(record)))
            continue
        if isinstance(made, str):
            parsed.drop(made)
            continue
        parsed.used += 1
        for name, values in made:
            if name == "forecast_vintages":
                forecasts.append(values["forecast"])
            else:
                rows.setdefault(name, []).append(values)
    parsed.batches += [batch_of(name, found) for name, found in rows.items()]
    vintages = vintage_batch(forecasts)
    if vintages is not None:
        parsed.batches.append(vintages)
    return parsed


def batch_of(table: str, rows: list[dict[str, Any]]) -> Batch:
    """Rows as columns; what a row lacks is ``None``."""
    names = dict.fromkeys(name for row in rows for name in row)
    return Batch(table, {name: [row.get(name) for row in rows] for name in names})


def as_text(record: Any) -> str:
    """A record as it is kept when it is rejected."""
    try:
        return orjson.dumps(record, default=str).decode()[:_MAX_RECORD]
    except (TypeError, RecursionError):  # say an integer of more than 64 bits
        pass
    try:
        return repr(record)[:_MAX_RECORD]
    except RecursionError:
        return "nested too deeply to be shown"


def vintage(series: str, region: int | None, start: datetime, value: Any, issued: Any) -> list[Row]:
    """The vintage row of a forecast whose issue time is known; none otherwise."""
    if issued is None or value is None:
        return []
    return [("forecast_vintages", {"forecast": Forecast(series, region, start, value, issued)})]


# -- values: each returns a value, or raises BadRecord


def number(raw: Any) -> float | None:
    """A finite number, given as one or as text; blank is ``None``."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        raw = float(raw.strip())
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise BadRecord("not_a_number")
    try:
        value = float(raw)
    except OverflowError:
        raise BadRecord("not_a_number") from None
    if not math.isfinite(value):
        raise BadRecord("not_a_number")
    return value


def text(raw: Any) -> str:
    """A text without the spaces around it; absent is empty."""
    if raw is None:
        return ""
    if not isinstance(raw, str | int | float) or isinstance(raw, bool):
        raise BadRecord("not_a_text")
    return str(raw).strip()


def instant(raw: Any) -> datetime:
    """A time that states its zone, in UTC."""
    if not isinstance(raw, str):
        raise BadRecord("time_unreadable")
    try:
        return parse_wire_time(raw)
    except (ValueError, OverflowError):
        raise BadRecord("time_unreadable") from None


def slot(raw: Any) -> datetime:
    """A time that states its zone and is the start of a half hour."""
    start = instant(raw)
    if start.timestamp() % HALF_HOUR.total_seconds():
        raise BadRecord("half_hour_edge")
    return start


def day(raw: Any) -> date:
    """A day in any spelling the publishers use; which number is the month is never guessed."""
    found = _day(str(raw).strip()) if isinstance(raw, str | int) else None
    if found is None:
        raise BadRecord("date_unreadable")
    return found


@lru_cache(maxsize=4096)
def _day(spelled: str) -> date | None:
    if match := _ISO_DAY.fullmatch(spelled) or _COMPACT_DAY.fullmatch(spelled):
        year, month, number_ = map(int, match.groups())
    elif match := _BRITISH_DAY.fullmatch(spelled):
        number_, month, year = map(int, match.groups())
    elif (match := _NAMED_MONTH.fullmatch(spelled)) and match[2].lower() in _MONTHS:
        number_, month = int(match[1]), _MONTHS.index(match[2].lower()) + 1
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
    else:
        return None
    try:
        return date(year, month, number_) if 1990 <= year < 2100 else None
    except ValueError:
        return None


def settlement(raw_day: Any, raw_period: Any) -> tuple[datetime, date, int]:
    """Start in UTC, date and number of a settlement period, which count in local time."""
    that_day, period = day(raw_day), number(raw_period)
    if period is None or period != int(period):
        raise BadRecord("settlement_period")
    start = _settlement_start(that_day, int(period))
    if start is None:
        raise BadRecord("settlement_period")
    return start, that_day, int(period)


@lru_cache(maxsize=4096)
def _settlement_start(that_day: date, period: int) -> datetime | None:
    try:
        return settlement_start(that_day, period)
    except ValueError:
        return None


def midnight(that_day: date) -> datetime:
    """The start of a day in UTC."""
    return datetime(that_day.year, that_day.month, that_day.day, tzinfo=UTC)


def spans(start: datetime, end: datetime, longest: timedelta) -> list[tuple[datetime, datetime]]:
    """A span cut into pieces of at most ``longest``."""
    pieces = []
    while start < end:
        pieces.append((start, min(start + longest, end)))
        start = pieces[-1][1]
    return pieces
