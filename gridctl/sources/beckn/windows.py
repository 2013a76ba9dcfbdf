"""Read one item of a catalogue: its zone, the window it is, and what that offers at present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from gridctl.model import natural_id
from gridctl.sources.beckn.parts import others, part, word
from gridctl.sources.beckn.places import Point, region_of
from gridctl.sources.beckn.times import agrees_with_duration, window_times
from gridctl.sources.records import BadRecord, number

Values = dict[str, Any]
_KIND = "ComputeEnergyWindow"
_MW = {"mw": 1.0, "kw": 0.001, "gw": 1000.0}
_GRAMS = frozenset({"gco2/kwh", "gco2e/kwh", "g/kwh", "kgco2/mwh", "kgco2e/mwh"})  # all the same
_PER_CENT = frozenset({"percent", "per cent", "%"})


@dataclass(frozen=True)
class Catalogue:
    """What holds for all items of a catalogue. ``day`` dates their times of day."""

    catalog_id: str | None
    provider: Any  # as it stands: an object, an id, or nothing
    day: date
    extra: Values


@dataclass(frozen=True)
class Found:
    """The rows of one item. ``doubts`` are rules that cost a field: name, table, field."""

    zone: Values | None
    window: Values
    snapshot: Values
    doubts: list[tuple[str, str, str]]


def is_window(item: Mapping[str, Any]) -> bool:
    """Whether an item is, or should be, a compute window; other domains list other things."""
    attributes = part(item, "itemAttributes")
    kind = attributes.get("@type") if isinstance(attributes, Mapping) else None
    if isinstance(kind, str) and kind.endswith(_KIND):
        return True
    return part(attributes, "gridParameters") is not None or kind is None


def read_item(item: Mapping[str, Any], catalogue: Catalogue, seen_at: datetime) -> Found:
    """Raises :class:`BadRecord` for an item without id, time, carbon intensity or renewable mix."""
    item_id = word(part(item, "id"))
    if item_id is None:
        raise BadRecord("item_without_id")
    attributes = part(item, "itemAttributes")
    grid, window = part(attributes, "gridParameters"), part(attributes, "timeWindow")
    capacity = part(attributes, "capacityParameters")
    start, end = window_times(window, catalogue.day)
    available_mw = _capacity_mw(capacity)
    zone, doubts = _zone(item, grid)
    if not agrees_with_duration(window, start, end):
        doubts.append(("duration_disagrees", "grid_snapshots", "duration"))
    window_row = {
        "item_id": item_id,
        "window_name": word(part(part(item, "descriptor"), "name")) or item_id,
        "description": word(part(part(item, "descriptor"), "shortDesc")),
        "grid_zone_id": str(natural_id("grid_zones", zone["zone_id"])) if zone else None,
        **provider_of(part(item, "provider"), catalogue.provider),
        "capacity_mw": available_mw,
        "reservation_required": _flag(part(capacity, "reservationRequired")),
    }
    snapshot = {
        "item_id": item_id,
        "snapshot_timestamp": seen_at,
        "compute_window_id": str(natural_id("compute_windows", item_id)),
        "window_start": start,
        "window_end": end,
        "renewable_mix": _renewable_mix(grid),
        "carbon_intensity": _carbon_intensity(grid),
        "available_capacity_mw": available_mw,
        "catalog_id": catalogue.catalog_id,
        "extra": _extra(item, catalogue),
    }
    return Found(zone, window_row, snapshot, doubts)


def provider_of(own: Any, catalogue: Any) -> Values:
    """Id and name of the item's own provider, else of the catalogue's, who may name it too."""
    provider = own if _id(own) else catalogue
    name = word(part(part(provider, "descriptor"), "name"))
    if name is None and _id(provider) == _id(catalogue):
        name = word(part(part(catalogue, "descriptor"), "name"))
    return {"provider_id": _id(provider), "provider_name": name}


def _id(provider: Any) -> str | None:
    return word(provider) or word(part(provider, "id"))


# -- what is offered


def _carbon_intensity(grid: Any) -> float:
    """gCO2/kWh."""
    value = number(part(grid, "carbonIntensity"))
    if value is None:
        raise BadRecord("carbon_intensity_missing")
    _check_unit(part(grid, "carbonIntensityUnit"), _GRAMS)
    return value


def _renewable_mix(grid: Any) -> float:
    """Per cent."""
    value = number(part(grid, "renewableMix"))
    if value is None:
        raise BadRecord("renewable_mix_missing")
    _check_unit(part(grid, "renewableMixUnit"), _PER_CENT)
    if not 0 <= value <= 100:
        raise BadRecord("renewable_mix_range")
    return value


def _capacity_mw(capacity: Any) -> float | None:
    value = number(part(capacity, "availableCapacity"))
    if value is None:
        return None
    unit = part(capacity, "capacityUnit")
    _check_unit(unit, _MW.keys())
    if value < 0:
        raise BadRecord("capacity_negative")
    return number(value * _MW[str(unit or "MW").lower()])


def _check_unit(unit: Any, known: Any) -> None:
    """A unit that is not stated is the usual one; another is not converted by guess."""
    if unit is not None and (not isinstance(unit, str) or unit.lower() not in known):
        raise BadRecord("unit_unknown")


def _flag(raw: Any) -> bool | None:
    return raw if isinstance(raw, bool) else None


# -- where


def _zone(item: Mapping[str, Any], grid: Any) -> tuple[Values | None, list[tuple[str, str, str]]]:
    """The row of the zone, keyed by ``gridZone|gridArea``, or where there is neither by country and
    locality. ``None`` for an item that says nothing of where it is."""
    address, geo = _where(item, "address"), _where(item, "geo")
    code, area = word(part(grid, "gridZone")), word(part(grid, "gridArea"))
    locality = word(part(address, "addressLocality"))
    country = word(part(address, "addressCountry"))
    point = point_of(geo)
    doubts = [("position_unreadable", "grid_zones", "latitude")] if geo and not point else []
    key = (code, area) if code or area else (country, locality)
    if key == (None, None):
        return None, doubts
    region = region_of(locality, country, point)
    return {
        "zone_id": "|".join(piece or "" for piece in key),
        "zone_name": area or locality or code or country,
        "grid_area": area,
        "grid_zone_code": code,
        "locality": locality,
        "region": word(part(address, "addressRegion")),
        "country": country,
        "latitude": point[0] if point else None,
        "longitude": point[1] if point else None,
        "region_id": str(natural_id("uk_regions", region)) if region else None,
    }, doubts


def _where(item: Mapping[str, Any], name: str) -> Any:
    """The first address or geometry of an item, which may be available at several places."""
    at = part(item, "availableAt")
    found = (part(place, name) for place in (at if isinstance(at, list) else [at]))
    return next((said for said in found if said), None)


def point_of(geo: Any) -> Point | None:
    """Latitude and longitude of a GeoJSON point, or of the middle of a polygon's outer ring.

    GeoJSON says longitude first. ``None`` when there is no such position on Earth.
    """
    corners = part(geo, "coordinates")
    match part(geo, "type"):
        case "Point":
            ring = [corners]
        case "Polygon" if isinstance(corners, list) and corners and isinstance(corners[0], list):
            ring = corners[0]
        case _:
            return None
    if len(ring) > 1 and ring[0] == ring[-1]:  # it ends where it began
        ring = ring[:-1]
    found = [_position(corner) for corner in ring]
    known = [point for point in found if point is not None]
    if not known or len(known) < len(found):
        return None
    latitude, longitude = (round(sum(axis) / len(known), 6) for axis in zip(*known, strict=True))
    return latitude, longitude


def _position(raw: Any) -> Point | None:
    if not isinstance(raw, list) or len(raw) < 2:
        return None
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in raw[:2]):
        return None
    longitude, latitude = float(raw[0]), float(raw[1])
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if is_on_earth else None


# -- what has no column


def _extra(item: Mapping[str, Any], catalogue: Catalogue) -> str | None:
    """Everything that is said of an item and has no column of its own, as JSON."""
    attributes = part(item, "itemAttributes")
    found = {
        "catalog": catalogue.extra,
        "item": others(item, "id", "descriptor", "provider", "availableAt", "itemAttributes"),
        "descriptor": others(part(item, "descriptor"), "name", "shortDesc"),
        "attributes": others(attributes, "gridParameters", "timeWindow", "capacityParameters"),
        "grid": others(
            part(attributes, "gridParameters"),
            *("gridZone", "gridArea", "renewableMix", "renewableMixUnit"),
            *("carbonIntensity", "carbonIntensityUnit"),
        ),
        "window": others(part(attributes, "timeWindow"), "start", "end"),
        "capacity": others(
            part(attributes, "capacityParameters"),
            *("availableCapacity", "capacityUnit", "reservationRequired"),
        ),
        "address": others(
            _where(item, "address"), "addressLocality", "addressRegion", "addressCountry"
        ),
    }
    kept = {name: said for name, said in found.items() if said}
    return orjson.dumps(kept).decode() if kept else None
