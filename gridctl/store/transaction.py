"""All of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import duckdb


@contextmanager
def transaction(con: Any) -> Iterator[None]:
    """What is executed on ``con`` within is written as a whole, or when anything fails not at all.

    What failed is raised as it was, also where DuckDB has given the transaction up by itself.
    """
    con.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
