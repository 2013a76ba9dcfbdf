"""What a query answered: plain rows, and the same as pandas or Arrow when asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from gridctl.plain import csv_value

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Column = tuple[str, str]  # name and DuckDB type

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_ARROW = {
    "BOOLEAN": "bool_",
    "TINYINT": "int8",
    "SMALLINT": "int16",
    "INTEGER": "int32",
    "BIGINT": "int64",
    "UTINYINT": "uint8",
    "USMALLINT": "uint16",
    "UINTEGER": "uint32",
    "UBIGINT": "uint64",
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "DATE": "date32",
    "BLOB": "binary",
}


_ROWS_IN_NOTEBOOKS = 20


@dataclass(frozen=True, repr=False)
class Answer:
    """Rows with the names and DuckDB types of their columns, closed connection and all.

    ``notes`` are what a reader should be told beside the rows: caveats, or why there are none.
    """

    columns: list[Column]
    rows: list[tuple[Any, ...]]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(name for name, _ in self.columns)
        return f"<Answer: {len(self.rows)} rows of {names}>"

    def _repr_html_(self) -> str:
        """The first rows for a notebook, and what there is to say of them; all of it escaped."""
        shown = Answer(self.columns, self.rows[:_ROWS_IN_NOTEBOOKS])
        table = shown.df().to_html(index=False, border=0, na_rep="", escape=True)
        said = [f"{len(self.rows):,} rows", *self.notes]
        if len(self.rows) > len(shown.rows):
            said[0] += f", the first {len(shown.rows)} shown"
        return f"{table}\n<p>{'<br>'.join(map(escape, said))}</p>"

    def dicts(self) -> list[dict[str, Any]]:
        """One mapping per row, by column name."""
        names = [name for name, _ in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def arrow(self) -> pa.Table:
        """The rows as an Arrow table with the columns' types, even when there are no rows."""
        return to_arrow(self.columns, self.rows)

    def df(self) -> pd.DataFrame:
        """The rows as a pandas frame; times are UTC, and sums (HUGEINT) floats, to be drawn."""
        frame: pd.DataFrame = self.arrow().to_pandas()
        sums = {name: "float64" for name, kind in self.columns if kind == "HUGEINT"}
        return frame.astype(sums) if sums else frame


def to_arrow(columns: list[Column], rows: list[tuple[Any, ...]]) -> pa.Table:
    """An Arrow table of rows whose columns have DuckDB types.

    What Arrow has no plain type for is text, spelled as in CSV: a STRUCT or MAP is JSON.
    Raises ``pyarrow.ArrowException`` for a value outside its type, such as a year after 9999.
    """
    import pyarrow as pa

    arrays = []
    for index, (_, kind) in enumerate(columns):
        values = [row[index] for row in rows]
        arrow_type = _arrow_type(kind)
        if arrow_type is None:
            arrow_type = pa.string()
            values = [
                None if v is None else v if isinstance(v, str) else csv_value(v) for v in values
            ]
        arrays.append(pa.array(values, type=arrow_type))
    return pa.Table.from_arrays(arrays, names=[name for name, _ in columns])


def _arrow_type(kind: str) -> Any:
    """The Arrow type of a DuckDB type, ``None`` where text says it best (UUID, STRUCT, MAP...)."""
    import pyarrow as pa

    if kind.endswith("[]"):
        inner = _arrow_type(kind[:-2])
        return None if inner is None else pa.list_(inner)
    if kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"):
        return pa.timestamp("us", tz="UTC")
    if kind in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"):
        return pa.timestamp("us")
    if kind == "TIME":
        return pa.time64("us")
    if kind == "INTERVAL":
        return pa.duration("us")
    if kind == "HUGEINT":
        return pa.decimal128(38, 0)
    if decimal := _DECIMAL.fullmatch(kind):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return getattr(pa, _ARROW[kind])() if kind in _ARROW else None
