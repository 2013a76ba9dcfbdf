"""Read requirements, bids and summaries into ``flexibility_prices``.

One row for each half hour of a service window. A requirement, the bids for it and their summary
share the ``event_id``: the publisher's own since April 2026, before that the window's start in UTC
(``2024-03-21T17:30Z``), since there was none.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from gridctl.errors import DataError
from gridctl.model import Parsed, Payload
from gridctl.sources import ckan
from gridctl.sources.base import csv_records, load_json, open_document
from gridctl.sources.dfs.files import SIGNS
from gridctl.sources.dfs.times import half_hours, service_window
from gridctl.sources.records import BadRecord, Record, Row, collect, number, text

_TABLE = "flexibility_prices"
_DIRECTIONS = {"downwards": "turn_down", "upwards": "turn_up"}
# Files of 2022/23 tell live from test events by their name alone.
_KIND_IN_NAME = re.compile(r"(?<![a-z])(live|test)(?![a-z])", re.IGNORECASE)
_HOURS = 0.5  # a half hour
_OTHER_COLUMNS = "the columns are not those of a DFS {} file"


def parse(payload: Payload) -> Parsed:
    """Read a file of the dataset it was landed as. Raises :class:`DataError` for any other."""
    readers = {"requirement": _requirement, "utilisation": _bid, "summary": _summary}
    reader = readers.get(payload.dataset)
    if reader is None:
        raise DataError(f"dfs has no dataset {payload.dataset!r}")
    is_rows = payload.body.lstrip()[:1] in (b"{", b"[")
    records = _datastore(payload.body) if is_rows else _csv(payload.body, payload.dataset)
    if records and not _have_signs(records, payload.dataset):
        raise DataError(_OTHER_COLUMNS.format(payload.dataset))
    named = _KIND_IN_NAME.search(payload.location.rpartition("/")[2])
    return collect(_TABLE, records, partial(reader, named[1].lower() if named else None))


def _csv(body: bytes, dataset: str) -> list[Any]:
    """Rows by column name. One with a cell too many or too few, which has its values under the
    wrong names, is a list of them instead."""
    if body.lstrip()[:1] == b"<":
        raise DataError("an HTML or XML page instead of a CSV")
    if not body.strip():
        raise DataError("an empty body")
    if not _are_of(set(open_document(body).header), dataset):
        raise DataError(_OTHER_COLUMNS.format(dataset))
    return [
        list(row.values()) if "extra" in row or None in row.values() else row
        for row in csv_records(body)
    ]


def _datastore(body: bytes) -> list[Any]:
    """Records of a datastore answer, by stripped column name."""
    return [
        {name.strip(): value for name, value in record.items()}
        if isinstance(record, dict)
        else record
        for record in ckan.rows_of(load_json(body))
    ]


def _have_signs(records: list[Any], dataset: str) -> bool:
    named = [set(record) for record in records if isinstance(record, dict)]
    return not named or any(_are_of(names, dataset) for names in named)


def _are_of(names: set[str], dataset: str) -> bool:
    return any(signs <= names for signs in SIGNS[dataset])


def _requirement(kind: str | None, record: Record) -> list[Row] | str:
    """What was asked for. A guaranteed price of 0 means that there is none."""
    guaranteed = number(record.get("Guaranteed Acceptance Price GBP per MWh"))
    volume = _number(record, "Service Requirement MW", "DFS Required MW", "DFS Required")
    return _rows(
        record,
        record_type="requirement",
        price_gbp_mwh=guaranteed if guaranteed and guaranteed > 0 else None,
        volume_mw=volume,
        status=_kind(record, kind),
    )


def _bid(kind: str | None, record: Record) -> list[Row] | str:
    """A bid is paid as bid. A rejected one shows what it offered under "procured", too."""
    unit = text(record.get("DFS Unit ID", record.get("Unit")))
    return _rows(
        record,
        record_type="bid",
        zone=_label(record.get("Zone")),
        provider_unit=unit,
        price_gbp_mwh=_number(record, "Utilisation Price GBP per MWh", "Price"),
        volume_mw=_number(record, "DFS Procured MW", "DFS Volume MW", "DFS Volume"),
        status=text(record.get("Status")).lower() or None,
    )


def _summary(kind: str | None, record: Record) -> list[Row] | str:
    """What was procured, and the mean of what was paid for it: bids differ, so no price clears.

    The cost of a window longer than half an hour is spread evenly over it.
    """
    volume = _number(record, "DFS Procured MW", "DFS Procured")
    cost = _number(record, "DFS Provider Bids Accepted Total Cost GBP", "Bids Accepted Total Cost")
    if cost is not None:
        cost /= len(half_hours(*service_window(record)))
    return _rows(
        record,
        record_type="summary",
        price_gbp_mwh=_mean_price(cost, volume),
        volume_mw=volume,
        cost_gbp=cost,
        status=_kind(record, kind),
    )


def _mean_price(cost_gbp: float | None, volume_mw: float | None) -> float | None:
    """GBP/MWh over a half hour; nothing procured has no price."""
    energy_mwh = (volume_mw or 0.0) * _HOURS
    if cost_gbp is None or energy_mwh <= 0:
        return None
    return number(round(cost_gbp / energy_mwh, 2))


def _rows(record: Record, **values: Any) -> list[Row] | str:
    """One row for each half hour of the window."""
    start, end = service_window(record)
    if values["volume_mw"] is None and values["price_gbp_mwh"] is None:
        return "row without volume or price"
    shared = {
        "service_type": "dfs",
        "event_id": _label(record.get("Event ID")) or f"{start:%Y-%m-%dT%H:%MZ}",
        "zone": "",
        "provider_unit": "",
        "direction": _direction(record),
        **values,
    }
    return [(_TABLE, {**shared, "timestamp": slot}) for slot in half_hours(start, end)]


def _direction(record: Record) -> str:
    """Until 2026 the service was turn-down alone, and no column says so."""
    if "Event Type" not in record:
        return "turn_down"
    direction = _DIRECTIONS.get(text(record["Event Type"]).lower())
    if direction is None:
        raise BadRecord("direction_unknown")
    return direction


def _kind(record: Record, named: str | None) -> str | None:
    """``live`` or ``test``."""
    return text(record.get("Service Requirement Type")).lower() or named


def _label(raw: Any) -> str:
    """A number that names something: the datastore may send 136 as 136.0."""
    return str(int(raw)) if isinstance(raw, float) and raw.is_integer() else text(raw)


def _number(record: Record, *names: str) -> float | None:
    """The value under whichever name the season uses."""
    return number(next((record[name] for name in names if name in record), None))
