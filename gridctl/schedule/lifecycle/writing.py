"""Change a workload's row: found, checked and written in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridctl.clock import iso
from gridctl.schedule.lifecycle.job import Job, find_job
from gridctl.store.transaction import transaction

if TYPE_CHECKING:
    from gridctl.config import Config


@contextmanager
def existing(config: Config) -> Iterator[Any]:
    """A writing connection to a database that must be there: looking for a workload makes none."""
    from gridctl.store.connect import open_reader, open_writer

    if not config.database.exists():
        with open_reader(config.database, config["store.lock_timeout"]):
            pass
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        yield con


def change_job(config: Config, wanted: str, change: Callable[[Any, Job], None]) -> Job:
    """Find a workload and let ``change`` write to it in one transaction; the workload after it."""
    with existing(config) as con:
        with transaction(con):
            job = find_job(con, wanted)
            change(con, job)
        return find_job(con, job.id)


def note(config: Config, wanted: str, kept: Mapping[str, Any]) -> Job:
    """Keep something in a workload's metadata, beside what is there."""
    return change_job(config, wanted, lambda con, job: update(con, job, {}, kept=kept))


def update(
    con: Any,
    job: Job,
    columns: Mapping[str, Any],
    step: Mapping[str, Any] | None = None,
    kept: Mapping[str, Any] | None = None,
) -> None:
    """Set columns, named by the program, and add to the metadata: a ``step``, and things kept."""
    metadata = {**job.metadata, **(kept or {})}
    if step is not None:
        steps = metadata.get("steps")
        metadata["steps"] = [*(steps if isinstance(steps, list) else []), step]
    values = {**columns, "metadata": json.dumps(metadata, ensure_ascii=False)}
    assigned = ", ".join(f"{name} = ?" for name in values)
    con.execute(
        f"UPDATE compute_workloads SET {assigned}, updated_at = now() WHERE id = ?",
        [*values.values(), job.id],
    )


def step_of(verb: str, now: datetime, **more: Any) -> dict[str, Any]:
    """A line of ``metadata.steps``."""
    return {"step": verb, "at": iso(now), **more}
