"""The hourly day-ahead auctions of Great Britain, from files: there is no public feed of them.

Two auctions are held for each day: the first is at about 09:20 local, the second half an hour
later. The first is stored: it is the reference that retail and flexibility contracts are made on.
The second's price is left in the file, since a half hour has one ``day_ahead_auction`` price.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from gridctl.clock import HALF_HOUR, LONDON, settlement_of
from gridctl.errors import DataError
from gridctl.model import Parsed, Payload, Request
from gridctl.sources.base import Dataset, Document, Options, Recognised, Source, decode
from gridctl.sources.records import BadRecord, Record, Row, collect, day, number

_TABLE = "wholesale_prices"
# The vendor writes WET, and means the clock on the wall: an hour is missing in spring, and one
# comes twice in autumn.
_HOUR = "Date (WET)"
_PRICE, _VOLUME = "price_first_auction", "traded_volume_first_auction"
_UNITS = {_PRICE: "GBP/MWh", _VOLUME: "MW"}
_SYSTEM_PRICE = "system_price"
_LABEL = re.compile(r"\[(\d\d/\d\d/\d{4}) (\d\d):00\]", re.ASCII)


def latest(now: datetime, ahead: timedelta, options: Options) -> list[Request]:
    """Nothing: there is nobody to ask."""
    return []


def not_ready(options: Options) -> str:
    """Always a reason: prices come from saved files only."""
    return "auction prices have no public feed: load saved files with `gridctl store load FILE`"


def parse(payload: Payload) -> Parsed:
    """Two half hours of each hour, both at its price; MW over half an hour become MWh.

    Raises :class:`DataError` for another table, or one in other units.
    """
    if payload.dataset != "day_ahead":
        raise DataError(f"auctions has no dataset {payload.dataset!r}")
    return collect(_TABLE, _records(payload.body), _Hours().read)


def recognise(document: Document) -> Recognised | None:
    """The vendor's table of auctions; that of system prices holds hourly means, of no use here."""
    columns = set(document.header)
    if {_HOUR, *_UNITS} <= columns:
        return Recognised("day_ahead")
    if {_HOUR, _SYSTEM_PRICE} <= columns:
        return Recognised("hourly_system_price", is_reference=True)
    return None


def _records(body: bytes) -> Iterator[Any]:
    """The lines as dictionaries; one with cells too few or too many stays a list."""
    rows = csv.reader(io.StringIO(decode(body), newline=""), delimiter=";")
    try:
        header = [name.strip() for name in next(rows, [])]
        if not {_HOUR, *_UNITS} <= set(header):
            raise DataError("not a table of day-ahead auctions")
        for row in rows:
            if row:
                yield dict(zip(header, row, strict=True)) if len(row) == len(header) else row
    except csv.Error as error:
        raise DataError(f"not a CSV that can be read: {error}") from None


class _Hours:
    """Reads one line after another: which of two equal hours it is depends on those before."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.is_first_line = True

    def read(self, record: Record) -> list[Row] | str:
        label, is_first_line = record[_HOUR].strip(), self.is_first_line
        self.is_first_line = False
        if is_first_line and not label:
            return _units(record)
        start = self.start_of(label)
        price, volume = number(record[_PRICE]), number(record[_VOLUME])
        if price is None:
            return "hour without a price"
        volume_mwh = None if volume is None else volume / 2  # MW held for half an hour
        return [_row(start, price, volume_mwh), _row(start + HALF_HOUR, price, volume_mwh)]

    def start_of(self, label: str) -> datetime:
        """UTC start of an hour on the local clock: of two with one label, summer time is first."""
        match = _LABEL.fullmatch(label)
        if match is None or int(match[2]) > 23:
            raise BadRecord("time_unreadable")
        that_day, hour = day(match[1]), time(int(match[2]))
        times = self.seen[label] = self.seen.get(label, 0) + 1
        instants = _instants(that_day, hour)
        if not instants:
            raise BadRecord("hour_skipped_by_the_clocks")
        if times > len(instants):
            raise BadRecord("hour_repeated")
        return instants[times - 1]


def _units(record: Record) -> str:
    """The line under the header. Raises :class:`DataError` when it states other units."""
    wrong = [name for name, unit in _UNITS.items() if record[name].strip() != unit]
    if wrong:
        raise DataError(f"{wrong[0]} is in {record[wrong[0]].strip()!r}, not {_UNITS[wrong[0]]}")
    return "line of units"


def _instants(that_day: date, hour: time) -> list[datetime]:
    """The UTC instants at which the local clock shows this: one, or none, or two."""
    shown = datetime.combine(that_day, hour)
    found = {shown.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(at for at in found if at.astimezone(LONDON).replace(tzinfo=None) == shown)


def _row(start: datetime, price: float, volume_mwh: float | None) -> Row:
    that_day, period = settlement_of(start)
    row = {
        "price_type": "day_ahead_auction",
        "timestamp": start,
        "price_gbp_mwh": price,
        "volume_mwh": volume_mwh,
        "settlement_date": that_day,
        "settlement_period": period,
    }
    return _TABLE, row


SOURCE = Source(
    name="auctions",
    setting="auctions",
    about="day-ahead auction prices, from saved files: there is no public feed",
    licence="as the vendor of the file says",
    datasets=(
        Dataset("day_ahead", timedelta(days=1), None, "first hourly GB day-ahead auction, GBP/MWh"),
    ),
    tables=(_TABLE,),
    latest=latest,
    parse=parse,
    recognise=recognise,
    not_ready=not_ready,
    horizon=timedelta(0),
)
