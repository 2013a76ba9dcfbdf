"""Make the database anew from the landing journal and archives, without losing a row.

The journal keeps answers for a limited time, and much was never fetched: what it cannot bring is
carried over from the old database (:mod:`gridctl.store.carry`), the rest is loaded again. The new
database is built aside with a copy of the journal, compared with the old one, and takes its place
in one step; the old one is kept beside it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from gridctl.config import Config
from gridctl.errors import DatabaseBusyError, DatabaseError, DataError, UsageError
from gridctl.landing import Landing, Settled
from gridctl.store import carry, read_copy
from gridctl.store.backup import copy_journal
from gridctl.store.connect import open_reader, open_writer
from gridctl.store.files import load_files
from gridctl.store.load import Loaded, load_waiting
from gridctl.store.whole import whole_file


@dataclass(frozen=True)
class Rebuilt:
    """What became of the tables, how many answers were read again, and where the old file is.

    ``kept`` is ``None``, and ``changes`` empty, when there was no database before.
    """

    changes: list[carry.Change]
    payloads: int
    kept: Path | None


def rebuild(config: Config, now: datetime, archive: Path | None = None) -> Rebuilt:
    """Build the database anew in place of the old one, which is kept under the name returned.

    Others can read the old one meanwhile; who wants to write waits. Without a database it is made
    from the journal and the archives alone.

    Raises :class:`DatabaseError` when the old database cannot be read or holds what is not
    gridctl's; :class:`DataError` when an answer that was loaded before cannot be read any more, or
    an archive is refused; :class:`UsageError` when there is nothing to rebuild from, or it cannot
    be written. The old database is then as it was.
    """
    database, kept = config.database, None
    archives = _archives(archive)
    with ExitStack() as until_settled:
        if database.exists():
            held = _hold(config, until_settled)
            kept = database.with_name(f"{database.stem}.old-{now:%Y%m%dT%H%M%SZ}{database.suffix}")
        elif not (archives or Landing(database).path.exists()):
            raise UsageError(f"there is nothing to rebuild {database} from; begin: gridctl fetch")
        with whole_file(database, overwrite=True) as building:
            with _said_of(database, building):
                changes, loaded, settled = _build(config, building, now, archives)
            if kept is not None:
                if not os.path.samestat(held, database.stat()):
                    raise DatabaseBusyError(f"{database} was rebuilt meanwhile by another process")
                shutil.copymode(database, building)
                os.link(database, kept)
        # The old one stays held until the journal says what the new one has: else a load that
        # waits might write to the one that is put away.
        Landing(database).mark_loaded(settled, now)
    read_copy.renew(config)
    return Rebuilt(changes, loaded, kept)


@contextmanager
def _said_of(database: Path, building: Path) -> Iterator[None]:
    """What cannot be written aside is said of the database that it was for."""
    try:
        yield
    except DatabaseError as error:
        if str(building.parent) not in str(error):
            raise
        reason = str(error).rsplit(": ", 1)[-1]
        raise DatabaseError(
            f"{database} is as it was; no new one could be made: {reason}"
        ) from None


def _archives(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        raise UsageError(f"{folder} holds no archives: no *.parquet file is in it")
    return files


def _hold(config: Config, stack: ExitStack) -> os.stat_result:
    """Keep writers out of the old database, with all of it in its file and nothing in a log.

    Which file that is: other readers are let in, and one of them might rebuild it too.
    """
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        con.execute("CHECKPOINT")
    stack.enter_context(open_reader(config.database, config["store.lock_timeout"]))
    if config.database.with_name(config.database.name + ".wal").exists():
        raise DatabaseBusyError(f"{config.database} is being written to; try again")
    return config.database.stat()


def _build(
    config: Config, building: Path, now: datetime, archives: Sequence[Path]
) -> tuple[list[carry.Change], int, list[Settled]]:
    """Fill the new database: what became of the tables, and of the answers read again."""
    new = config.with_database(building).with_value("store.read_copy", False, "rebuild")
    journal, timeout = Landing(building), config["store.lock_timeout"]
    if Landing(config.database).path.exists():
        copy_journal(Landing(config.database).path, journal.path)
    held = journal.held()
    journal.replay()
    with open_writer(building, timeout) as con:
        changes: list[carry.Change] = []
        if config.database.exists():
            carry.attach(con, config.database)
            carried = carry.carry_over(con, held)
        loaded = load_waiting(new, now)
        _refuse_worse(loaded, held)
        _refuse_refused(load_files(new, archives, now) if archives else [])
        if config.database.exists():
            carry.restore_calls(con)
            changes = carry.compare(con, carried)
        con.execute("CHECKPOINT")
    done = [one.payload_id for one in loaded if one.status == "loaded"]
    return changes, len(done), journal.settled(done)


def _refuse_worse(loaded: Iterable[Loaded], held: Iterable[UUID]) -> None:
    """An answer that could be read before must not cost its rows now."""
    before = set(held)
    worse = [one for one in loaded if one.status == "failed" and one.payload_id in before]
    if worse:
        raise DataError(
            f"what was loaded before cannot be read any more, {len(worse)} in all, the first "
            f"{worse[0].location}: {worse[0].error}"
        )


def _refuse_refused(files: Iterable[Loaded]) -> None:
    for file in files:
        if file.status in ("refused", "failed"):
            raise DataError(f"{file.location}: {file.error}")
