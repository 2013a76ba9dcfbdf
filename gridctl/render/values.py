"""How single values are spelled for people; for JSON and CSV see :mod:`gridctl.plain`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from gridctl.plain import compact_json, csv_value, iso_duration, json_value

__all__ = [
    "compact_json", "csv_value", "decimals_for", "is_numeric", "iso_duration", "json_value",
    "shown_value",
]  # fmt: skip

_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_TOO_LONG = 1e15  # written out, nobody can count its digits


def is_numeric(kind: str) -> bool:
    """Whether a DuckDB type is a number, to be aligned right."""
    return kind.removeprefix("U").startswith(_NUMERIC) and not kind.endswith("]")


def shown_value(value: Any, kind: str = "", decimals: int | None = None, zone: tzinfo = UTC) -> str:
    """A value for people: times to the minute in ``zone``, numbers rounded, no control characters.

    Every time says its zone: ``2025-10-26 00:30Z``, ``2025-10-26 01:30 BST``.
    """
    if value is None:
        return ""
    if isinstance(value, datetime) and value.tzinfo:
        return _shown_time(_in_zone(value, zone))
    if isinstance(value, float | Decimal):
        if not abs(float(value)) < _TOO_LONG:
            return f"{float(value):g}"
        return f"{value:z.{decimals_for([value]) if decimals is None else decimals}f}"
    return _visible(csv_value(value, kind))


def decimals_for(values: Sequence[Any]) -> int:
    """Decimal places that suit a column of numbers: as many as they have, and for large ones fewer.

    At most 1 from a thousand on, 2 from one on, else 4.
    """
    numbers: list[float | Decimal] = [
        v for v in values if isinstance(v, float | Decimal) and math.isfinite(v)
    ]
    largest = max((abs(float(number)) for number in numbers), default=0.0)
    most = 1 if largest >= 1000 else 2 if largest >= 1 else 4
    places = 0
    for number in numbers:
        places = max(places, min(_places(number), most))
        if places == most:
            break
    return places


def _places(number: float | Decimal) -> int:
    """A float's digits after the point, none for a whole one; a decimal's as its type has them."""
    exact = number if isinstance(number, Decimal) else Decimal(repr(number)).normalize()
    return max(0, -int(exact.as_tuple().exponent))


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:  # the calendar's first and last day are not there in every zone
        return moment.astimezone(UTC)


def _shown_time(local: datetime) -> str:
    clock = f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
    return f"{clock}Z" if local.tzinfo is UTC else f"{clock} {local:%Z}"


def _visible(text: str) -> str:
    # A name from an upstream must not be able to steer the terminal or break the row.
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
