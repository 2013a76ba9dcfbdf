"""Compute windows on offer over Beckn, as an imaginary provider would list them at issue time.

Places are those of the Digital Energy Grid sandbox of November 2025; codes, capacities and prices
are our own. Every id and name says that it is synthetic.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gridctl.clock import HALF_HOUR, floor_half_hour, iso
from gridctl.model import Batch, Window, natural_id
from gridctl.regions import region_by_number
from gridctl.sources.synthetic import Recipe
from gridctl.sources.synthetic.grid import FUELS
from gridctl.sources.synthetic.noise import key, uniform
from gridctl.sources.synthetic.scene import Scene

_PROVIDER, _PROVIDER_NAME = "provider-synthetic", "Grid windows (synthetic)"
_CATALOG = "catalog-synthetic"
_MARGIN_GBP_KWH = 0.025  # on the wholesale price
_LENGTH = timedelta(hours=4)
_PARTS = {"night": 1, "midday": 11, "evening": 19}  # start hour, UTC
_DAYS = (1, 2)
_RENEWABLE = [FUELS.index(fuel) for fuel in ("wind", "solar", "hydro", "biomass")]


@dataclass(frozen=True)
class Zone:
    """A place that offers windows."""

    locality: str
    grid_area: str
    code: str
    region_number: int
    latitude: float
    longitude: float

    @property
    def zone_id(self) -> str:
        return f"zone-synthetic-{self.locality.lower()}"


ZONES = (
    Zone("Cambridge", "Cambridge-East", "SYN-EAST-1", 10, 52.2053, 0.1218),
    Zone("Manchester", "Manchester", "SYN-NORTH-1", 3, 53.4808, -2.2426),
    Zone("London", "London", "SYN-LONDON-1", 13, 51.5074, -0.1278),
    Zone("Edinburgh", "Edinburgh", "SYN-SCOTLAND-1", 2, 55.9533, -3.1883),
    Zone("Glasgow", "Glasgow", "SYN-SCOTLAND-2", 2, 55.8642, -4.2518),
    Zone("Leeds", "Leeds", "SYN-NORTH-2", 5, 53.8008, -1.5491),
    Zone("Birmingham", "Birmingham", "SYN-MIDLANDS-1", 8, 52.4862, -1.8904),
    Zone("Bristol", "Bristol", "SYN-WEST-1", 11, 51.4545, -2.5879),
    Zone("Cardiff", "Cardiff", "SYN-WALES-1", 7, 51.4816, -3.1791),
)


@dataclass(frozen=True)
class Item:
    """A window of one zone: which part of the day, how many days ahead."""

    zone: Zone
    part: str
    day: int

    @property
    def item_id(self) -> str:
        return f"item-synthetic-{self.zone.locality.lower()}-{self.part}-{self.day}"

    @property
    def window_id(self) -> str:
        return str(natural_id("compute_windows", self.item_id))

    @property
    def name(self) -> str:
        return f"{self.zone.locality} {self.part} window, day {self.day} (synthetic)"

    def start(self, after: datetime) -> datetime:
        """The first start of this part of the day at or after a moment, moved on for day 2."""
        start = after.replace(hour=_PARTS[self.part], minute=0, second=0, microsecond=0)
        return start + timedelta(days=self.day - (start >= after))


def beckn_batches(scene: Scene) -> list[Batch]:
    """Zones, windows, snapshots, offers and the discovery that found them, as issued.

    Windows lie ahead, so a recipe whose slots are all over has none.
    """
    if scene.over.all():
        return []
    items = [Item(zone, part, day) for zone in ZONES for part in _PARTS for day in _DAYS]
    listings = _listings(scene.order, items)
    return [
        _table("grid_zones", [_zone_row(zone) for zone in ZONES]),
        _table("compute_windows", [_window_row(item, scene.order.seed) for item in items]),
        _table("grid_snapshots", [snapshot for snapshot, _ in listings]),
        _table("offers", [offer for _, offer in listings]),
        _table("beckn_transactions", [_discovery_row(scene.order, items)]),
    ]


def _table(name: str, rows: list[dict[str, Any]]) -> Batch:
    return Batch(name, {column: [row[column] for row in rows] for column in rows[0]})


def _zone_row(zone: Zone) -> dict[str, Any]:
    return {
        "zone_id": zone.zone_id,
        "zone_name": f"{zone.locality} (synthetic)",
        "grid_area": zone.grid_area,
        "grid_zone_code": zone.code,
        "locality": zone.locality,
        "region": region_by_number(zone.region_number).name,
        "country": "GB",
        "latitude": zone.latitude,
        "longitude": zone.longitude,
        "region_id": str(natural_id("uk_regions", zone.region_number)),
    }


def _window_row(item: Item, seed: int) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "window_name": item.name,
        "description": f"Four hours for deferrable computing near {item.zone.locality}; made up",
        "grid_zone_id": str(natural_id("grid_zones", item.zone.zone_id)),
        "provider_id": _PROVIDER,
        "provider_name": _PROVIDER_NAME,
        "capacity_mw": _capacity_mw(item, seed),
        "reservation_required": item.part == "evening",
    }


def _capacity_mw(item: Item, seed: int) -> float:
    return round(1.5 + 4.5 * _luck(seed, item.item_id), 1)


def _luck(seed: int, stream: str) -> float:
    return float(uniform(key(seed, stream))[0])


def _listings(order: Recipe, items: list[Item]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A snapshot and an offer for each item, from what is forecast for the window's four hours."""
    now = floor_half_hour(order.issued_at)
    ahead = Scene(
        Recipe(order.seed, Window(now, now + timedelta(days=2, hours=4)), order.issued_at)
    )
    renewable = ahead.outlook_mix[_RENEWABLE].sum(axis=0)
    listings = []
    for item in items:
        start = item.start(now)
        first = (start - now) // HALF_HOUR
        span = slice(first, first + _LENGTH // HALF_HOUR)
        region = item.zone.region_number - 1
        price = max(float(ahead.outlook.price[span].mean()) / 1000.0 + _MARGIN_GBP_KWH, 0.005)
        free = 0.4 + 0.6 * _luck(order.seed, f"{item.item_id} {iso(now)}")
        shared = {
            "item_id": item.item_id,
            "snapshot_timestamp": now,
            "compute_window_id": item.window_id,
        }
        snapshot = shared | {
            "window_start": start,
            "window_end": start + _LENGTH,
            "renewable_mix": round(float(renewable[region, span].mean()), 1),
            "carbon_intensity": float(round(ahead.outlook_carbon[region, span].mean())),
            "available_capacity_mw": round(free * _capacity_mw(item, order.seed), 1),
            "catalog_id": _CATALOG,
            "transaction_id": _transaction_id(order),
            "message_id": _message_id(order),
            "extra": json.dumps({"synthetic": True}),
        }
        offer = shared | {
            "offer_id": item.item_id.replace("item-", "offer-", 1),
            "price_value": round(price, 4),
            "price_currency": "GBP",
            "price_unit": "per_kWh",
            "price_stability": "stable" if item.day == 1 else "variable",
            "provider_id": _PROVIDER,
        }
        listings.append((snapshot, offer))
    return listings


def _transaction_id(order: Recipe) -> str:
    return f"txn-synthetic-{order.seed}-{iso(order.issued_at)}"


def _message_id(order: Recipe) -> str:
    return f"msg-synthetic-{order.seed}-{iso(order.issued_at)}"


def _discovery_row(order: Recipe, items: list[Item]) -> dict[str, Any]:
    """The discovery as a Beckn 2.0 exchange, its catalog cut down to ids."""
    context = {
        "version": "2.0.0",
        "domain": "beckn.one:DEG:compute-energy:1.0",
        "timestamp": iso(order.issued_at),
        "transaction_id": _transaction_id(order),
        "message_id": _message_id(order),
        "bap_id": "synthetic",
        "bpp_id": "synthetic",
    }
    catalog = {"beckn:id": _CATALOG, "beckn:items": [{"beckn:id": item.item_id} for item in items]}
    request = {"text_search": "Grid flexibility windows"}
    return {
        "transaction_id": _transaction_id(order),
        "message_id": _message_id(order),
        "action": "discover",
        "bap_id": "synthetic",
        "bpp_id": "synthetic",
        "request_payload": _json(context | {"action": "discover"}, request),
        "response_payload": _json(context | {"action": "on_discover"}, {"catalogs": [catalog]}),
        "http_status": None,  # nobody was called
        "status": "completed",
        "timestamp": order.issued_at,
    }


def _json(context: dict[str, str], message: dict[str, Any]) -> str:
    return json.dumps({"context": context, "message": message})
