"""Wait for the start of a planned workload, by the clock on the wall."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from gridctl.clock import iso
from gridctl.config import Config
from gridctl.errors import DatabaseBusyError, StateError
from gridctl.schedule.lifecycle.job import WAITING, Job, find_job

# Sleeping in short steps: the clock may be set meanwhile, and a machine that was suspended wakes
# late. The plan is looked at now and then, for a replan or a cancellation.
STEP = timedelta(seconds=30)
LOOK_EVERY = timedelta(minutes=5)


def planned_start(config: Config, wanted: str) -> tuple[Job, datetime]:
    """A workload that waits, and when it is to start.

    Raises :class:`StateError` when it does not wait any more, or is not planned yet.
    """
    from gridctl.store.connect import open_reader

    with open_reader(config.database, config["store.lock_timeout"]) as con:
        job = find_job(con, wanted)
    if job.status not in WAITING:
        raise StateError(f"not run: {job.name} ({job.short_id}) is {job.status}")
    if job.scheduled_start is None:
        raise StateError(
            f"not run: {job.name} ({job.short_id}) has no start yet; run: gridctl schedule replan"
        )
    return job, job.scheduled_start


def await_start(
    look: Callable[[], datetime],
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> None:
    """Return when the start that ``look`` tells has come, also when it is moved meanwhile.

    What ``look`` raises ends the wait, but a busy database leaves the start as it was last told.
    """
    start, looked = look(), now()
    while True:
        left = start - now()
        if left > timedelta(0):
            sleep(min(left, STEP).total_seconds())
            if now() - looked < LOOK_EVERY and now() < start:
                continue
        told, looked = _look_again(look, start), now()
        if told != start:
            say(f"its start was moved to {iso(told)}")
        start = told
        if start <= now():
            return


def _look_again(look: Callable[[], datetime], last: datetime) -> datetime:
    try:
        return look()
    except DatabaseBusyError:
        return last
