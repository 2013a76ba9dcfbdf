"""How much power there is: everywhere, by region, or by region and half hour from a CSV."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gridctl.clock import HALF_HOUR, floor_half_hour, iso
from gridctl.errors import DataError, UsageError
from gridctl.regions import find_region
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.money.timed_csv import BadRow, Cells, number_of, read_cells
from gridctl.schedule.signals.signal import Place
from gridctl.schedule.single.reasons import place_name
from gridctl.units import parse_power_kw

if TYPE_CHECKING:
    from gridctl.store.assets import Asset

_COLUMNS = ("region", "capacity_kw")
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
    limits: dict[tuple[Place, datetime], float] = {}
    _, rows = read_cells(path, _COLUMNS)
    for cells in rows:
        try:
            key, limit = _limit(cells)
            if limits.setdefault(key, limit) != limit:
                raise BadRow(f"row {cells.row}: a second limit for {iso(cells.at)}")
        except UsageError as error:
            raise DataError(f"{path}: row {cells.row}: {error}") from None
        except BadRow as error:
            raise DataError(f"{path}: {error}") from None
    return limits


def _limit(cells: Cells) -> tuple[tuple[Place, datetime], float]:
    if cells.at != floor_half_hour(cells.at):
        raise BadRow(f"row {cells.row}: {iso(cells.at)} is not the start of a half hour")
    name, text = cells.texts
    limit = number_of(text, "capacity_kw", cells.row)
    if limit < 0:
        raise BadRow(f"row {cells.row}: capacity_kw must be a number from 0, not {text}")
    return (_place(name) if name else _EVERYWHERE, cells.at), limit
