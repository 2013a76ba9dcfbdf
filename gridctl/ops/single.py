"""One scheduled fetch at a time: a lock that goes with the process that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    path = database.with_suffix(".fetch.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise DatabaseError(f"cannot write {path}: {error.strerror}") from None
    with file:
        yield _try_lock(file.fileno())


def _try_lock(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
