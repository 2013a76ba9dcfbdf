"""The queries that have names: ``schema/queries/*.sql``, and users' own beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from gridctl import clock
from gridctl.errors import UsageError
from gridctl.query.header import Query, read_query
from gridctl.query.own import as_name, own_files, read_own
from gridctl.query.params import Value, convert, parse_assignments
from gridctl.resources import schema_dir

__all__ = ["Query", "all_queries", "convert_params", "find", "hidden_file", "parse_assignments"]


def all_queries(folder: Path | None = None, say: clock.Say = lambda _: None) -> tuple[Query, ...]:
    """Every query by name, gridctl's and those of the folder. Needs no database.

    ``say`` hears of each file that is no query, or whose name is taken; the others are not
    affected.
    """
    queries = dict(_built_in())
    try:
        files = own_files(folder)
    except UsageError as error:
        say(str(error))
        files = {}
    for name, file in files.items():
        if name in queries:
            say(_hidden(name, file))
            continue
        try:
            queries[name] = read_own(file)
        except UsageError as error:
            say(str(error))
    return tuple(queries[name] for name in sorted(queries))


def find(name: str, folder: Path | None = None) -> Query:
    """The query of that name, gridctl's before the folder's.

    Raises :class:`UsageError` naming the closest when there is none, and what is wrong with a file
    of the folder that is no query.
    """
    wanted = as_name(name)
    if wanted in _built_in():
        return _built_in()[wanted]
    files = own_files(folder)
    if wanted in files:
        return read_own(files[wanted])
    close = get_close_matches(wanted, [*_built_in(), *files], n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "see: gridctl query --list"
    raise UsageError(f"there is no query {name!r}; {hint}")


def hidden_file(query: Query, folder: Path | None) -> tuple[str, ...]:
    """What to say when a file of the folder bears the name of this query of gridctl's."""
    try:
        file = None if query.file else own_files(folder).get(query.name)
    except UsageError:
        return ()  # nothing of it is asked here
    return (_hidden(query.name, file),) if file else ()


def convert_params(
    query: Query, given: Mapping[str, object], now: datetime, say: clock.Say | None = None
) -> dict[str, Value]:
    """The values to bind for a query (:func:`gridctl.query.params.convert`)."""
    try:
        return convert(query.params, given, now, say)
    except UsageError as error:
        raise UsageError(f"{query.name}: {error}") from None


@cache
def _built_in() -> dict[str, Query]:
    files = sorted((schema_dir() / "queries").glob("*.sql"))
    return {file.stem: read_query(file.stem, file.read_text(encoding="utf-8")) for file in files}


def _hidden(name: str, file: Path) -> str:
    return f"{file} is not asked: gridctl has a query {name} of its own; give the file another name"
