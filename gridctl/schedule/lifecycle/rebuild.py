"""A stored workload as it can be decided again: what was asked for, and the plan in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from gridctl.errors import DataError, UsageError
from gridctl.schedule.basis import Basis, basis_of
from gridctl.schedule.job.workload import Workload, from_request, make_workload
from gridctl.schedule.lifecycle.job import Job
from gridctl.schedule.lifecycle.replan import Plan

_TOGETHER = "plan_mode"  # in the request of what schedule plan placed, under common limits


def rebuild(job: Job) -> Workload:
    """The workload of ``metadata.request``, else of the columns, as others may have written them.

    Its start is the one first asked for. Without a deadline of its own it keeps the end of the
    forecast that it was first planned on: as forecasts go on it would be put off for ever.
    Raises :class:`DataError` when neither makes a workload.
    """
    workload = _from_request(job) or _from_columns(job)
    return replace(
        workload,
        start=job.requested_start or workload.start,
        deadline=workload.deadline or job.horizon,
    )


def is_study(job: Job) -> bool:
    """Whether it was decided as of a past moment: a question, not a plan that is followed."""
    request = job.metadata.get("request")
    return isinstance(request, dict) and request.get("as_of") is not None


def basis_for(job: Job) -> Basis:
    """What its decisions rest on, as it was asked for, at the present moment.

    Raises :class:`DataError` when the record does not say it in a way that can be read.
    """
    request = job.metadata.get("request")
    if not isinstance(request, dict):
        return Basis()
    try:
        return replace(basis_of(request), as_of=None)
    except UsageError as error:
        raise DataError(
            f"metadata.request of {job.name} ({job.short_id}) cannot be used: {error}"
        ) from None
    except (TypeError, ValueError, AttributeError):
        raise _unreadable(job) from None


def _from_request(job: Job) -> Workload | None:
    request = job.metadata.get("request")
    if request is None:
        return None
    try:
        return from_request(request)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _unreadable(job) from None


def _unreadable(job: Job) -> DataError:
    return DataError(
        f"metadata.request of {job.name} ({job.short_id}) cannot be read: it is not as it was "
        "written when the workload was planned"
    )


def _from_columns(job: Job) -> Workload:
    given = {
        "name": job.name,
        "duration": None if job.hours is None else timedelta(hours=job.hours),
        "energy_kwh": job.energy_kwh,
        "earliest": job.earliest,
        "deadline": job.deadline,
        "start": job.requested_start,
        "max_carbon": job.max_carbon,
        "min_renewable": job.min_renewable,
        "deferrable": job.is_deferrable,
        "interruptible": job.is_interruptible,
        "workload_type": job.workload_type,
        "priority": job.priority,
    }
    try:
        return make_workload(given)
    except UsageError as error:
        raise DataError(f"{job.name} ({job.short_id}) cannot be planned: {error}") from None


def plan_of(job: Job) -> Plan | None:
    """The run that is planned, piece by piece; ``None`` when there is none yet."""
    if job.scheduled_start is None or job.scheduled_end is None:
        return None
    parts = tuple(
        (
            datetime.fromisoformat(segment["start"]),
            datetime.fromisoformat(segment["end"]),
            segment["energy_kwh"],
        )
        for segment in job.segments
    )
    whole = ((job.scheduled_start, job.scheduled_end, job.energy_kwh),)
    request = job.metadata.get("request")
    return Plan(
        job.place,
        parts or whole,
        is_handed_over="handed_over" in job.metadata,
        is_planned_together=isinstance(request, dict) and _TOGETHER in request,
    )
