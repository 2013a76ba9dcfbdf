"""The 14 distribution regions of Great Britain and the many ways of naming one."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from gridctl.errors import UsageError
from gridctl.resources import schema_dir

_OUTCODE = re.compile(r"([A-Z]{1,2})\d[A-Z\d]?(?:\s*\d[A-Z]{2})?")


@dataclass(frozen=True)
class Region:
    """A grid supply point group. ``number`` is the Carbon Intensity API's region id, 1 to 14."""

    number: int
    gsp_group: str
    name: str
    short_name: str
    dno_name: str
    postcode_areas: tuple[str, ...]
    latitude: float
    longitude: float
    customers_millions: float

    @property
    def code(self) -> str:
        """The settlement group code, ``_A`` to ``_P``."""
        return f"_{self.gsp_group}"


@cache
def all_regions() -> tuple[Region, ...]:
    """The 14 regions in number order, from ``schema/seeds/uk_regions.csv``."""
    with (schema_dir() / "seeds" / "uk_regions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Region(
                int(row["region_number"]),
                row["gsp_group"],
                row["region_name"],
                row["short_name"],
                row["dno_name"],
                tuple(row["postcode_areas"].split()),
                float(row["latitude"]),
                float(row["longitude"]),
                float(row["customers_millions"]),
            )
            for row in csv.DictReader(file)
        )


def region_by_number(number: int) -> Region:
    """The region with an official number from 1 to 14."""
    return all_regions()[number - 1]


def same_name(one: str, other: str) -> bool:
    """Whether two spellings name one region: case, spacing and '&' for 'and' do not matter."""
    return _folded(one) == _folded(other)


def find_region(text: str) -> Region:
    """Find a region by number, group letter, region code, name or short name, or postcode.

    Tried in that order. Raises :class:`UsageError` naming the closest when there is none.
    """
    word = text.strip()
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(all_regions()):
        return region_by_number(int(word))
    letter = word.upper().removeprefix("_")
    for region in all_regions():
        if letter == region.gsp_group:
            return region
    for region in all_regions():
        if same_name(word, region.name) or same_name(word, region.short_name):
            return region
    match = _OUTCODE.fullmatch(word.upper())
    for region in all_regions():
        if match and match[1] in region.postcode_areas:
            return region
    names = {_folded(r.name): r.name for r in all_regions()}
    close = get_close_matches(_folded(word), names, n=3, cutoff=0.4)
    hint = (
        f"did you mean {' or '.join(names[c] for c in close)}?"
        if close
        else "name one by number 1 to 14, name, code or postcode; none is Great Britain"
    )
    raise UsageError(f"there is no region {text!r}; {hint}")


def places_of(
    names: Sequence[str],
    home: int | None = None,
    groups: Mapping[str, Sequence[int]] | None = None,
) -> dict[str, Any]:
    """``regions`` and ``home`` of a workload from names, none from none.

    Home is the one given, else the first named; ``any`` adds all 14 regions, and each of ``groups``
    its own, after those named. Raises :class:`UsageError` for a name that is no region.
    """
    groups = {**(groups or {}), "any": [region.number for region in all_regions()]}
    words = [name.strip().lower() for name in names]
    named = [] if home is None else [home]
    named += [
        find_region(name).number
        for name, word in zip(names, words, strict=True)
        if word not in groups
    ]
    numbers = [*named, *(number for word in groups if word in words for number in groups[word])]
    if not numbers:
        return {}
    return {"regions": tuple(dict.fromkeys(numbers)), "home": named[0] if named else None}


def _folded(name: str) -> str:
    return " ".join(name.lower().replace("&", " and ").split())
