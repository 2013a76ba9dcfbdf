"""What there is to export: the tables of the database with their columns and keys."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column with its DuckDB type."""

    name: str
    type: str
    is_required: bool

    @property
    def is_time(self) -> bool:
        return self.type == "TIMESTAMP WITH TIME ZONE"

    @property
    def is_nested(self) -> bool:
        return self.type.endswith(("]", ")")) and not self.type.startswith("DECIMAL")

    @property
    def quoted(self) -> str:
        return quoted(self.name)


@dataclass(frozen=True)
class Table:
    """A table; ``references`` are its columns that name the ``id`` of a row of another table."""

    name: str
    columns: tuple[Column, ...]
    references: dict[str, str]

    @property
    def quoted(self) -> str:
        return quoted(self.name)


def tables_of(con: Any) -> list[Table]:
    """The tables of the schema, those that others refer to before those."""
    columns: dict[str, list[Column]] = {}
    for table, name, kind, is_nullable in con.execute(
        """SELECT table_name, column_name, data_type, columns.is_nullable
           FROM duckdb_columns() AS columns
           JOIN duckdb_tables() AS tables USING (database_name, schema_name, table_name)
           WHERE database_name = current_database() AND schema_name = 'main'
           ORDER BY table_name, column_index"""
    ).fetchall():
        columns.setdefault(table, []).append(Column(name, kind, not is_nullable))
    references: dict[str, dict[str, str]] = {}
    for table, names, referred in con.execute(
        """SELECT table_name, constraint_column_names, referenced_table FROM duckdb_constraints()
           WHERE schema_name = 'main' AND database_name = current_database()
             AND constraint_type = 'FOREIGN KEY'
             AND referenced_column_names = ['id']"""
    ).fetchall():
        references.setdefault(table, {})[names[0]] = referred
    # Not every version lists tables in an order that references allow.
    order = TopologicalSorter(
        {name: {*references.get(name, {}).values()} - {name} for name in columns}
    )
    return [
        Table(name, tuple(columns[name]), references.get(name, {})) for name in order.static_order()
    ]


def quoted(name: str) -> str:
    """A name as SQL spells one that may be anything."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(path: Path) -> str:
    """A path as SQL text, where the engine takes no parameter."""
    return "'" + str(path).replace("'", "''") + "'"
