"""Jobs that may pause, or run on more servers: what each takes of every slot of its window.

A job is one row of a matrix, its window's slots (and for an elastic job each further server in
them) the columns. Jobs of like windows go together in pieces of bounded size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gridctl.schedule.kernels.cheapest_slots import CheapestSlots
from gridctl.schedule.kernels.contiguous import EDGE, Bools, Floats
from gridctl.schedule.kernels.elastic import Curve, make_curve
from gridctl.schedule.kernels.fill_rows import fill_rows
from gridctl.schedule.kernels.range_min import Ints
from gridctl.schedule.simulate.forecasts import Forecast, Shared
from gridctl.schedule.simulate.ground import Ground
from gridctl.schedule.simulate.jobs import Jobs

_CELLS = 1 << 19
_ONE_SERVER = make_curve(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
_LAST_RESORT = 1e9  # g/kWh: above any intensity, so that unknown slots are taken last, in order


@dataclass(frozen=True)
class Runs:
    """Per job (n) its first ``start`` and last ``end`` in slots, ``energy`` in kW x slots, and the
    integrals of it over ``carbon`` and ``price`` (NaN without one). ``busy`` counts, along the
    ground, the jobs that run in each slot. All NaN for a job that was not planned."""

    start: Floats
    end: Floats
    energy: Floats
    carbon: Floats
    price: Floats
    busy: Ints


def run_in_pieces(
    jobs: Jobs,
    forecast: Forecast,
    ground: Ground,
    curve: Curve = _ONE_SERVER,
    moved: Callable[[int], None] = lambda _: None,
) -> Runs:
    """Run every job in the cheapest slots of its window, replanned at each new issue of a forecast.

    ``curve`` is as multiples of what a job does and draws in the trace. ``moved`` is told how many
    more jobs are done.
    """
    count = len(jobs)
    start, end, energy, carbon, price = columns = [np.full(count, np.nan) for _ in range(5)]
    busy = np.zeros(len(ground.carbon), dtype=np.int64)
    for some in _alike(jobs, len(curve.lower) - 1):
        piece = jobs.some(some)
        cells = _Cells.of(piece, curve)
        taken, planned = _planned(piece, cells, forecast, ground)
        found = _accounted(piece, cells, taken, ground)
        for column, values in zip(columns, found, strict=True):
            column[some] = np.where(planned, values, np.nan)
        running = (taken.sum(axis=2) > EDGE) & planned[:, None]
        busy += np.bincount(cells.slot[running], minlength=len(busy))
        moved(len(some))
    return Runs(start, end, energy, carbon, price, busy)


def run_in_cheapest_slots(
    jobs: Jobs, forecast: Shared, ground: Ground, moved: Callable[[int], None] = lambda _: None
) -> Runs:
    """As :func:`run_in_pieces` on one server and one series, quickly however wide the windows."""
    usable = np.isfinite(ground.carbon)
    prices = np.full(len(usable), np.nan) if ground.price is None else ground.price
    unpriced = np.isnan(prices)
    accounts = np.stack([ground.carbon, np.where(unpriced, 0.0, prices), unpriced])
    slots = CheapestSlots(np.where(usable, forecast.series, np.nan), accounts)
    duration = np.where(jobs.fits, jobs.duration, np.nan)
    filled = slots.fill(duration, jobs.earliest, jobs.deadline)
    carbon, price, gaps = filled.accounts * jobs.power_kw
    busy = np.zeros(len(usable), dtype=np.int64)
    for some in _alike(jobs, 1):
        cells = _Cells.of(jobs.some(some), _ONE_SERVER)
        slot = np.minimum(cells.slot, len(usable) - 1)
        room = cells.end - cells.begin > EDGE
        running = room & (slots.rank[slot] < filled.limit[some][:, None])
        busy += np.bincount(slot[running], minlength=len(busy))
        moved(len(some))
    energy = np.where(np.isfinite(filled.mean), jobs.power_kw * jobs.duration, np.nan)
    price = np.where(gaps > EDGE, np.nan, price)
    return Runs(filled.start, filled.end, energy, carbon, price, busy)


def _alike(jobs: Jobs, servers: int) -> Iterator[Ints]:
    """Jobs that fit, in pieces, those with narrow windows first."""
    order = np.flatnonzero(jobs.fits)
    width = _widths(jobs.some(order))
    by_width = np.argsort(width, kind="stable")
    order, width = order[by_width], width[by_width] * servers
    begin = 0
    while begin < len(order):
        end = min(begin + max(_CELLS // int(width[begin]), 1), len(order))
        while end > begin + 1 and (end - begin) * int(width[end - 1]) > 2 * _CELLS:
            end = begin + (end - begin + 1) // 2
        yield order[begin:end]
        begin = end


def _widths(jobs: Jobs) -> Ints:
    return np.asarray(
        np.ceil(jobs.deadline - EDGE) - np.floor(jobs.earliest + EDGE), dtype=np.int64
    )


@dataclass(frozen=True)
class _Cells:
    """Of jobs (n) with windows of up to w slots: the ``slot`` of each cell (n, w), when its time
    in the window begins and ends, and of each step of the hull from idle to all servers its rate of
    work and what it draws for it (steps)."""

    slot: Ints
    begin: Floats
    end: Floats
    rate: Floats
    cost_ratio: Floats

    @classmethod
    def of(cls, jobs: Jobs, curve: Curve) -> _Cells:
        slot = np.floor(jobs.earliest + EDGE).astype(np.int64)[:, None] + np.arange(
            int(_widths(jobs).max())
        )
        begin = np.maximum(slot, jobs.earliest[:, None])
        end = np.minimum(slot + 1, jobs.deadline[:, None])
        rate = np.diff(curve.throughput[curve.lower])
        return cls(slot, begin, end, rate, np.diff(curve.power[curve.lower]) / rate)

    def offers(self, value: Floats, room: Floats) -> tuple[Floats, Floats]:
        """Costs and room of every slot and server, flattened to (n, w x servers)."""
        # Where carbon is below zero the most wasteful server would go first; in truth they go
        # on in order, and to within the size of that the plan is no longer the least.
        ratio = np.where(value[..., None] >= 0, self.cost_ratio, 1.0)
        cost = value[..., None] * ratio
        offered = room[..., None] * self.rate
        return cost.reshape(len(value), -1), offered.reshape(len(value), -1)


def _planned(jobs: Jobs, cells: _Cells, forecast: Forecast, ground: Ground) -> tuple[Floats, Bools]:
    """What every job takes (n, w, servers) of each cell, and whether it could be planned."""
    within = np.minimum(cells.slot, len(ground.carbon) - 1)
    known = np.isfinite(ground.carbon[within])  # a job cannot be accounted for in a gap
    room = np.where(known, np.maximum(cells.end - cells.begin, 0.0), 0.0)
    room[room < EDGE] = 0.0
    shape = (*room.shape, len(cells.rate))
    if isinstance(forecast, Shared):
        taken, met = fill_rows(*cells.offers(forecast.series[within], room), jobs.duration)
        return taken.reshape(shape), met
    view = forecast.in_force(jobs.base, jobs.earliest, ground.slots)
    met = np.zeros(len(jobs), dtype=bool)
    total, need, now = np.zeros(shape), jobs.duration.copy(), jobs.earliest.copy()
    active, first = np.flatnonzero(view >= 0), True
    while len(active):
        of = view[active]
        value = _foreseen(forecast.values, cells.slot[active], forecast, of)
        begin = np.maximum(cells.begin[active], now[active, None])
        left = np.where(room[active] > 0, np.maximum(cells.end[active] - begin, 0.0), 0.0)
        if first:
            _, met[active] = fill_rows(*cells.offers(value, left), need[active])
        value = np.where(np.isfinite(value), value, _LAST_RESORT + np.arange(value.shape[1]))
        taken, _ = fill_rows(*cells.offers(value, left), need[active])
        taken = taken.reshape(len(active), *shape[1:])
        issue = forecast.next_issue(of)
        before = np.clip(issue[:, None] - begin, 0.0, None)
        done = np.minimum(taken, before[..., None] * cells.rate)
        total[active] += done
        need[active] -= done.sum(axis=(1, 2))
        now[active] = issue
        view[active] = of + 1
        active = active[np.isfinite(issue) & (need[active] > EDGE)]
        first = False
    return total, met


def _foreseen(values: Floats, slot: Ints, views: Forecast, view: Ints) -> Floats:
    assert not isinstance(views, Shared)
    place = slot - views.origin[view][:, None]
    inside = (place >= 0) & (place < views.length[view][:, None])
    index = np.where(inside, views.offset[view][:, None] + place, 0)
    return np.where(inside, values[index], np.nan)


def _accounted(jobs: Jobs, cells: _Cells, taken: Floats, ground: Ground) -> tuple[Floats, ...]:
    """Start, end, energy, and its integrals over carbon and price."""
    within = np.minimum(cells.slot, len(ground.carbon) - 1)
    energy = (taken * cells.cost_ratio).sum(axis=2) * jobs.power_kw[:, None]
    used = taken.sum(axis=2) > EDGE  # not what rounding leaves over
    time = np.where(used, (taken / cells.rate).max(axis=2), 0.0)
    start = np.where(used, cells.begin, np.inf).min(axis=1)
    end = np.where(used, cells.begin + time, -np.inf).max(axis=1)
    carbon = np.where(used, energy * ground.carbon[within], 0.0).sum(axis=1)
    price = np.full(len(jobs), np.nan)
    if ground.price is not None:
        price = np.where(used, energy * ground.price[within], 0.0).sum(axis=1)
    return start, end, energy.sum(axis=1), carbon, price
