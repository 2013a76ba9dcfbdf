"""Bring a database file to the schema in ``schema/``: numbered steps, then macros, views, comments.

The ledger ``gridctl.schema_steps`` records each step in the transaction that applied it. Macros,
views and comments are replaced when their text changed, recorded in ``gridctl.schema_texts``.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from gridctl import __version__
from gridctl.errors import DatabaseError
from gridctl.regions import all_regions
from gridctl.resources import schema_dir
from gridctl.store.leftovers import remove_abandoned, remove_database
from gridctl.store.transaction import transaction

# Files made by any supported DuckDB open in all of them: 2.0 would otherwise write its own format.
STORAGE_VERSION = "v1.5.0"

_LEDGER = """
CREATE SCHEMA IF NOT EXISTS gridctl;
CREATE TABLE IF NOT EXISTS gridctl.schema_steps (
    step INTEGER PRIMARY KEY, name VARCHAR NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now(), gridctl_version VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS gridctl.schema_texts (
    name VARCHAR PRIMARY KEY, sha256 VARCHAR NOT NULL);
"""


def steps() -> list[tuple[int, Path]]:
    """The numbered steps in order: ``(1, .../0001_regions.sql)`` and so on."""
    files = sorted((schema_dir() / "steps").glob("[0-9]*.sql"))
    return [(int(file.name.split("_")[0]), file) for file in files]


def create_if_missing(path: Path) -> list[str]:
    """Build a new database beside ``path`` and move it there whole; the steps applied.

    A process killed on the way leaves only a temporary file, which the next one removes. When two
    processes create at once, one file wins and the other is discarded. Returns ``[]`` when the
    file exists. Raises :class:`DatabaseError` when the folder cannot be written.
    """
    if path.exists():
        return []
    building = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path.parent, f".{path.name}.{{pid}}.new")
        con = duckdb.connect(
            str(building), config={"storage_compatibility_version": STORAGE_VERSION}
        )
        try:
            con.execute("SET TimeZone = 'UTC'")
            applied = upgrade(con, path)
            con.execute("CHECKPOINT")
        finally:
            con.close()
        with suppress(FileExistsError):
            os.link(building, path)  # unlike rename, never replaces a file made meanwhile
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise DatabaseError(f"cannot create a database at {path}: {reason}") from None
    finally:
        remove_database(building)
    return applied


def upgrade(con: Any, path: Path) -> list[str]:
    """Apply the steps and texts the database lacks, each step in one transaction.

    Returns the names applied. Raises :class:`DatabaseError` when the database is newer than this
    program, or is not gridctl's.
    """
    known = steps()
    done = _steps_done(con)
    if done is None:
        _refuse_foreign(con, path)
        con.execute(_LEDGER)
    done = done or set()
    _refuse_newer(done, known, path)
    applied = []
    for number, file in known:
        if number in done:
            continue
        with transaction(con):
            con.execute(file.read_text(encoding="utf-8"))
            if number == 1:
                _seed_regions(con)
            con.execute(
                "INSERT INTO gridctl.schema_steps (step, name, gridctl_version) VALUES (?, ?, ?)",
                [number, file.stem, __version__],
            )
        applied.append(file.stem)
    return applied + _replace_texts(con, stepped=bool(applied))


def check_readable(con: Any, path: Path) -> None:
    """Raise :class:`DatabaseError` unless the database has exactly this program's schema."""
    done = _steps_done(con)
    if done is None:
        raise DatabaseError(f"{path} is not a gridctl database; name another with --db")
    known = steps()
    _refuse_newer(done, known, path)
    if done != {number for number, _ in known}:
        raise DatabaseError(f"{path} has an older schema; upgrade it with: gridctl init")


def _steps_done(con: Any) -> set[int] | None:
    """The steps in the ledger; ``None`` when there is no ledger."""
    try:
        return {row[0] for row in con.execute("SELECT step FROM gridctl.schema_steps").fetchall()}
    except duckdb.CatalogException:
        return None


def _refuse_foreign(con: Any, path: Path) -> None:
    if con.execute("SELECT 1 FROM duckdb_tables() WHERE NOT internal LIMIT 1").fetchall():
        raise DatabaseError(f"{path} holds other tables and is not a gridctl database")


def _refuse_newer(done: set[int], known: list[tuple[int, Path]], path: Path) -> None:
    newest = known[-1][0]
    if done and max(done) > newest:
        raise DatabaseError(
            f"{path} has schema step {max(done)}, this gridctl {__version__} knows {newest}; "
            "upgrade gridctl"
        )


def _replace_texts(con: Any, *, stepped: bool) -> list[str]:
    root = schema_dir()
    recorded = dict(con.execute("SELECT name, sha256 FROM gridctl.schema_texts").fetchall())
    comments = root / "comments.sql"
    replaced: list[str] = []
    for file in [root / "macros.sql", *sorted((root / "views").glob("*.sql")), comments]:
        text = file.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        # What is made anew has lost its comment.
        outdated = recorded.get(file.stem) != digest or (file == comments and (stepped or replaced))
        if not outdated:
            continue
        with transaction(con):
            con.execute(text)
            con.execute(
                "INSERT OR REPLACE INTO gridctl.schema_texts VALUES (?, ?)", [file.stem, digest]
            )
        replaced.append(file.stem)
    return replaced


def _seed_regions(con: Any) -> None:
    """Fill ``uk_regions``. The share of demand is estimated from customers connected."""
    from json import dumps

    from gridctl.model import natural_id

    regions = all_regions()
    total = sum(region.customers_millions for region in regions)
    rows = [
        (
            natural_id("uk_regions", r.number),
            r.number,
            r.code,
            r.gsp_group,
            r.name,
            r.short_name,
            r.dno_name,
            dumps(list(r.postcode_areas)),
            r.latitude,
            r.longitude,
            100 * r.customers_millions / total,
            f"estimate: {r.customers_millions:g} of {total:.1f} million customers connected "
            "(operators' rounded figures), not metered demand",
        )
        for r in regions
    ]
    con.executemany(
        """INSERT INTO uk_regions (id, region_number, region_code, gsp_group, region_name,
               short_name, dno_name, postcode_areas, latitude, longitude, demand_share,
               demand_share_basis)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        rows,
    )
