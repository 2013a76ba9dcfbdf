"""Columns of a CSV or Parquet file, read once and checked row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gridctl.clock import EARLIEST, LATEST
from gridctl.errors import DataError
from gridctl.schedule.csv_columns import LIMITS, need_columns, no_number, no_time, plain_names
from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.kernels.range_min import Ints

_ZONE = r"\d[T ]\d.*(?:[zZ]|[+-]\d\d(?::?\d\d)?)\s*$"


@dataclass
class Columns:
    """A file's columns by name and each row's number in it: of a CSV the header is row 1.

    ``wrong`` collects what is the matter, by row; the checks never raise, so that all are seen.
    """

    path: Path
    table: Any
    rows: Ints
    wrong: dict[int, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The columns there are."""
        return list(self.table.column_names)

    def text(self, name: str) -> Any:
        """A column as a pandas series of text, missing or blank as ``None``."""
        import pyarrow as pa

        plain = self.table[name].cast(pa.string()).to_pandas().astype(object)
        return plain.where(plain.notna() & (plain.str.strip() != ""), None)

    def numbers(self, name: str) -> Floats:
        """A column of finite numbers, NaN where blank; what is no number is reported."""
        import pandas as pd

        text = self.text(name)
        values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        named_nan = text.str.strip().str.lower().isin(["nan", "null", "none"]).to_numpy(dtype=bool)
        bad = text.notna().to_numpy() & ~np.isfinite(values) & ~named_nan
        if name in LIMITS:
            low, high = LIMITS[name]
            bad |= (values < low) | (values > high)
        self.report(bad, lambda found: no_number(name, found), text)
        return np.where(np.isfinite(values), values, np.nan)

    def instants(self, name: str, *, zone: str | None = None) -> Floats:
        """A column of times as epoch seconds, NaN where blank.

        A time without zone is reported, unless ``zone`` (only UTC) says what its clock was.
        """
        import pandas as pd

        text = self.text(name)
        if zone is None:
            bare = text.notna() & ~text.str.contains(_ZONE, regex=True, na=False)
            self.report(bare.to_numpy(dtype=bool), lambda found: f"{name}: {no_time(found)}", text)
        moments = pd.to_datetime(text, utc=True, errors="coerce", format="ISO8601")
        bad = text.notna().to_numpy() & moments.isna().to_numpy()
        self.report(bad, lambda found: f"{name}: {no_time(found)}", text)
        year = moments.dt.year
        far = ((year < EARLIEST.year) | (year >= LATEST.year)).to_numpy(dtype=bool)
        self.report(far, lambda found: f"{name} {found!r} is outside the years 1900 to 2199", text)
        moments = moments.where(~far)
        seconds = (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
        return np.asarray(seconds, dtype=np.float64)

    def report(self, bad: Bools, message: str | Callable[[str], str], text: Any = None) -> None:
        """Note ``message`` against the rows that are ``bad``; or what it says of their ``text``."""
        for index in np.flatnonzero(bad):
            said = message if isinstance(message, str) else message(text.iloc[index].strip())
            self.wrong.setdefault(int(index), said)

    def raise_first(self, advice: str = "") -> None:
        """Raise :class:`DataError` for the first bad row, if there is one."""
        if not self.wrong:
            return
        index = min(self.wrong)
        more = f" ({len(self.wrong) - 1:,} more bad rows)" if len(self.wrong) > 1 else ""
        raise DataError(f"{self.path}, row {self.rows[index]}: {self.wrong[index]}{more}{advice}")


def read_columns(path: Path, *, needed: Sequence[str] = ()) -> Columns:
    """Read a CSV or Parquet file. Raises :class:`DataError` when it cannot be read, or lacks one
    of ``needed``."""
    import pyarrow as pa

    ragged: list[tuple[int, str]] = []
    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        table = _parquet(path) if is_parquet else _csv(path, ragged)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    except pa.ArrowException as error:
        raise DataError(f"{path} is no CSV or Parquet file: {str(error).splitlines()[0]}") from None
    table = table.rename_columns(plain_names(table.column_names))
    need_columns(path, table.column_names, {*needed, *table.column_names})
    return _with_ragged(path, table, ragged, first=1 if is_parquet else 2)


def _parquet(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    for index, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            if column.type.tz is None:
                raise DataError(f"{path}: the times of {column.name} have no zone; store them UTC")
            zoned = table[column.name].cast(pa.timestamp("us", tz="UTC"))
            table = table.set_column(index, column.name, zoned)
    return table


def _csv(path: Path, ragged: list[tuple[int, str]]) -> Any:
    from pyarrow import csv

    def note(row: Any) -> str:
        ragged.append((row.number, f"{row.actual_columns} fields, not {row.expected_columns}"))
        return "skip"

    names = csv.open_csv(path, parse_options=csv.ParseOptions(invalid_row_handler=lambda _: "skip"))
    import pyarrow as pa

    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(use_threads=False),
        parse_options=csv.ParseOptions(invalid_row_handler=note, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types={name: pa.string() for name in names.schema.names}
        ),
    )


def _with_ragged(path: Path, table: Any, ragged: list[tuple[int, str]], first: int) -> Columns:
    """Rows of the wrong length were left out of the table: give them back as rows of nothing."""
    import pyarrow as pa

    count = len(table) + len(ragged)
    rows = np.arange(first, first + count)
    if not ragged:
        blank = _blank(table)
        return Columns(path, table.filter(~blank) if blank.any() else table, rows[~blank])
    numbers = [number for number, _ in ragged]
    kept = np.flatnonzero(~np.isin(rows, numbers))
    place = np.full(count, -1)
    place[kept] = np.arange(len(kept))
    whole = table.take(pa.array(place, mask=place < 0))
    return Columns(path, whole, rows, {number - first: text for number, text in ragged})


def _blank(table: Any) -> Bools:
    """Which rows hold nothing at all: empty lines, most often the last."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = np.full(len(table), bool(table.column_names))
    for column in table.columns:
        if not blank.any():
            break
        if not pa.types.is_string(column.type):
            return np.zeros(len(table), dtype=bool)
        blank &= pc.equal(column, "").fill_null(False).to_numpy()
    return blank
