"""Read a CSV file of instants and one number each, naming the row of whatever is wrong."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from gridctl.clock import parse_wire_time
from gridctl.errors import DataError


@dataclass(frozen=True, slots=True)
class Timed:
    """One row: its number (the header is row 1), its instant in UTC, its value; NaN for a gap."""

    row: int
    at: datetime
    value: float


@dataclass(frozen=True)
class TimedFile:
    """The rows of a file in order of time, and the SHA-256 of its bytes."""

    name: str
    sha256: str
    rows: tuple[Timed, ...]


def read_timed(path: Path, column: str, *, gaps: bool = False) -> TimedFile:
    """The columns ``timestamp`` and ``column`` of a CSV file; other columns are left alone.

    Times carry their zone and increase from row to row. An empty value is refused, or with
    ``gaps`` read as NaN. Raises :class:`DataError` naming the file and the row.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is no text in UTF-8") from None
    try:
        rows = tuple(_rows(text, column, gaps=gaps))
    except _BadRow as error:
        raise DataError(f"{path}: {error}") from None
    except csv.Error:
        raise DataError(f"{path} is no CSV that can be read: is a quotation mark open?") from None
    if not rows:
        raise DataError(f"{path} holds no rows under its header")
    return TimedFile(path.name, hashlib.sha256(content).hexdigest(), rows)


class _BadRow(Exception):
    pass


def _rows(text: str, column: str, *, gaps: bool) -> Iterator[Timed]:
    lines = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(lines, [])]
    when, what = (_position(header, name) for name in ("timestamp", column))
    before: datetime | None = None
    for row, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= max(when, what):
            raise _BadRow(f"row {row} has {len(cells)} columns, the header {len(header)}")
        instant = _instant(cells[when].strip(), row)
        if before is not None and instant <= before:
            again = "the same time as" if instant == before else "before"
            raise _BadRow(f"row {row}: {cells[when].strip()} is {again} the row above")
        before = instant
        yield Timed(row, instant, _value(cells[what].strip(), column, row, gaps=gaps))


def _position(header: list[str], name: str) -> int:
    if header.count(name) == 1:
        return header.index(name)
    if header.count(name) > 1:
        raise _BadRow(f"the column {name} comes twice")
    close = get_close_matches(name, header, n=1)
    hint = f"; is it {close[0]!r}?" if close else ""
    raise _BadRow(f"there is no column {name}{hint}")


def _instant(text: str, row: int) -> datetime:
    try:
        return parse_wire_time(text)
    except ValueError:
        raise _BadRow(
            f"row {row}: {text!r} is no time with a zone; write 2025-11-25T14:00:00Z"
        ) from None


def _value(text: str, column: str, row: int, *, gaps: bool) -> float:
    if gaps and not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise _BadRow(f"row {row}: {column} is {text!r}, a number is wanted")
    return value
