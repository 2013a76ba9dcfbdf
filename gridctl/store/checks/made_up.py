"""Made-up rows in a table that holds real ones too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.model import SYNTHETIC
from gridctl.store.checks.finding import WARNING, Asked, Check, Found, bad_rows
from gridctl.store.tables import TABLES


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    real = con.execute(f"SELECT count(*) FROM {table} WHERE source <> '{SYNTHETIC}'").fetchall()
    if real[0][0]:
        what = f"made-up rows beside {real[0][0]} real ones"
        yield from bad_rows(con, asked, table, f"source = '{SYNTHETIC}'", what, by_region=False)


CHECK = Check(
    "synthetic_beside_real", WARNING, "a table holds made-up rows and real ones", tuple(TABLES),
    _find,
)  # fmt: skip
