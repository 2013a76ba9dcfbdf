"""Many flat, uninterrupted jobs over one signal: each placed as the kernel for one job would.

The candidates are those of :mod:`gridctl.schedule.kernels.contiguous`: starts on slot edges, ends
on slot edges, and the two ends of the window. Jobs of equal duration share the cost of every edge,
so their windows are ranges of one array, and the least of a range comes from a sparse table:
n log n once per distinct duration, then a fixed number of look-ups a job. Where few jobs share a
duration their windows are searched directly, in pieces of bounded size.

Instants and durations are floats counted in slots from the beginning of the arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from gridctl.schedule.kernels.contiguous import EDGE, Bools, Floats, Slots
from gridctl.schedule.kernels.range_min import Ints, RangeMin

Found = tuple[Floats, Floats]  # costs, infinite for none, and their starts

_CHUNK = 1 << 15  # jobs looked up together: their arrays stay in the processor's cache
_CELLS = 1 << 18  # places searched together where windows are searched directly
# Nanoseconds, measured: a table at all, a table's place at a level, a place searched directly.
_FIXED, _TABLE, _SEARCH = 3e5, 2.0, 60.0


class Placements(NamedTuple):
    """Per job the start in slots and the mean value over the job; NaN where there is none."""

    start: Floats
    mean: Floats


def place_table(jobs: Any, slots: Slots) -> Any:
    """The Arrow table ``jobs`` with the columns ``start`` and ``mean`` added.

    ``jobs`` has ``duration``, ``earliest`` and ``latest`` (of the start), float64, in slots. Null
    where a job fits nowhere.
    """
    import pyarrow as pa

    columns = [jobs[name].to_numpy() for name in ("duration", "earliest", "latest")]
    placed = cheapest_starts(slots, *columns)
    for name, column in zip(Placements._fields, placed, strict=True):
        jobs = jobs.append_column(name, pa.array(column, from_pandas=True))
    return jobs


def cheapest_starts(slots: Slots, duration: Floats, earliest: Floats, latest: Floats) -> Placements:
    """For each job the start in ``[earliest, latest]`` of least mean value, the earliest of equals.

    Exact in continuous time, to within the rounding that :func:`prepare` calls a tie. A job with a
    duration of zero or less, or with NaN, is placed nowhere.
    """
    start, mean = np.full(len(duration), np.nan), np.full(len(duration), np.nan)
    first, last, fits = _inside(slots, duration, earliest, latest)
    order, bounds = _by_duration(duration, fits)
    apart = []
    for begin, end, shared in zip(
        bounds[:-1], bounds[1:], _shares_a_table(slots, (last - first)[order], bounds), strict=True
    ):
        if not shared:
            apart.append(order[begin:end])
            continue
        families = _families(slots, float(duration[order[begin]]), (last - first)[order[begin:end]])
        for jobs in _pieces(order[begin:end]):
            found = [family.least(first[jobs], last[jobs]) for family in families]
            _settle(slots, found, jobs, duration, first, last, start, mean)
    if apart:
        for jobs, width in _by_width(np.concatenate(apart), last - first):
            found = _searched(slots, duration[jobs], first[jobs], last[jobs], width)
            _settle(slots, found, jobs, duration, first, last, start, mean)
    return Placements(start, mean)


def means_at(slots: Slots, duration: Floats, start: Floats) -> Floats:
    """The mean value over each job begun at ``start``; NaN where it touches a shut slot."""
    cost = _costs_at(slots, duration, start)
    return np.where(np.isfinite(cost), cost / np.maximum(duration, EDGE), np.nan)


def _inside(
    slots: Slots, duration: Floats, earliest: Floats, latest: Floats
) -> tuple[Floats, Floats, Bools]:
    """Windows cut to the arrays; a window of one instant survives rounding."""
    first: Floats = np.maximum(earliest, 0.0)
    last: Floats = np.minimum(latest, len(slots.value) - duration)
    fits = (last >= first - EDGE) & (duration > EDGE)  # also false for NaN
    return first, np.asarray(np.maximum(first, last), dtype=np.float64), fits


def _by_duration(duration: Floats, fits: Bools) -> tuple[Ints, list[int]]:
    """The jobs that fit, equal durations side by side, and where each run of them begins."""
    import pyarrow as pa

    jobs = np.flatnonzero(fits)
    if not len(jobs):
        return jobs, [0]
    coded = pa.array(duration[jobs]).dictionary_encode().indices.to_numpy()
    if int(coded.max()) < 1 << 16:
        coded = coded.astype(np.uint16)  # numpy sorts two-byte keys by radix, in linear time
    order = np.argsort(coded, kind="stable")
    return jobs[order], [0, *np.cumsum(np.bincount(coded)).tolist()]


def _shares_a_table(slots: Slots, windows: Floats, bounds: list[int]) -> list[bool]:
    """Of each run of equal durations, whether a table is quicker than to search its windows."""
    if len(bounds) < 2:
        return []
    places = np.add.reduceat(windows + 3.0, bounds[:-1])
    widest = np.maximum.reduceat(windows, bounds[:-1]) + 2.0
    levels = np.log2(np.minimum(widest, len(slots.value))) + 4.0
    quicker: Bools = _FIXED + _TABLE * len(slots.value) * levels < _SEARCH * places
    return quicker.tolist()  # type: ignore[no-any-return]  # numpy types it as object


def _pieces(jobs: Ints) -> Iterator[Ints]:
    for begin in range(0, len(jobs), _CHUNK):
        yield jobs[begin : begin + _CHUNK]


def _by_width(jobs: Ints, windows: Floats) -> Iterator[tuple[Ints, int]]:
    """Jobs in pieces of bounded work, narrow windows first, each with its widest in places."""
    width = windows[jobs].astype(np.int64) + 2
    order = np.argsort(width, kind="stable")
    jobs, width = jobs[order], width[order]
    begin = 0
    while begin < len(jobs):
        end = min(begin + max(_CELLS // int(width[begin]), 1), len(jobs))
        while end > begin + 1 and (end - begin) * int(width[end - 1]) > 2 * _CELLS:
            end = begin + (end - begin + 1) // 2
        yield jobs[begin:end], int(width[end - 1])
        begin = end


class _Family:
    """Starts ``offset + i`` with their costs (n), infinite where shut, and a table of the least."""

    def __init__(self, cost: Floats, offset: float, widest: int, tie: float) -> None:
        self.cost, self.offset = cost, offset
        self.table = RangeMin(cost, widest, 2 * tie)

    def least(self, earliest: Floats, latest: Floats) -> Found:
        """Per window the least cost and its start; infinite where there is none."""
        first = np.ceil(earliest - self.offset - EDGE).astype(np.int64)
        last = np.floor(latest - self.offset + EDGE).astype(np.int64)
        np.maximum(first, 0, out=first)
        np.minimum(last, len(self.cost) - 1, out=last)
        index = self.table.argmin(first, last)
        cost: Floats = np.where(index >= 0, self.cost[index], np.inf)
        return cost, np.add(index, self.offset, dtype=np.float64)


def _families(slots: Slots, length: float, windows: Floats) -> list[_Family]:
    """Costs of all starts on edges and of all ends on edges, for one duration."""
    whole, part = int(np.floor(length + EDGE)), 0.0
    if length - whole > EDGE:
        part = length - whole
    count, widest = len(slots.value), int(windows.max()) + 2
    sums = slots.sums[:, whole:] - slots.sums[:, : count + 1 - whole]
    if not part:
        return [_Family(_open(sums[0], sums[1]), 0.0, widest, slots.tie)]
    after = slice(whole, count)  # the slot a job begun on an edge ends in
    before = slice(0, count - whole)  # the slot a job ended on an edge begins in
    starting = sums[:, :-1] + np.stack([part * slots.value[after], slots.shut[after]])
    ending = sums[:, 1:] + np.stack([part * slots.value[before], slots.shut[before]])
    return [
        _Family(_open(*starting), 0.0, widest, slots.tie),
        _Family(_open(*ending), 1.0 - part, widest, slots.tie),
    ]


def _open(cost: Floats, shut: Floats) -> Floats:
    return np.where(shut > 0, np.inf, cost)


def _settle(
    slots: Slots, found: list[Found], jobs: Ints, duration: Floats, first: Floats, last: Floats,
    start: Floats, mean: Floats,
) -> None:  # fmt: skip
    """Of the candidates found and the ends of the windows, write the best into the results."""
    length, first, last = duration[jobs], first[jobs], last[jobs]
    on_edges = bool((first == np.floor(first)).all() and (last == np.floor(last)).all())
    if len(found) > 1 or not on_edges:  # else the ends of the window are edges themselves
        found = [*found, *((_costs_at(slots, length, at), at) for at in (first, last))]
    costs = np.stack([cost for cost, _ in found])
    least = costs.min(axis=0)
    starts = np.where(costs <= least + 2 * slots.tie, np.stack([at for _, at in found]), np.inf)
    some = np.isfinite(least)
    start[jobs[some]] = np.clip(starts.min(axis=0), first, last)[some]
    mean[jobs[some]] = (least / length)[some]


def _costs_at(slots: Slots, duration: Floats, start: Floats) -> Floats:
    """The cost of each start; infinite where it touches a shut slot or leaves the arrays."""
    count = len(slots.value)
    end = start + duration
    within = (start >= -EDGE) & (end <= count + EDGE)
    start, end = np.where(within, start, 0.0), np.where(within, end, 1.0)
    first = np.maximum(np.floor(start + EDGE), 0).astype(np.int64)
    last = np.minimum(np.ceil(end - EDGE), count).astype(np.int64)
    within &= slots.sums[1, last] == slots.sums[1, first]
    if not count:
        return np.full(len(start), np.inf)
    cost = slots.sums[0, last] - slots.sums[0, first]
    cost -= (last - end) * slots.value[np.maximum(last - 1, 0)]
    cost -= (start - first) * slots.value[np.minimum(first, count - 1)]
    return np.where(within, cost, np.inf)


def _searched(
    slots: Slots, duration: Floats, first: Floats, last: Floats, width: int
) -> list[Found]:
    """As the two families, by looking at every place of every window, ``width`` at most."""
    whole = np.floor(duration + EDGE)
    part = np.where(duration - whole > EDGE, duration - whole, 0.0)
    found = []
    for offset in (np.zeros(len(duration)), np.where(part > 0, whole + part, 0.0)):
        edge = np.ceil(first + offset - EDGE).astype(np.int64)[:, None] + np.arange(width)
        inside = edge <= np.floor(last + offset + EDGE)[:, None]
        begins = edge - np.where(offset > 0, whole, 0).astype(np.int64)[:, None]
        ends = begins + whole.astype(np.int64)[:, None]
        touched = np.where(offset[:, None] > 0, begins - 1, ends)
        cost = _cells(slots, begins, ends, touched, part[:, None], inside)
        least = cost.min(axis=1)
        place = (cost <= least[:, None] + slots.tie).argmax(axis=1)
        found.append((least, edge[:, 0] + place - offset))
    return found


def _cells(
    slots: Slots, begins: Ints, ends: Ints, touched: Ints, part: Floats, inside: Bools
) -> Floats:
    """Costs over ``[begins, ends)`` and ``part`` of a slot ``touched``; infinite where shut."""
    count = len(slots.value)
    inside &= (begins >= 0) & (ends <= count)
    begins, ends = np.where(inside, begins, 0), np.where(inside, ends, 0)
    touched = np.clip(touched, 0, count - 1)
    shut = (slots.sums[1][ends] != slots.sums[1][begins]) | ((part > 0) & (slots.shut[touched] > 0))
    cost = slots.sums[0][ends] - slots.sums[0][begins] + part * slots.value[touched]
    return np.where(inside & ~shut, cost, np.inf)
