"""Read a CSV file with a row for each instant, naming the row of whatever is wrong."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from gridctl.clock import parse_wire_time
from gridctl.errors import DataError


class BadRow(ValueError):
    """What is wrong with a row or the header, for a :class:`DataError` that names the file."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its number (the header is row 1), its instant in UTC and as written, its texts."""

    row: int
    at: datetime
    when: str
    texts: tuple[str, ...]


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
    sha256, cells = read_cells(path, [column])
    try:
        rows = tuple(_in_order(cells, column, gaps=gaps))
    except BadRow as error:
        raise DataError(f"{path}: {error}") from None
    return TimedFile(path.name, sha256, rows)


def read_cells(path: Path, columns: Sequence[str]) -> tuple[str, list[Cells]]:
    """The SHA-256 of a file's bytes, and the texts of ``columns`` beside each ``timestamp``.

    Times carry their zone, in any order; other columns and empty lines are left alone. Raises
    :class:`DataError` naming the file and the row.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is no text in UTF-8") from None
    try:
        rows = list(_cells(text, columns))
    except BadRow as error:
        raise DataError(f"{path}: {error}") from None
    except csv.Error:
        raise DataError(f"{path} is no CSV that can be read: is a quotation mark open?") from None
    if not rows:
        raise DataError(f"{path} holds no rows under its header")
    return hashlib.sha256(content).hexdigest(), rows


def _cells(text: str, columns: Sequence[str]) -> Iterator[Cells]:
    lines = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(lines, [])]
    when, *wanted = (_position(header, name) for name in ("timestamp", *columns))
    for row, line in enumerate(lines, start=2):
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        if len(cells) <= max(when, *wanted):
            raise BadRow(f"row {row} has {len(cells)} columns, the header {len(header)}")
        texts = tuple(cells[position] for position in wanted)
        yield Cells(row, _instant(cells[when], row), cells[when], texts)


def _in_order(rows: Sequence[Cells], column: str, *, gaps: bool) -> Iterator[Timed]:
    before: datetime | None = None
    for cells in rows:
        if before is not None and cells.at <= before:
            again = "the same time as" if cells.at == before else "before"
            raise BadRow(f"row {cells.row}: {cells.when} is {again} the row above")
        before = cells.at
        yield Timed(cells.row, cells.at, _value(cells.texts[0], column, cells.row, gaps=gaps))


def _position(header: list[str], name: str) -> int:
    if header.count(name) == 1:
        return header.index(name)
    if header.count(name) > 1:
        raise BadRow(f"the column {name} comes twice")
    close = get_close_matches(name, header, n=1)
    hint = f"; is it {close[0]!r}?" if close else ""
    raise BadRow(f"there is no column {name}{hint}")


def _instant(text: str, row: int) -> datetime:
    try:
        return parse_wire_time(text)
    except ValueError:
        raise BadRow(
            f"row {row}: {text!r} is no time with a zone; write 2025-11-25T14:00:00Z"
        ) from None


def _value(text: str, column: str, row: int, *, gaps: bool) -> float:
    return math.nan if gaps and not text else number_of(text, column, row)


def number_of(text: str, column: str, row: int) -> float:
    """A finite number. Raises :class:`BadRow`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise BadRow(f"row {row}: {column} is {text!r}, a number is wanted")
    return value
