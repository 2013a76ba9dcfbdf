"""Read all catalogues of an answer: every item, then the offers, joined by the ids of items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from gridctl.errors import DataError
from gridctl.model import Parsed, Reject, natural_id
from gridctl.sources.beckn.parts import others, part, word
from gridctl.sources.beckn.times import first_day
from gridctl.sources.beckn.windows import Catalogue, Values, is_window, provider_of, read_item
from gridctl.sources.records import BadRecord, as_text, batch_of, number

_SNAPSHOTS, _OFFERS = "grid_snapshots", "offers"


def read_catalogs(message: Any, as_of: datetime, exchange: Values) -> Parsed:
    """Rows for zones, windows, snapshots and offers, in the order that their references ask for.

    ``exchange`` holds the ids that every snapshot carries. Raises :class:`DataError` when there is
    no list of catalogues.
    """
    catalogs = part(message, "catalogs")
    if not isinstance(catalogs, list):
        raise DataError("an on_discover without a list of catalogs")
    listing = _Listing(as_of.astimezone(UTC).replace(microsecond=0), exchange)
    for catalog in catalogs:
        if isinstance(catalog, Mapping):
            listing.each(_SNAPSHOTS, part(catalog, "items"), partial(listing.item, catalog))
        else:
            listing.reject(_SNAPSHOTS, "record_shape", catalog)
    for catalog in catalogs:  # an offer may be for an item of another catalogue
        listing.each(_OFFERS, part(catalog, "offers"), listing.offer)
    return listing.parsed()


class _Listing:
    """Collects rows, rejects and drops of one answer."""

    def __init__(self, seen_at: datetime, exchange: Values) -> None:
        self._seen_at, self._exchange = seen_at, exchange
        self._parsed = Parsed()
        self._zones: dict[str, Values] = {}
        self._windows: dict[str, Values] = {}
        self._snapshots: list[Values] = []
        self._offers: dict[tuple[str, str], Values] = {}
        self._left_out: set[str] = set()

    def parsed(self) -> Parsed:
        """What was collected."""
        tables = {
            "grid_zones": list(self._zones.values()),
            "compute_windows": list(self._windows.values()),
            _SNAPSHOTS: self._snapshots,
            _OFFERS: list(self._offers.values()),
        }
        self._parsed.batches += [batch_of(name, rows) for name, rows in tables.items() if rows]
        return self._parsed

    def each(self, table: str, records: Any, read: Callable[[Any], str | None]) -> None:
        """Read every record of a list; ``read`` says why one is left out."""
        if records is None:
            return
        for record in records if isinstance(records, list) else [records]:
            try:
                if not isinstance(record, Mapping):
                    raise BadRecord("record_shape")
                reason = read(record)
            except BadRecord as bad:
                self.reject(table, str(bad), record)
                self._left_out |= {word(part(record, "id")) or ""} if table == _SNAPSHOTS else set()
                continue
            if reason:
                self._parsed.drop(reason)
            else:
                self._parsed.used += 1

    def item(self, catalog: Mapping[str, Any], item: Mapping[str, Any]) -> str | None:
        """One item; several may share a zone, of which each may tell what the others leave open."""
        if not is_window(item):
            self._left_out.add(word(part(item, "id")) or "")
            return "item of another kind than compute windows"
        found = read_item(item, self._catalogue(catalog), self._seen_at)
        item_id = found.window["item_id"]
        if item_id in self._windows:
            raise BadRecord("item_listed_twice")
        self._windows[item_id] = found.window
        self._snapshots.append({**found.snapshot, **self._exchange})
        if found.zone:
            known = self._zones.setdefault(found.zone["zone_id"], found.zone)
            known |= {name: value for name, value in found.zone.items() if known[name] is None}
        for rule, table, field in found.doubts:
            self.reject(table, rule, item, field)
        return None

    def offer(self, offer: Mapping[str, Any]) -> str | None:
        """One offer: a row for each window that it is for."""
        offer_id, price = word(part(offer, "id")), part(offer, "price")
        if offer_id is None:
            raise BadRecord("offer_without_id")
        listed = part(offer, "items")
        ids = [_item_id(item) for item in (listed if isinstance(listed, list) else [listed])]
        windows = [item_id for item_id in dict.fromkeys(ids) if item_id in self._windows]
        if not windows:
            if self._left_out.intersection(ids):
                return "offer of an item that is left out"
            raise BadRecord("offer_of_no_item")
        value = number(part(price, "value", "price"))
        if value is None:
            raise BadRecord("price_missing")
        new = [
            (offer_id, item_id) for item_id in windows if (offer_id, item_id) not in self._offers
        ]
        if not new:
            raise BadRecord("offer_listed_twice")
        attributes = part(offer, "offerAttributes")
        seller = provider_of(part(offer, "provider"), None)["provider_id"]
        for key in new:
            self._offers[key] = {
                "offer_id": offer_id,
                "item_id": key[1],
                "snapshot_timestamp": self._seen_at,
                "compute_window_id": str(natural_id("compute_windows", key[1])),
                "price_value": value,
                "price_currency": word(part(price, "currency")),
                "price_unit": word(part(attributes, "unit")),
                "price_stability": word(part(attributes, "priceStability")),
                "provider_id": seller or self._windows[key[1]]["provider_id"],
            }
        return None

    def _catalogue(self, catalog: Mapping[str, Any]) -> Catalogue:
        validity = part(catalog, "validity")
        return Catalogue(
            word(part(catalog, "id")),
            part(catalog, "provider", "providerId"),
            first_day(validity, self._seen_at),
            others(catalog, "id", "provider", "providerId", "items", "offers"),
        )

    def reject(self, table: str, rule: str, record: Any, field: str | None = None) -> None:
        """Keep a record, or a field of it, out."""
        self._parsed.rejects.append(Reject(table, rule, as_text(record), field))


def _item_id(item: Any) -> str:
    return word(item) or word(part(item, "id")) or ""
