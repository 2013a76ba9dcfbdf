"""``schema.md``: every table and view, and how they hang together, read from a new database."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

# Where each row of fetched data came from, and when rows were written: the same in every table.
COMMON = ("source", "fetched_at", "payload_id", "older_fields", "created_at", "updated_at")
GROUPS = {
    "The grid": (
        "uk_regions", "carbon_intensity_national", "carbon_intensity_regional",
        "generation_mix_national", "generation_mix_regional", "demand_forecast_national",
        "demand_actual_national", "demand_regional", "forecast_vintages",
    ),
    "Prices": ("wholesale_prices", "flexibility_prices"),
    "Beckn compute windows": (
        "grid_zones", "compute_windows", "grid_snapshots", "offers", "beckn_transactions",
    ),
    "Jobs, agents, monitoring": (
        "compute_assets", "compute_workloads", "workload_schedules", "agents",
        "agent_negotiations", "api_logs",
    ),
}  # fmt: skip
HEAD = """# Schema

Made from a new database by `python docs/generate.py`; the SQL is in `schema/`. The same comments
are in the file itself: `SELECT table_name, comment FROM duckdb_tables()`.

`timestamp` is the start of a half hour, in UTC. Units are in the names of columns. A region that is
NULL is Great Britain. Every table has `created_at` and `updated_at`; tables of fetched data also
`source` (`synthetic` is made up), `fetched_at` (the moment its newest payload speaks of),
`payload_id` (that payload, in the landing journal), and `older_fields` (the versions of fields that
an older payload brought). `id` is made from the natural key, so that the same row has the same id
on every machine; jobs and decisions have random ones.
"""

_SHORT = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
_COLUMNS = """
    SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns()
    WHERE schema_name = 'main' AND table_name = ? ORDER BY column_index
"""
_REFERENCES = """
    SELECT table_name, constraint_column_names[1], referenced_table FROM duckdb_constraints()
    WHERE schema_name = 'main' AND constraint_type = 'FOREIGN KEY' ORDER BY ALL
"""


def schema_page() -> str:
    """The whole page."""
    import duckdb

    from gridctl.store.connect import init

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grid.duckdb"
        init(path, timedelta(seconds=10))
        with duckdb.connect(str(path), read_only=True) as con:
            references = con.execute(_REFERENCES).fetchall()
            parts = [HEAD, _diagram(references)]
            for title, tables in GROUPS.items():
                parts.append(f"## {title}\n")
                parts += [_table(con, name, references) for name in tables]
            return "\n".join([*parts, _views(con), _macros(con)])


def _diagram(references: list[tuple[str, str, str]]) -> str:
    lines = [f"    {target} ||--o{{ {table} : {column}" for table, column, target in references]
    joined = {name for table, _, target in references for name in (table, target)}
    alone = [f"`{name}`" for group in GROUPS.values() for name in group if name not in joined]
    return "\n".join(
        [
            "## What refers to what\n",
            *["```mermaid", "erDiagram", *lines, "```\n"],
            f"No foreign keys lead to or from {', '.join(sorted(alone))}.\n",
        ]
    )


def _table(con: Any, name: str, references: list[tuple[str, str, str]]) -> str:
    from gridctl.store.tables import TABLES

    about = con.execute("SELECT comment FROM duckdb_tables() WHERE table_name = ?", [name])
    targets = {column: target for table, column, target in references if table == name}
    key = TABLES[name].key if name in TABLES else ()
    keyed = f" Natural key: {', '.join(f'`{column}`' for column in key)}." if key else ""
    lines = [f"### {name}\n", f"{about.fetchall()[0][0]}.{keyed}\n"]
    lines += ["| column | type | |", "|---|---|---|"]
    for column, kind, nullable, comment in con.execute(_COLUMNS, [name]).fetchall():
        if column in COMMON:
            continue
        notes = ["not null"] if not nullable and column != "id" else []
        notes += [f"→ `{targets[column]}`"] if column in targets else []
        notes += [comment] if comment else []
        lines.append(f"| `{column}` | {_SHORT.get(kind, kind)} | {'; '.join(notes)} |")
    return "\n".join(lines) + "\n"


def _views(con: Any) -> str:
    lines = ["## Views\n"]
    listed = "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1"
    for name, about in con.execute(listed).fetchall():
        columns = ", ".join(f"`{row[0]}`" for row in con.execute(_COLUMNS, [name]).fetchall())
        lines.append(f"### {name}\n\n{about}.\n\n{columns}\n")
    return "\n".join(lines)


def _macros(con: Any) -> str:
    listed = """SELECT function_name, parameters, comment FROM duckdb_functions()
                WHERE function_type = 'macro' AND NOT internal AND comment IS NOT NULL ORDER BY 1"""
    rows = [
        f"| `{name}({', '.join(parameters)})` | {about} |"
        for name, parameters, about in con.execute(listed).fetchall()
    ]
    return "\n".join(["## Macros\n", "| macro | |", "|---|---|", *rows]) + "\n"
