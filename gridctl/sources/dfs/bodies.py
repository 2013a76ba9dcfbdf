"""Read three generations of columns: 2022/23, 2023 to March 2026, and since April 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from gridctl.clock import HALF_HOUR, LONDON
from gridctl.errors import DataError
from gridctl.model import Parsed, Payload
from gridctl.sources import ckan
from gridctl.sources.base import csv_records, load_json
from gridctl.sources.records import BadRecord, Record, Row, collect, day, midnight, number, text

_TABLE = "flexibility_prices"
_DIRECTIONS = {"downwards": "turn_down", "upwards": "turn_up"}
_LONGEST = timedelta(hours=24)


def parse(payload: Payload) -> Parsed:
    """Read a file of the dataset it was landed as. Raises :class:`DataError` for any other."""
    readers: dict[str, Callable[[Record], list[Row] | str]] = {
        "requirement": _requirement,
        "utilisation": _bid,
        "summary": _summary,
    }
    reader = readers.get(payload.dataset)
    if reader is None:
        raise DataError(f"dfs has no dataset {payload.dataset!r}")
    start = payload.body.lstrip()[:1]
    if start == b"<":
        raise DataError("an HTML or XML page instead of a CSV")
    is_rows = start in (b"{", b"[")
    records = ckan.rows_of(load_json(payload.body)) if is_rows else csv_records(payload.body)
    return collect(_TABLE, records, reader)


def _requirement(record: Record) -> list[Row] | str:
    """What is wanted; a guaranteed price of zero means that none is guaranteed."""
    wanted = number(_first(record, "Service Requirement MW", "DFS Required MW", "DFS Required"))
    if wanted is None:
        return "window without requirement"
    price = number(record.get("Guaranteed Acceptance Price GBP per MWh")) or None
    kind = text(record.get("Service Requirement Type")).lower() or None
    row = {"record_type": "requirement", "volume_mw": wanted, "price_gbp_mwh": price}
    return _rows(record, row | {"status": kind})


def _bid(record: Record) -> list[Row] | str:
    """One bid, paid as bid. A rejected one keeps the MW it offered: its status tells."""
    status = text(record.get("Status")).lower()
    if status not in ("accepted", "rejected"):
        raise BadRecord("status_unknown")
    price = number(_first(record, "Utilisation Price GBP per MWh", "Price"))
    volume = number(_first(record, "DFS Procured MW", "DFS Volume MW", "DFS Volume"))
    unit = text(_first(record, "DFS Unit ID", "DFS Unit Id", "Registered DFS Participant"))
    row = {
        "record_type": "bid",
        "provider_unit": unit,
        "price_gbp_mwh": price,
        "volume_mw": volume,
        "status": status,
    }
    return _rows(record, row)


def _summary(record: Record) -> list[Row] | str:
    """What was procured and what its bids cost; GBP/MWh is their mean, cost / (MW x 0.5 h)."""
    volume = number(_first(record, "DFS Procured MW", "DFS Procured"))
    cost = number(
        _first(record, "DFS Provider Bids Accepted Total Cost GBP", "Bids Accepted Total Cost")
    )
    if volume is None and cost is None:
        return "window without procurement"
    mean = round(cost / (volume * 0.5), 4) if volume and cost is not None else None
    kind = text(record.get("Service Requirement Type")).lower() or None
    row = {"record_type": "summary", "volume_mw": volume, "cost_gbp": cost, "price_gbp_mwh": mean}
    return _rows(record, row | {"status": kind})


def _rows(record: Record, values: dict[str, Any]) -> list[Row]:
    """The record's row for each half hour of its window."""
    start, end = _window(record)
    kind = text(record.get("Event Type")).lower()
    direction = _DIRECTIONS.get(kind) if kind else "turn_down"  # there was no other until 2026
    if direction is None:
        raise BadRecord("direction_unknown")
    shared = {
        "service_type": "dfs",
        # Before events had numbers, a window was one.
        "event_id": text(record.get("Event ID")) or f"{start:%Y-%m-%dT%H:%MZ}",
        "zone": text(record.get("Zone")),
        "provider_unit": "",
        "direction": direction,
    }
    count = (end - start) // HALF_HOUR
    return [(_TABLE, shared | values | {"timestamp": start + i * HALF_HOUR}) for i in range(count)]


def _window(record: Record) -> tuple[datetime, datetime]:
    """Start and end in UTC. Local and UTC clocks must agree where both are given."""
    that_day = day(_first(record, "Delivery Date", "Date"))
    if "From_UTC" not in record:  # older files are in GMT
        start = midnight(that_day) + _clock(record.get("From"))
        return start, _later(start, midnight(that_day) + _clock(record.get("To")))
    local = datetime.combine(that_day, time(), LONDON) + _clock(record.get("From_Local"))
    start = midnight(that_day) + _clock(record.get("From_UTC"))
    # The date is the local day's: just after midnight in summer it is still the day before in UTC.
    start -= timedelta(days=1) if start - local > timedelta(hours=12) else timedelta(0)
    if start != local:
        raise BadRecord("local_and_utc_disagree")
    return start, _later(start, midnight(start.date()) + _clock(record.get("To_UTC")))


def _later(start: datetime, end: datetime) -> datetime:
    end += timedelta(days=1) if end <= start else timedelta(0)
    if end - start > _LONGEST or start.timestamp() % 1800 or end.timestamp() % 1800:
        raise BadRecord("window_unreadable")
    return end


def _clock(raw: Any) -> timedelta:
    try:
        clock = time.fromisoformat(text(raw))
    except ValueError:
        raise BadRecord("window_unreadable") from None
    if clock.tzinfo is not None:
        raise BadRecord("window_unreadable")
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def _first(record: Record, *names: str) -> Any:
    """The value under the first of these names that the record has."""
    return next((record[name] for name in names if name in record), None)
