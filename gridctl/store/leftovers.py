"""Files of processes that were killed while they built them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def remove_abandoned(folder: Path, name: str) -> None:
    """Remove files called ``name`` whose ``{pid}`` is the number of a process that is no more."""
    before, after = name.split("{pid}")
    for leftover in folder.iterdir():
        if leftover.name.startswith(before) and leftover.name.endswith(after):
            pid = leftover.name[len(before) : -len(after)]
            if pid.isdigit() and not is_alive(int(pid)):
                remove_database(leftover)


def remove_database(database: Path) -> None:
    """Remove a file, and the write-ahead log that a database has beside it."""
    for file in (database, database.with_name(database.name + ".wal")):
        with suppress(OSError):
            file.unlink()


def is_alive(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
