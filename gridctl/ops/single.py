"""One scheduled fetch at a time: a lock that goes with the process that holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gridctl.errors import DatabaseError

try:
    import fcntl
except ImportError:  # not POSIX: there is no cron either
    fcntl = None  # type: ignore[assignment]


@contextmanager
def one_at_a_time(database: Path) -> Iterator[bool]:
    """Whether this process holds the fetch lock of a database, without waiting for it.

    The lock is advisory, on ``<database>.fetch.lock`` beside it, and ends with the process however
    that dies. Raises :class:`DatabaseError` when the folder cannot be written.
    """
    path = _lock_file(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise DatabaseError(f"cannot write {path}: {error.strerror}") from None
    with file:
        is_ours = _try_lock(file.fileno())
        if is_ours:
            _sign(file.fileno())
        yield is_ours


def holder(database: Path) -> int | None:
    """The id of the process that took the fetch lock last; ``None`` when that cannot be read.

    It holds the lock still if :func:`one_at_a_time` has just yielded ``False``.
    """
    try:
        return int(_lock_file(database).read_text())
    except (OSError, ValueError):
        return None


def _lock_file(database: Path) -> Path:
    return database.with_suffix(".fetch.lock")


def _try_lock(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, as some network shares: as without fcntl
        return True
    return True


def _sign(descriptor: int) -> None:
    with suppress(OSError):  # a full disk: the number is only for people
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
