"""What every reader of a CSV file agrees on: the names of its columns, and what a bad cell is told.

Rows are numbered as a spreadsheet does: the header is row 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from gridctl.errors import DataError

TIME, CARBON, RENEWABLE, PRICE = "timestamp", "carbon_gco2_kwh", "renewable_pct", "price_gbp_mwh"
# Wider than any grid, narrow enough to catch a wrong unit or a slipped column.
LIMITS = {CARBON: (-50.0, 5_000.0), RENEWABLE: (0.0, 100.0), PRICE: (-1_000.0, 10_000.0)}


def plain_names(header: Iterable[str]) -> list[str]:
    """Names of columns without the case and the space around them that spreadsheets add."""
    return [name.strip().lower() for name in header]


def need_columns(path: Path, names: Sequence[str], needed: Iterable[str]) -> None:
    """Raise :class:`DataError` unless ``names``, of a header, has each of ``needed`` just once."""
    needed = list(needed)
    if missing := [name for name in needed if name not in names]:
        found = ", ".join(names) or "nothing"
        raise DataError(f"{path} has no column {', '.join(missing)}; it has {found}")
    if twice := [name for name in needed if names.count(name) > 1]:
        raise DataError(f"{path} has more than one column {', '.join(twice)}")


def no_time(text: str) -> str:
    """What is said of a text that is no instant, or one without its zone."""
    return f"{text!r} is no time with a zone; write 2025-11-25T14:00:00Z"


def no_number(name: str, text: str) -> str:
    """What is said of a cell that holds no number, or an absurd one."""
    if name not in LIMITS:
        return f"{name} is {text!r}, not a number"
    low, high = LIMITS[name]
    return f"{name} is {text!r}, not a number from {low:g} to {high:g}"


def no_order(text: str, *, again: bool) -> str:
    """What is said of a time that is not after the one in the row above it."""
    return f"{text} " + ("is there twice" if again else "comes before the row above it; sort")
