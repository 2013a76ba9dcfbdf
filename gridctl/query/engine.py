"""Run one statement so that Ctrl-C stops it, and turn the engine's errors into one line."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb

from gridctl.errors import DatabaseError, UsageError
from gridctl.query.answer import Answer

# Rows become Python objects outside the engine's memory limit, so they have a limit of their own.
MOST_ROWS = 1_000_000
_BATCH = 20_000


def ask(con: Any, sql: str, values: Mapping[str, Any] | None, limit: int | None) -> Answer:
    """Run one statement and fetch its rows, at most ``limit``.

    The engine works in a thread: not every version lets go of ``execute`` on Ctrl-C, but all of
    them listen to ``interrupt``. Raises :class:`UsageError` with the engine's own first line, and
    ``KeyboardInterrupt`` on Ctrl-C, when the engine has stopped.
    """
    outcome: list[Answer | BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            outcome.append(_fetch(con, sql, values, limit, stop))
        except BaseException as error:
            outcome.append(error)
        finally:
            done.set()

    stop = threading.Event()
    threading.Thread(target=work, name="gridctl-query", daemon=True).start()
    try:
        done.wait()
    except BaseException:
        stop.set()
        con.interrupt()
        while not done.wait(0.1):
            con.interrupt()  # again: one that comes while the engine is only starting is forgotten
        raise
    with plain_errors():
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]


@contextmanager
def plain_errors() -> Iterator[None]:
    """The engine's errors as one line: damage to the file is not the asker's fault, the rest is."""
    try:
        yield
    except (duckdb.IOException, duckdb.SerializationException) as error:
        raise DatabaseError(f"the database could not be read: {_first_line(error)}") from None
    except (duckdb.FatalException, duckdb.InternalException) as error:
        raise DatabaseError(f"DuckDB failed: {_first_line(error)}") from None
    except duckdb.OutOfMemoryException as error:
        raise UsageError(
            f"the query needs more memory than query.memory_limit allows: {_first_line(error)}"
        ) from None
    except duckdb.Error as error:
        raise UsageError(_with_hint(error)) from None


def _fetch(
    con: Any, sql: str, values: Mapping[str, Any] | None, limit: int | None, stop: threading.Event
) -> Answer:
    result = con.execute(sql, values) if values else con.execute(sql)
    described = result.description or []
    names = _distinct([name for name, *_ in described])
    columns = [(name, str(kind)) for name, (_, kind, *_) in zip(names, described, strict=True)]
    most = MOST_ROWS + 1 if limit is None else limit
    rows: list[tuple[Any, ...]] = []
    while len(rows) < most and not stop.is_set():
        batch = result.fetchmany(min(_BATCH, most - len(rows)))
        if not batch:
            break
        rows += batch
    if limit is None and len(rows) > MOST_ROWS:
        raise UsageError(
            f"the answer has more than {MOST_ROWS:,} rows; narrow it, or say how many with --limit"
        )
    return Answer(columns, rows)


def _distinct(names: list[str]) -> list[str]:
    """Names that may repeat (``SELECT 1, 1``) made different, so that no value hides another."""
    taken: set[str] = set()
    distinct = []
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.add(candidate)
        distinct.append(candidate)
    return distinct


def _with_hint(error: duckdb.Error) -> str:
    """The first line, and the engine's guess at what was meant if the second is one."""
    first, *more = [*str(error).strip().splitlines(), ""]
    if "Values were not provided" in first:
        return f"{first}; declare each in a comment: -- param: name type = default : meaning"
    guess = more[0].startswith(("Did you mean", "Candidate"))
    return f"{first} {more[0]}" if guess else first or type(error).__name__


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
