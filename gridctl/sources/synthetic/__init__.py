"""A made-up but plausible British grid, for a machine without network.

A payload of this source is only a *recipe*: a seed, a window and the moment it was issued. Reading
it generates every row. What happened in a half hour follows from the seed and that half hour
alone, whatever window is asked for; what was forecast for it follows from those and the moment
of issue. Rows are labelled ``synthetic`` when they are stored.

:mod:`.noise` makes smooth random processes, :mod:`.weather` makes wind, cloud and trade of them,
:mod:`.demand` and :mod:`.grid` run the country, :mod:`.flow` shares it among regions, :mod:`.scene`
puts past and outlook together, and :mod:`.tables`, :mod:`.market`, :mod:`.windows` write the rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from gridctl.clock import ceil_half_hour, floor_half_hour, iso, parse_wire_time
from gridctl.errors import DataError
from gridctl.model import SYNTHETIC, Parsed, Payload, Window
from gridctl.sources.base import load_json


@dataclass(frozen=True)
class Recipe:
    """What to generate: half-hour slots of ``window``, as seen at ``issued_at``.

    ``tables`` limits it to some tables; empty means all.
    """

    seed: int
    window: Window
    issued_at: datetime
    tables: tuple[str, ...] = ()


# About 220,000 rows at a time, so that ten years of them do not have to fit in memory.
LONGEST_PIECE = timedelta(days=92)


def pieces(window: Window) -> list[Window]:
    """``window`` cut into spans of at most :data:`LONGEST_PIECE`, one recipe each."""
    count = max(1, -(-(window.end - window.start) // LONGEST_PIECE))
    edges = [window.start + i * LONGEST_PIECE for i in range(count)] + [window.end]
    return [Window(start, end) for start, end in pairwise(edges)]


def recipe(seed: int, window: Window, issued_at: datetime, tables: Sequence[str] = ()) -> bytes:
    """The payload body that stands for these rows: a line of JSON.

    The window is widened to whole half hours; ``issued_at`` is cut to the second.
    """
    order: dict[str, Any] = {
        "seed": seed,
        "from": iso(floor_half_hour(window.start)),
        "to": iso(ceil_half_hour(window.end)),
        "issued_at": iso(issued_at),
    }
    if tables:
        order["tables"] = list(tables)
    return json.dumps({SYNTHETIC: order}).encode()


def parse(payload: Payload) -> Parsed:
    """Generate every row of a recipe. Pure: the same body gives the same rows.

    Raises :class:`DataError` when the body is not a recipe.
    """
    order = read_recipe(payload.body)
    from gridctl.sources.synthetic.tables import batches  # numpy loads only when rows are made

    made = batches(order)
    return Parsed([batch for batch in made if not order.tables or batch.table in order.tables])


def read_recipe(body: bytes) -> Recipe:
    """Read a body made by :func:`recipe`. Raises :class:`DataError` saying what is wrong."""
    try:
        order = load_json(body)[SYNTHETIC]
        seed = order["seed"]
        window = Window(_time(order["from"]), _time(order["to"]))
        issued_at = _time(order["issued_at"])
        tables = tuple(str(table) for table in order.get("tables", ()))
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
        raise DataError(f"not a synthetic recipe: {error}") from None
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise DataError(f"synthetic recipe: seed {seed!r} is not a whole number")
    if window.start >= window.end:
        raise DataError("synthetic recipe: 'from' must be before 'to'")
    if any(edge != floor_half_hour(edge) for edge in (window.start, window.end)):
        raise DataError("synthetic recipe: 'from' and 'to' must be whole half hours")
    return Recipe(seed, window, issued_at, tables)


def _time(text: Any) -> datetime:
    instant = parse_wire_time(text)
    if not datetime(1990, 1, 1, tzinfo=UTC) <= instant < datetime(2100, 1, 1, tzinfo=UTC):
        raise ValueError(f"{text} is outside 1990 to 2099")
    return instant
