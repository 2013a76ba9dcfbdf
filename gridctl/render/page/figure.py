"""What the page's template takes: a figure with its words, its chart, and its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]


@dataclass(frozen=True)
class Series:
    """One thing that is drawn, with an entry in the legend. ``colour`` is a variable of page.css
    without its dashes, ``look`` one of line, dashed, area, band, dot.
    """

    key: str
    label: str
    colour: str
    look: str = "line"


@dataclass(frozen=True)
class Bin:
    """A range of values that shares a colour: ``colour`` as in :class:`Series`."""

    label: str
    colour: str


@dataclass(frozen=True)
class Tile:
    """A region on the map: ``column`` and ``row`` from 1, ``bin`` is its colour."""

    name: str
    column: int
    row: int
    value: str
    bin: str
    tip: str


@dataclass(frozen=True)
class Table:
    """Cells as shown. Columns whose index is in ``texts`` are words, the others numbers."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: Sequence[int] = (0,)


@dataclass(frozen=True)
class Figure:
    """A section of the page. ``empty`` says why there is no chart, and then there is none.

    A chart that ``reads`` has a cursor that names every series at a time; one that ``zooms`` shares
    its span of time with the others that do. ``unit`` is that of all series, ``places`` their
    decimals.
    """

    id: str
    title: str
    says: str
    empty: str | None = None
    spec: Spec | None = None
    series: Sequence[Series] = ()
    bins: Sequence[Bin] = ()
    tiles: Sequence[Tile] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    is_synthetic: bool = False
    unit: str = ""
    places: int = 0
    reads: bool = False
    zooms: bool = False

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script needs of it."""
        return {
            "id": self.id,
            "spec": self.spec,
            "series": [{"key": s.key, "label": s.label} for s in self.series],
            "unit": self.unit,
            "places": self.places,
            "reads": self.reads,
            "zooms": self.zooms,
        }
