"""``queries.md``: what each canned query takes and answers, with an answer from a sample grid.

The sample is the synthetic source at a fixed moment, and ``sample.sql`` for what that does not
make. So the page changes only when a query, the sample or the synthetic source does.
"""

from __future__ import annotations

import shlex
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridctl.config import Config
    from gridctl.query.answer import Answer
    from gridctl.query.header import Query

MOMENT = datetime(2026, 5, 6, 12, 10, tzinfo=UTC)
THEMES = {
    "carbon": "Carbon",
    "regions": "Regions",
    "mix": "Generation mix",
    "demand": "Demand",
    "prices": "Prices",
    "forecasts": "Forecasts held against what came",
    "flexibility": "Beckn and flexibility",
    "jobs": "Jobs and decisions",
    "upkeep": "Upkeep",
}
_SQL = Path(__file__).parent / "sample.sql"
_MOST_ROWS, _WIDEST = 5, 100
_INTRODUCTION = """# Canned queries

Made from `schema/queries/` by `python docs/generate.py`. Ask with `gridctl query NAME`, change a
parameter with `--param name=value`, look at a past moment with `--as-of`, read the SQL with
`--show-sql`. Queries of your own stand beside these: [own-queries.md](own-queries.md).

The answers shown are from made-up data of 6 May 2026, at 12:10 UTC, cut to a few rows and to the
columns that fit. Every row of a query about the grid says in `is_synthetic` whether it is made up.
"""


def make_sample(folder: Path) -> Config:
    """A database in ``folder`` on which every query has an answer at :data:`MOMENT`."""
    from gridctl.config import load_config
    from gridctl.fetch import Plan, fetch
    from gridctl.store.connect import open_writer

    environment = {"GRIDCTL_CONFIG": str(folder / "gridctl.toml")}
    (folder / "gridctl.toml").touch()  # whoever makes this page has settings of their own
    config = load_config(environ=environment).with_database(folder / "grid.duckdb")
    fetch(config, ["synthetic"], Plan(), MOMENT)
    with open_writer(config.database, timedelta(seconds=10)) as con:
        con.execute(_SQL.read_text(encoding="utf-8"))
    return config


def answer_example(config: Config, query: Query) -> Answer:
    """What the query's example answers on the sample."""
    from gridctl.query.catalogue import parse_assignments
    from gridctl.query.run import run_named

    words = shlex.split(query.examples[0])
    given = [value for option, value in pairwise(words) if option == "--param"]
    return run_named(config, query.name, parse_assignments(given), MOMENT)


def queries_page() -> str:
    """The whole page."""
    from gridctl.query.catalogue import all_queries

    queries = all_queries()
    parts = [_INTRODUCTION]
    with tempfile.TemporaryDirectory() as folder:
        config = make_sample(Path(folder))
        for theme, heading in THEMES.items():
            parts.append(f"## {heading}\n")
            parts += [_section(config, query) for query in queries if query.theme == theme]
    return "\n".join(parts)


def _section(config: Config, query: Query) -> str:
    answer = answer_example(config, query)
    columns = ", ".join(f"`{name}` {_kind(kind)}" for name, kind in answer.columns)
    parts = [f"### {query.name}\n\n{query.description}\n"]
    if query.params:
        rows = "\n".join(
            f"| `{p.name}` | {p.type.replace('|', ', ')} | {_default(p.default)} "
            f"| {p.description} |"
            for p in query.params
        )
        parts.append(f"| parameter | type | default | meaning |\n|---|---|---|---|\n{rows}\n")
    parts += [f"{note[0].upper()}{note[1:]}.\n" for note in query.notes]
    parts.append(f"Columns: {columns}.\n")
    fills = ", ".join(f"`{table}` (`{command}`)" for table, command in query.needs.items())
    parts.append(f"Reads {fills}.\n")
    parts.append(f"```console\n$ {query.examples[0]}\n{_sample(answer)}```\n")
    return "\n".join(parts)


def _sample(answer: Answer) -> str:
    """The first rows, and of the columns as many as fit."""
    from gridctl.render.layout import plain_table

    rows = answer.rows[:_MOST_ROWS]
    shown = len(answer.columns)
    while True:
        table = plain_table(answer.columns[:shown], [row[:shown] for row in rows])
        if shown == 1 or max(map(len, table.splitlines())) <= _WIDEST:
            break
        shown -= 1
    lines = "".join(f"{line.rstrip()}\n" for line in table.splitlines())
    left = [
        f"{total - count} more {noun}{'' if total - count == 1 else 's'}"
        for total, count, noun in (
            (len(answer.rows), len(rows), "row"),
            (len(answer.columns), shown, "column"),
        )
        if total > count
    ]
    return f"{lines}[{', '.join(left)}]\n" if left else lines


def _kind(kind: str) -> str:
    return "TIMESTAMPTZ" if kind == "TIMESTAMP WITH TIME ZONE" else kind


def _default(value: str | None) -> str:
    return "" if value is None else f"`{value}`"
