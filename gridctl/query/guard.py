"""Let users' own SQL read the tables and do nothing else.

Two walls: the engine is opened read-only with everything outside the file shut, and the statement
is inspected before it runs, because some functions act even so (``enable_logging`` ends the
process). What cannot be inspected is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from gridctl.errors import UsageError
from gridctl.query.engine import plain_errors

# Functions that may stand in FROM: they make rows out of their arguments or tell of the tables.
TABLE_FUNCTIONS = frozenset({
    "range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree",
    "duckdb_columns", "duckdb_constraints", "duckdb_functions", "duckdb_indexes",
    "duckdb_keywords", "duckdb_schemas", "duckdb_tables", "duckdb_types", "duckdb_views",
    "pragma_table_info", "pragma_show", "pragma_version", "pg_timezone_names",
    "icu_calendar_names",
})  # fmt: skip
# Functions that act, wait, reach outside, or run SQL that was not inspected.
_REFUSED = frozenset({
    "write_log", "getenv", "nextval", "currval", "setval", "setseed", "sleep_ms", "query",
    "query_table", "glob", "which_secret", "sniff_csv", "json_execute_serialized_sql",
    "parse_duckdb_log_message", "force_checkpoint", "checkpoint", "add_parquet_key",
    "import_database", "copy_database",
})  # fmt: skip
_REFUSED_STARTS = ("read_", "scan_", "parquet_", "enable_", "disable_", "load_", "install_")
# EXPLAIN, whose remainder is the statement explained. No comment may stand before or inside it:
# were one read differently here than in the engine, the wrong statement would be inspected.
_EXPLAIN = re.compile(
    r"[ \t\r\n]*EXPLAIN(?:[ \t\r\n]+ANALYZE)?(?:[ \t\r\n]*\([a-z \t\r\n,]*\))?(?=[ \t\r\n(])",
    re.IGNORECASE | re.ASCII,
)
_LONGEST = 1_000_000  # characters


def admit(con: Any, sql: str, memory_limit: str) -> str:
    """The one statement in ``sql``, inspected, with ``con`` shut to everything but reading.

    Shut first: DuckDB 1.5 opens the file of an ``IMPORT DATABASE`` while it merely parses. ``con``
    must be read-only. Raises :class:`UsageError` saying what is refused.
    """
    shut(con, memory_limit)
    return inspect(con, sql)


def inspect(con: Any, sql: str) -> str:
    """The one SELECT or EXPLAIN in ``sql``. Raises :class:`UsageError` for anything else."""
    if len(sql) > _LONGEST:
        raise UsageError(f"the SQL has {len(sql):,} characters; at most {_LONGEST:,} are read")
    with plain_errors():
        statements = con.extract_statements(sql)
    kind = statements[0].type if len(statements) == 1 else None
    if not statements:
        raise UsageError("one SELECT or EXPLAIN is asked for; there is no statement in this")
    if kind is None or kind.name == "MULTI":
        raise UsageError(
            "exactly one SELECT or EXPLAIN is asked for; these are several "
            "(a PIVOT without an IN list counts as several)"
        )
    if kind == duckdb.StatementType.EXPLAIN:
        prefix = _EXPLAIN.match(sql)
        if prefix is None:
            raise UsageError("this EXPLAIN cannot be inspected; begin with EXPLAIN SELECT")
        _inspect_select(con, sql[prefix.end() :])
    elif kind == duckdb.StatementType.SELECT:
        _inspect_select(con, sql)
    else:
        raise UsageError(f"SQL here only reads: {kind.name} is refused; write a SELECT or EXPLAIN")
    return sql


def shut(con: Any, memory_limit: str) -> None:
    """Close files, network, Python's variables and settings to a connection, for good."""
    try:
        con.execute(f"SET memory_limit = '{_quoted(memory_limit)}'")
    except duckdb.Error:
        raise UsageError(f"query.memory_limit {memory_limit!r} is not a size such as 2GB") from None
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET temp_directory = ''")  # a question writes nothing, not even its overflow
    con.execute("SET python_enable_replacements = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _inspect_select(con: Any, sql: str) -> None:
    for node in _nodes(_tree(con, sql)):
        if node.get("type") == "TABLE_FUNCTION":
            name = str(node.get("function", {}).get("function_name", "")).lower()
            if name not in TABLE_FUNCTIONS:
                raise UsageError(f"SQL here only reads the tables: {name}() in FROM is refused")
        elif str(node.get("type", "")).endswith("_QUERY_NODE"):
            what = str(node["type"]).removesuffix("_QUERY_NODE")
            raise UsageError(f"SQL here only reads: {what} is refused")
        name = str(node.get("function_name", "")).lower()
        if name in _REFUSED or name.startswith(_REFUSED_STARTS):
            raise UsageError(f"SQL here only reads the tables: {name}() is refused")


def _tree(con: Any, sql: str) -> Any:
    refused = "one SELECT or EXPLAIN that can be inspected is asked for"
    with plain_errors():
        text = con.execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchall()[0][0]
    try:
        tree = json.loads(text)
    except RecursionError:
        raise UsageError(f"{refused}: this one is nested too deeply") from None
    if tree["error"]:
        raise UsageError(f"{refused}: {tree['error_message'].splitlines()[0]}")
    if len(tree["statements"]) != 1:
        raise UsageError(f"{refused}: this is not one statement")
    return tree["statements"]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    # A stack, not recursion: the trees of long expressions are deep.
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
