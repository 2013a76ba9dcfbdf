"""The keywords by which Python describes a job, checked and converted to a workload's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any, TypedDict

from gridctl.clock import Moment, Span, as_moment, as_span
from gridctl.errors import UsageError
from gridctl.schedule.job.workload_file import BY_FIELD


class JobKeywords(TypedDict, total=False):
    """What a job may say of itself, as :class:`gridctl.schedule.job.workload.Workload` does.

    Times are aware, or text as the command line reads it (``tomorrow 18:00``: Europe/London);
    durations are ``timedelta`` or text (``4h``). ``power_profile`` is (hours, kW) piece by piece;
    ``curve`` (servers, units of work per second, kW) by number of servers.
    """

    name: str
    energy_kwh: float
    duration: Span
    power_kw: float
    earliest: Moment
    deadline: Moment
    start: Moment
    max_carbon: float
    min_renewable: float
    max_price: float
    cap_mode: str
    deferrable: bool
    interruptible: bool
    objective: str
    carbon_price: float
    workload_type: str
    priority: int
    min_run: Span
    restart_energy_kwh: float
    max_pauses: int
    power_profile: Sequence[Sequence[float]]
    curve: Sequence[Sequence[float]]
    work: float
    max_servers: int
    max_power_kw: float
    migration_energy_kwh: float


_TIMES = ("earliest", "deadline", "start")
_SPANS = ("duration", "min_run")
_TABLES = ("power_profile", "curve")


def fields_of_job(job: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The fields that ``job`` gives, for :func:`make_workload`; ``None`` is not given.

    Times count from ``now``. Raises :class:`UsageError` for an unknown keyword, naming the
    closest, and for a value of the wrong kind.
    """
    return {key: _field(key, value, now) for key, value in job.items() if value is not None}


def _field(key: str, value: Any, now: datetime) -> Any:
    if key not in JobKeywords.__annotations__:
        close = get_close_matches(key, JobKeywords.__annotations__, n=1)
        hint = (
            f"did you mean {close[0]}?"
            if close
            else f"known: {', '.join(JobKeywords.__annotations__)}"
        )
        raise UsageError(f"a job has no keyword {key!r}; {hint}")
    try:
        if key in _TIMES:
            return as_moment(value, now)
        if key in _SPANS:
            return as_span(value)
        return BY_FIELD[key](_plain(key, value))
    except (UsageError, ValueError, TypeError, OverflowError) as error:
        raise UsageError(f"{key}: {error}") from None


def _plain(key: str, value: Any) -> Any:
    """Lists for tuples and arrays, Python's numbers for NumPy's."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [list(row) for row in value] if key in _TABLES else value
