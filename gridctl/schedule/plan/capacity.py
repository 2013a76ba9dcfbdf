"""How much power there is: everywhere, by region, or by region and half hour from a CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gridctl.clock import HALF_HOUR, floor_half_hour, iso, parse_wire_time
from gridctl.errors import DataError, UsageError
from gridctl.regions import find_region
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.signals.signal import Place
from gridctl.schedule.single.reasons import place_name
from gridctl.units import parse_power_kw

if TYPE_CHECKING:
    from gridctl.store.assets import Asset

_COLUMNS = ("timestamp", "region", "capacity_kw")
_EVERYWHERE = 0  # in the keys of ``by_slot``: no region has this number


@dataclass(frozen=True)
class Capacity:
    """Limits in kW; the most particular one holds, none at all means no limit.

    ``by_slot`` is by place and start of the half hour, ``by_place`` by place.
    """

    everywhere_kw: float = math.inf
    by_place: Mapping[Place, float] = field(default_factory=dict)
    by_slot: Mapping[tuple[Place, datetime], float] = field(default_factory=dict)

    def array(self, places: Sequence[Place], start: datetime, slots: int) -> Floats:
        """(places, slots) kW from ``start``; infinite where there is no limit."""
        limits = np.empty((len(places), slots))
        for row, place in enumerate(places):
            usual = self.by_place.get(place, self.everywhere_kw)
            for slot in range(slots):
                moment = start + slot * HALF_HOUR
                general = self.by_slot.get((_EVERYWHERE, moment), usual)
                limits[row, slot] = self.by_slot.get((place, moment), general)
        return limits

    def in_words(self) -> str:
        """The limits by place: ``London 300 kW, North Scotland 90 kW``."""
        return ", ".join(f"{place_name(place)} {kw:g} kW" for place, kw in self.by_place.items())


def asset_capacity(database: Path, lock_timeout: timedelta) -> Capacity:
    """The limits that the active assets of a database set."""
    from gridctl.store.assets import list_assets

    return capacity_of(list_assets(database, lock_timeout))


def capacity_of(assets: Iterable[Asset]) -> Capacity:
    """The rated powers of the assets added up by region; those without one count for jobs without.

    A region with an asset whose rated power is not known has no limit.
    """
    rated: dict[Place, float] = {}
    for asset in assets:
        kw = math.inf if asset.rated_power_kw is None else asset.rated_power_kw
        rated[asset.region] = rated.get(asset.region, 0.0) + kw
    return Capacity(by_place={place: kw for place, kw in rated.items() if math.isfinite(kw)})


def parse_capacity(given: Sequence[str]) -> Capacity:
    """``500kW``, ``London=300kW`` or the name of a CSV, each repeatable.

    Raises :class:`UsageError` for what is none of these, :class:`DataError` naming the row of a
    file that is wrong.
    """
    everywhere = math.inf
    by_place: dict[Place, float] = {}
    by_slot: dict[tuple[Place, datetime], float] = {}
    for text in given:
        if text.lower().endswith(".csv"):
            by_slot |= _read(Path(text))
            continue
        name, equals, amount = text.rpartition("=")
        if equals:
            by_place[_place(name)] = parse_power_kw(amount)
        else:
            everywhere = parse_power_kw(text)
    return Capacity(everywhere, by_place, by_slot)


def _place(name: str) -> Place:
    return None if name.strip().upper() in ("GB", "GREAT BRITAIN") else find_region(name).number


def _read(path: Path) -> dict[tuple[Place, datetime], float]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise DataError(
                    f"{path}: no column {', '.join(missing)}; a capacity file has "
                    f"{', '.join(_COLUMNS)}"
                )
            return _limits(path, rows)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no CSV that can be read: {error}") from None


def _limits(path: Path, rows: csv.DictReader[str]) -> dict[tuple[Place, datetime], float]:
    limits: dict[tuple[Place, datetime], float] = {}
    for number, row in enumerate(rows, 1):
        try:
            key, limit = _limit(row)
        except (ValueError, UsageError) as error:
            raise DataError(f"{path}: row {number}: {error}") from None
        if limits.setdefault(key, limit) != limit:
            raise DataError(f"{path}: row {number}: a second limit for {iso(key[1])}")
    return limits


def _limit(row: Mapping[str, str | None]) -> tuple[tuple[Place, datetime], float]:
    moment = parse_wire_time((row["timestamp"] or "").strip())
    if moment != floor_half_hour(moment):
        raise ValueError(f"{iso(moment)} is not the start of a half hour")
    text = (row["capacity_kw"] or "").strip()
    try:
        limit = float(text)
    except ValueError:
        raise ValueError(f"capacity_kw {text!r} is not a number") from None
    if not (math.isfinite(limit) and limit >= 0):
        raise ValueError(f"capacity_kw must be a number from 0, not {text}")
    name = (row["region"] or "").strip()
    return (_place(name) if name else _EVERYWHERE, moment), limit
