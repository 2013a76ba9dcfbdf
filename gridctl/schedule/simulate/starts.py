"""When the policies that run a job in one piece would start it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from gridctl.schedule.kernels.batch import place_table
from gridctl.schedule.kernels.contiguous import EDGE, Floats, Slots, prepare
from gridctl.schedule.kernels.range_min import Ints, RangeMin
from gridctl.schedule.simulate.forecasts import Shared, Views
from gridctl.schedule.simulate.jobs import Jobs


class Seen:
    """An array of values and what the policies need of it, worked out when first asked for.

    ``limit`` is along ``values``: a slot at or below it is clean enough for ``threshold``.
    """

    def __init__(self, values: Floats, limit: Floats) -> None:
        self.values, self.limit = values, limit

    @cached_property
    def slots(self) -> Slots:
        return prepare(self.values, np.isfinite(self.values))

    @cached_property
    def _next_clean(self) -> Floats:
        """From each slot on the first that is clean; infinite where none is."""
        places = np.where(self.values <= self.limit, np.arange(len(self.values)), np.inf)
        return np.minimum.accumulate(places[::-1])[::-1]

    def optimal(self, duration: Floats, earliest: Floats, latest: Floats) -> Floats:
        """The start of least mean value."""
        import pyarrow as pa

        jobs = pa.table({"duration": duration, "earliest": earliest, "latest": latest})
        return np.asarray(place_table(jobs, self.slots)["start"].to_numpy(), dtype=np.float64)

    def threshold(self, duration: Floats, earliest: Floats, latest: Floats) -> Floats:
        """The first moment in a clean slot; when waited for in vain, the latest start."""
        first = np.clip(np.floor(earliest + EDGE), 0, len(self.values) - 1).astype(np.int64)
        clean = np.maximum(self._next_clean[first], earliest)
        return np.where(clean <= latest + EDGE, np.minimum(clean, latest), latest)

    def lowest_slot(self, duration: Floats, earliest: Floats, latest: Floats) -> Floats:
        """The start of the least slot, whatever the length; NaN where no slot is known."""
        count = len(self.values)
        first = np.clip(np.floor(earliest + EDGE), 0, count - 1).astype(np.int64)
        last = np.clip(np.floor(latest + EDGE), first, count - 1).astype(np.int64)
        costs = np.where(np.isfinite(self.values), self.values, np.inf)
        widest = int((last - first).max()) + 1 if len(first) else 1
        place = RangeMin(costs, widest, 1e-9).argmin(first, last)
        start = np.minimum(np.maximum(place.astype(np.float64), earliest), latest)
        return np.where(place >= 0, start, np.nan)


Chooser = Callable[[Seen, Floats, Floats, Floats], Floats]

CHOOSERS: dict[str, Chooser] = {
    "threshold": Seen.threshold,
    "lowest-slot": Seen.lowest_slot,
    "optimal": Seen.optimal,
}


def choose_shared(choose: Chooser, jobs: Jobs, forecast: Shared, limit: Floats) -> Floats:
    """Each job's start by one series, NaN where there is none."""
    start = choose(Seen(forecast.series, limit), jobs.planned, jobs.earliest, jobs.latest)
    return np.where(jobs.fits, start, np.nan)


def choose_by_views(
    choose: Chooser, jobs: Jobs, views: Views, limits: Floats, slots: int
) -> Floats:
    """Each job's start, decided at submission and again at each new issue until it starts.

    ``limits`` is the clean limit of each place. NaN for a job that no view lets plan. All jobs
    take one step together: as many steps as the most patient one sees issues.
    """
    seen = Seen(views.values, np.repeat(limits[views.place], views.length + 1))
    start = np.full(len(jobs), np.nan)
    now = jobs.earliest.copy()
    view = views.in_force(jobs.base, now, slots)
    waiting = np.flatnonzero(jobs.fits & (view >= 0))
    while len(waiting):
        some, of = jobs.some(waiting), view[waiting]
        planned = _in_view(choose, seen, some, views, of, now[waiting])
        # a view that ends too soon, or has a gap, leaves the plan as it stood
        start[waiting] = np.where(np.isnan(planned), start[waiting], planned)
        issue = views.next_issue(of)
        undecided = np.isnan(start[waiting]) | (start[waiting] > issue + EDGE)
        goes_on = undecided & (issue <= some.latest + EDGE)
        waiting = waiting[goes_on]
        now[waiting] = issue[goes_on]
        view[waiting] = of[goes_on] + 1
    return start


def _in_view(
    choose: Chooser, seen: Seen, jobs: Jobs, views: Views, view: Ints, now: Floats
) -> Floats:
    """Starts as one look at each job's view has them, counted along the ground."""
    shift = (views.origin[view] - views.offset[view]).astype(np.float64)
    begin = views.offset[view].astype(np.float64)
    end = begin + views.length[view]
    earliest = np.maximum(now - shift, begin)
    latest = np.minimum(jobs.latest - shift, end - np.minimum(jobs.planned, end - begin))
    covered = earliest <= latest + EDGE
    start = np.full(len(jobs), np.nan)
    found = choose(seen, jobs.planned[covered], earliest[covered], latest[covered])
    start[covered] = found + shift[covered]
    return start
