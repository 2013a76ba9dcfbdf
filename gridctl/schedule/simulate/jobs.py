"""Jobs of a trace in the slots of a signal: windows, waiting limits, lengths known or not."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from gridctl.clock import parse_duration
from gridctl.errors import UsageError
from gridctl.schedule.kernels.contiguous import EDGE, Bools, Floats
from gridctl.schedule.kernels.range_min import Ints
from gridctl.schedule.simulate.ground import Ground
from gridctl.schedule.simulate.trace import Trace

_HOUR = 3600.0


@dataclass(frozen=True)
class Waiting:
    """How long jobs may wait, in hours, where the trace does not say.

    ``table`` pairs a length with the wait of jobs up to it, lengths rising; ``per_hour`` adds to
    the wait for each hour of a job's length.
    """

    table: tuple[tuple[float, float], ...] = ((inf, 24.0),)
    per_hour: float = 0.0

    def classes(self, hours: Floats) -> Ints:
        """Which row of the table each length falls in."""
        return np.searchsorted([length for length, _ in self.table], hours - 1e-9)

    def limits(self, hours: Floats) -> Floats:
        """The wait allowed to each length, in hours."""
        waits = np.array([wait for _, wait in self.table])
        return waits[self.classes(hours)] + self.per_hour * hours


def parse_waiting(text: str) -> tuple[tuple[float, float], ...]:
    """``2h:6h,12h:24h,inf:36h`` as pairs of hours. Raises :class:`UsageError`."""
    pairs = []
    for part in text.split(","):
        length, colon, wait = part.strip().partition(":")
        if not colon:
            raise UsageError(f"{text!r} is not a waiting table; write 2h:6h,12h:24h,inf:36h")
        longest = inf if length.strip().lower() == "inf" else _hours(length)
        pairs.append((longest, _hours(wait)))
    if [length for length, _ in pairs] != sorted({length for length, _ in pairs}):
        raise UsageError(f"{text!r}: the lengths of a waiting table must rise")
    if isfinite(pairs[-1][0]):
        raise UsageError(f"{text!r} says nothing of longer jobs; end it with inf:36h")
    return tuple(pairs)


def _hours(text: str) -> float:
    return parse_duration(text).total_seconds() / _HOUR


@dataclass(frozen=True)
class Jobs:
    """Jobs (n) in slots of a :class:`Ground`, counted along its one array.

    ``earliest`` and ``latest`` bound the start; ``requested`` is when it would run anyway;
    ``planned`` the duration that policies are told; ``base`` where the job's place begins.
    ``fits`` is false where the window is shorter than the job, or outside the signal.
    """

    row: Ints
    base: Ints
    earliest: Floats
    requested: Floats
    latest: Floats
    duration: Floats
    planned: Floats
    power_kw: Floats
    fits: Bools

    def __len__(self) -> int:
        return len(self.row)

    @property
    def deadline(self) -> Floats:
        """The last end."""
        return self.latest + self.duration

    def some(self, which: Bools | Ints) -> Jobs:
        """Some of the jobs."""
        return Jobs(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def make_jobs(trace: Trace, ground: Ground, waiting: Waiting, *, known_length: bool) -> Jobs:
    """Place a trace on a signal.

    The wait is the job's ``max_delay_hours``, else, unless it has a deadline, that of ``waiting``;
    it counts from the requested start. With ``known_length`` false, policies are told the mean
    length of the job's class in the waiting table.
    """
    hours = trace.duration_s / _HOUR
    requested = np.where(np.isnan(trace.requested), trace.submit, trace.requested)
    no_limit = np.isnan(trace.max_delay_hours) & np.isfinite(trace.deadline)
    wait = np.where(np.isnan(trace.max_delay_hours), waiting.limits(hours), trace.max_delay_hours)
    latest = requested + np.where(no_limit, inf, wait) * _HOUR
    latest = np.fmin(latest, trace.deadline - trace.duration_s)
    base = ground.base_of(trace.region)
    duration = trace.duration_s / ground.step.total_seconds()
    early, run, late = (ground.offsets(seconds) for seconds in (trace.submit, requested, latest))
    late = np.minimum(late, ground.slots - duration)
    fits = (base >= 0) & (late >= early - EDGE) & (early >= -EDGE)
    planned = duration if known_length else _class_means(waiting.classes(hours), duration)
    return Jobs(
        trace.row, base, early + base, run + base, np.maximum(late, early) + base,
        duration, planned, trace.power_kw, fits,
    )  # fmt: skip


def _class_means(classes: Ints, duration: Floats) -> Floats:
    sums, counts = np.bincount(classes, duration), np.bincount(classes)
    return (sums / np.maximum(counts, 1))[classes]
