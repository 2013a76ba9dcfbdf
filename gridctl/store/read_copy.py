"""A copy of the database for readers: a notebook that has it open never delays a load.

With ``[store] read_copy`` every load that changed the database renews the copy. It is moved into
its place in one step; whoever has the copy before it open keeps that one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gridctl.config import Config
from gridctl.errors import DatabaseBusyError, GridctlError
from gridctl.store.backup import copy_database, refuse_own_files

_log = logging.getLogger("gridctl.read_copy")


@dataclass(frozen=True)
class ReadCopy:
    """The copy that is there. ``as_of`` is when the database in it was last written."""

    path: Path
    as_of: datetime
    is_current: bool


def read_copy_path(config: Config) -> Path:
    """Where the copy belongs: ``store.read_copy_path``, else ``grid.read.duckdb`` beside it."""
    chosen = config["store.read_copy_path"]
    return Path(chosen).expanduser() if chosen else config.database.with_suffix(".read.duckdb")


def read_copy(config: Config) -> ReadCopy | None:
    """The copy as it stands, ``None`` where there is none. Opens neither file."""
    path = read_copy_path(config)
    if not path.is_file():
        return None
    written_ns = path.stat().st_mtime_ns
    is_current = config.database.is_file() and _is_copy_of(path, config.database)
    return ReadCopy(path, datetime.fromtimestamp(written_ns / 1e9, UTC), is_current)


def renew(config: Config) -> None:
    """Make the copy anew where it is wanted and the database was written since.

    A load must not fail for its copy: what went wrong is logged, and :func:`behind` tells it.
    """
    if behind(config) is None:
        return
    path = read_copy_path(config)
    try:
        refuse_own_files(config, path)
        copy_database(config.database, path, config["store.lock_timeout"])
    except DatabaseBusyError:
        _log.info("the read copy is left to the load that holds the database")
    except GridctlError as error:
        _log.warning("the read copy could not be renewed: %s", error)


def behind(config: Config) -> str | None:
    """That the copy is wanted and missing, or older than the database, and what to try."""
    path = read_copy_path(config)
    if not config["store.read_copy"] or not config.database.is_file():
        return None
    if path.is_file() and _is_copy_of(path, config.database):
        return None
    state = "is behind the database" if path.is_file() else "is missing"
    return f"the read copy {path} {state}; make it, or see why not, with: gridctl -v store load"


def _is_copy_of(path: Path, database: Path) -> bool:
    return path.stat().st_mtime_ns == database.stat().st_mtime_ns
