"""Ask the database: a canned query by name, or a user's own SQL behind the guard.

The connection is opened late and closed before the answer is handed back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gridctl import clock
from gridctl.config import Config
from gridctl.errors import UsageError
from gridctl.query import catalogue, guard
from gridctl.query.answer import Answer
from gridctl.query.catalogue import Query
from gridctl.query.engine import ask
from gridctl.store.connect import open_reader

__all__ = ["Answer", "run_named", "run_sql"]


def run_named(
    config: Config,
    name: str,
    params: Mapping[str, object] | None = None,
    as_of: datetime | None = None,
    limit: int | None = None,
    say: clock.Say | None = None,
) -> Answer:
    """Answer a canned query, at most ``limit`` rows, as of a past moment when one is given.

    ``params`` may be texts as a user types them, or values. A user's own query goes through the
    same guard as :func:`run_sql`. Raises :class:`UsageError` for an unknown name, a wrong
    parameter, or a query of the user's that is refused, :class:`DatabaseError` when the database
    cannot be read.
    """
    folder = config.query_folder
    query = catalogue.find(name, folder)
    values = catalogue.convert_params(query, params or {}, as_of or clock.now(), say)
    _check_limit(limit)
    with (
        open_reader(config.database, config["store.lock_timeout"], as_of) as con,
        _naming(query.file),
    ):
        sql = _admitted(con, query, config["query.memory_limit"])
        answer = ask(con, sql, values, limit)
        notes = query.notes if answer.rows else _why_empty(con, query)
    return replace(answer, notes=(*notes, *catalogue.hidden_file(query, folder)))


def run_sql(
    config: Config, sql: str, limit: int | None = None, as_of: datetime | None = None
) -> Answer:
    """Answer one SELECT or EXPLAIN of the user's own, at most ``limit`` rows.

    The tables can be read and nothing else done. Raises :class:`UsageError` for SQL that is
    refused, wrong, or too big, :class:`DatabaseError` when the database cannot be read.
    """
    _check_limit(limit)
    with open_reader(config.database, config["store.lock_timeout"], as_of) as con:
        statement = guard.admit(con, sql, config["query.memory_limit"])
        return ask(con, statement, None, limit)


def _admitted(con: Any, query: Query, memory_limit: str) -> str:
    """The SQL of a query, on a connection shut to everything but reading; users' is inspected."""
    if query.file is not None:
        return guard.admit(con, query.sql, memory_limit)
    guard.shut(con, memory_limit)
    return query.sql


@contextmanager
def _naming(file: Path | None) -> Iterator[None]:
    """What is wrong with a user's own query is said of its file."""
    try:
        yield
    except UsageError as error:
        raise (error if file is None else UsageError(f"{file}: {error}")) from None


def _check_limit(limit: int | None) -> None:
    if limit is not None and limit < 0:
        raise UsageError(f"the limit must be 0 or more rows, not {limit}")


def _why_empty(con: Any, query: Query) -> tuple[str, ...]:
    """Which table lacks rows, and the command that fills it."""
    for table, command in query.needs.items():
        if not ask(con, f"SELECT 1 FROM {table} LIMIT 1", None, None).rows:
            return (f"no data yet: {table} is empty; run: {command}",)
    if query.empty:
        return (query.empty,)
    if not query.needs:
        return ()
    tables = ", ".join(query.needs)
    fill = next(iter(query.needs.values()))
    return (f"no rows: {tables} has data, but none that fits; fresh data: {fill}",)
