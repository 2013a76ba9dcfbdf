"""Power profiles and elastic curves, typed or from a CSV file."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from gridctl.clock import parse_duration
from gridctl.errors import DataError, UsageError
from gridctl.schedule.csv_columns import need_columns, no_number, plain_names
from gridctl.schedule.job.kinds import Curve, Profile
from gridctl.units import parse_power_kw

_PROFILE = ("hours", "power_kw")
_CURVE = ("nodes", "throughput", "power")
_SPELLING = "write 1h:200kW,3h:400kW, or name a CSV file with the columns hours,power_kw"


def read_profile(text: str) -> Profile:
    """``1h:200kW,3h:400kW``, or a CSV file with ``hours,power_kw``, as (hours, kW) pieces.

    Raises :class:`UsageError` for a text that is neither, :class:`DataError` for a bad row.
    """
    if ":" in text and not Path(text).is_file():
        return tuple(_piece(part) for part in text.split(","))
    path = Path(text)
    if not text.strip() or not path.exists():
        raise UsageError(f"--profile {text!r} is neither a profile nor a file: {_SPELLING}")
    pieces = []
    for row, (hours, power) in _rows(path, _PROFILE):
        if hours <= 0:
            raise DataError(f"{path}, row {row}: hours must be more than zero, not {hours:g}")
        if power < 0:
            raise DataError(f"{path}, row {row}: power_kw must not be negative, not {power:g}")
        pieces.append((hours, power))
    return tuple(pieces)


def _piece(text: str) -> tuple[float, float]:
    duration, _, power = text.partition(":")
    try:
        return parse_duration(duration) / timedelta(hours=1), _power(power)
    except UsageError as error:
        raise UsageError(f"--profile, piece {text.strip()!r}: {error}") from None


def _power(text: str) -> float:
    """A power that may be zero, for a pause within the profile."""
    return 0.0 if text.strip().lower() in ("0", "0w", "0kw", "0mw") else parse_power_kw(text)


def read_curve(path: Path) -> Curve:
    """A CSV file with ``nodes,throughput,power``: servers, units of work a second, watts.

    Returns (servers, units a second, kW). Raises :class:`DataError` with the row's number.
    """
    levels: list[tuple[int, float, float]] = []
    for row, (nodes, throughput, watts) in _rows(path, _CURVE):
        where = f"{path}, row {row}"
        if nodes < 0 or nodes != math.floor(nodes):
            raise DataError(f"{where}: nodes must be a whole number from 0, not {nodes:g}")
        if any(int(nodes) == known for known, _, _ in levels):
            raise DataError(f"{where}: {nodes:g} nodes are there twice")
        if throughput < 0:
            raise DataError(f"{where}: throughput must not be negative, not {throughput:g}")
        if nodes > 0 and watts <= 0:
            raise DataError(f"{where}: power must be more than zero watts, not {watts:g}")
        if nodes == 0 and (throughput or watts):
            raise DataError(f"{where}: 0 nodes do no work and draw no power")
        levels.append((int(nodes), throughput, watts / 1000))
    if not any(throughput > 0 for _, throughput, _ in levels):
        raise DataError(f"{path}: no row does any work")
    return tuple(levels)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[float]]]:
    """(row number as an editor counts lines, the named columns as finite numbers)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not a CSV file: it is not text in UTF-8") from None
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    names = plain_names(reader.fieldnames or ())
    need_columns(path, names, columns)
    reader.fieldnames = names
    count = 0
    for record in reader:
        count += 1
        yield reader.line_num, [_number(path, reader.line_num, record, name) for name in columns]
    if not count:
        raise DataError(f"{path} has no rows below its header")


def _number(path: Path, row: int, record: dict[str, str | None], column: str) -> float:
    raw = (record[column] or "").strip()
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"{path}, row {row}: {no_number(column, raw)}")
    return value
