"""What a check is, and what it finds: rows of one kind of fault in one table and region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridctl.config import Config
from gridctl.store.tables import time_of
from gridctl.store.upsert import ColumnTypes

ERROR, WARNING = "error", "warning"
ISO = "'%Y-%m-%dT%H:%M:%SZ'"


@dataclass(frozen=True)
class Found:
    """``count`` rows (or half hours) that are at fault, between ``first`` and ``last``.

    ``region_number`` is ``None`` where the table has no regions, or the row is of Great Britain.
    """

    count: int
    what: str
    region_number: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    example: str | None = None


@dataclass(frozen=True)
class Finding:
    """What was found, by which check, and how bad that is: ``error`` or ``warning``."""

    check: str
    severity: str
    table: str
    region_number: int | None
    first: datetime | None
    last: datetime | None
    count: int
    what: str
    example: str | None


@dataclass(frozen=True)
class Asked:
    """What a check may need beside the database: settings, the present, and column types."""

    config: Config
    now: datetime
    types: ColumnTypes

    def time(self, table: str) -> str:
        """The column that says what time the rows of a table are of."""
        return time_of(self.types[table])

    def region(self, table: str) -> str:
        """SQL for the region number of a table's row, NULL where it has none."""
        return "region_number" if "region_number" in self.types[table] else "NULL"


Find = Callable[[Any, str, Asked], Iterable[Found]]


@dataclass(frozen=True)
class Check:
    """``find(con, table, asked)`` yields what is at fault in one of ``tables``."""

    name: str
    severity: str
    about: str
    tables: tuple[str, ...]
    find: Find


def bad_rows(
    con: Any,
    asked: Asked,
    table: str,
    broken: str,
    what: str,
    *,
    relation: str | None = None,
    example: str = "id::VARCHAR",
    worst: str | None = None,
    by_region: bool = True,
) -> Iterator[Found]:
    """Rows of ``relation`` (the table itself by default) where the SQL ``broken`` holds.

    The ``example`` (SQL text) is of the row with the greatest ``worst``, else of the first in time.
    """
    time, region = asked.time(table), asked.region(table) if by_region else "NULL"
    shown = f"strftime({time}, {ISO}) || ': ' || {example}"
    chosen = f"arg_max({shown}, {worst})" if worst else f"arg_min({shown}, {time})"
    rows = con.execute(
        f"""SELECT {region} AS place, min({time}), max({time}), count(*), {chosen}
            FROM {relation or table} WHERE {broken} GROUP BY place ORDER BY place NULLS FIRST"""
    ).fetchall()
    for place, first, last, count, text in rows:
        yield Found(count, what, place, first, last, text)
