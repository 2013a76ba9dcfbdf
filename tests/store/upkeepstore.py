"""Two days of made-up data of every table, to be damaged, pruned and brought back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from gridctl.config import Config, load_config
from gridctl.landing import Call, Landing
from gridctl.model import Window
from gridctl.sources.synthetic import recipe
from gridctl.store.archive.checksum import row_hash
from gridctl.store.load import load_waiting
from gridctl.store.upsert import column_types

START = datetime(2026, 4, 30, 12, tzinfo=UTC)  # two months, so that an archive has two parts
NOW = datetime(2026, 5, 2, 12, 10, tzinfo=UTC)


@dataclass
class Upkept:
    """A database under test, opened for each call as the program does."""

    config: Config

    @property
    def path(self) -> Path:
        return self.config.database

    @contextmanager
    def opened(self) -> Iterator[Any]:
        with duckdb.connect(str(self.path)) as con:
            con.execute("SET TimeZone = 'UTC'")
            yield con

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        with self.opened() as con:
            for statement in statements:
                rows = con.execute(statement).fetchall()
        return rows

    def count(self, table: str) -> int:
        return int(self.execute(f"SELECT count(*) FROM {table}")[0][0])

    def hashes(self, table: str) -> list[int]:
        """The hash of every row of a table, in order."""
        with self.opened() as con:
            types = column_types(con)[table]
            sql = f"SELECT {row_hash(types, 't')} AS hash FROM {table} t ORDER BY hash"
            return [row[0] for row in con.execute(sql).fetchall()]

    def without_constraints(self, table: str) -> None:
        """As a copy made by another tool is."""
        self.execute(
            f"CREATE TABLE copied AS FROM {table}",
            f"DROP TABLE {table}",
            f"ALTER TABLE copied RENAME TO {table}",
        )


def fill(database: Path) -> None:
    """Make a database of the two days, as fetching made-up data would."""
    config = load_config(environ={}).with_database(database)
    body = recipe(1, Window(START, NOW + timedelta(hours=6)), NOW)
    Landing(database).land(
        Call("synthetic", "grid", "synthetic", "embedded", NOW, NOW, body, NOW, NOW)
    )
    load_waiting(config, NOW)


def copy_of(filled: Path, config: Config) -> Upkept:
    """The filled database at the place of a test's own."""
    for suffix in (".duckdb", ".landing.sqlite"):
        shutil.copy(filled.with_suffix(suffix), config.database.with_suffix(suffix))
    return Upkept(config)
