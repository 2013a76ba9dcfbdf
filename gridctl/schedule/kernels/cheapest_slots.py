"""Many interruptible jobs over one signal: the sum of the cheapest slots of each window.

A window is its whole slots and, at either end, part of a slot. The whole slots are a range of an
array, and the sum of the k least values of a range comes from a wavelet matrix over their ranks
(Claude, Navarro, Ordonez, "The wavelet matrix", Information Systems 47, 2015): log n steps a job,
all jobs together. Filling the cheapest first is the greedy solution of a fractional knapsack,
which is exact, so the two partial slots join where their value stands in the order.

Instants and durations are floats counted in slots from the beginning of the arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridctl.schedule.kernels.contiguous import EDGE, Floats
from gridctl.schedule.kernels.range_min import Ints, RangeMin

_CHUNK = 1 << 16
_ENOUGH = 1e-7  # of a slot: a job short of this much time has what it needs


class Filled(NamedTuple):
    """Per job, NaN where its window holds too little: the ``mean`` value over the time it runs,
    its first ``start`` and last ``end``, and (m, jobs) ``accounts``, the integral of each series
    over the time it runs. It runs in the slots of its window with ``rank`` below ``limit``.
    """

    mean: Floats
    start: Floats
    end: Floats
    accounts: Floats
    limit: Ints


class WaveletMatrix:
    """Ranks 0..n-1 in the order of an array, and per level the sums of what went left.

    ``weights`` (m, n) are summed along with the search.
    """

    def __init__(self, ranks: Ints, weights: Floats) -> None:
        self.count = len(ranks)
        self._bits = max((self.count - 1).bit_length(), 1)
        self._left: list[NDArray[np.int32]] = []  # how many went left before each place
        self._sums: list[Floats] = []  # (m, n + 1) the weights of those
        order = np.arange(self.count)
        for bit in range(self._bits - 1, -1, -1):
            left = (ranks[order] >> bit) & 1 == 0
            self._left.append(np.concatenate(([0], np.cumsum(left))).astype(np.int32))
            sums = np.zeros((len(weights), self.count + 1))
            np.cumsum(np.where(left, weights[:, order], 0.0), axis=1, out=sums[:, 1:])
            self._sums.append(sums)
            order = np.concatenate((order[left], order[~left]))
        self._leaves = weights[:, order]
        self._ranks = ranks[order]

    def least(self, first: Ints, end: Ints, amount: Floats) -> tuple[Floats, Ints]:
        """Sums (m, jobs) of the ``amount`` least ranked of each ``[first, end)``; the last rank.

        ``amount`` may be fractional: of the last one only that part counts.
        """
        low, high, rest = first.copy(), end.copy(), amount.copy()
        total = np.zeros((len(self._leaves), len(first)))
        for left, sums in zip(self._left, self._sums, strict=True):
            zeros_low, zeros_high = left[low].astype(np.int64), left[high].astype(np.int64)
            zeros = zeros_high - zeros_low
            right = rest > zeros
            for series, row in enumerate(sums):
                total[series] += np.where(right, row[high] - row[low], 0.0)
            rest -= np.where(right, zeros, 0)
            beyond = int(left[-1])
            low = np.where(right, beyond + low - zeros_low, zeros_low)
            high = np.where(right, beyond + high - zeros_high, zeros_high)
        leaf = np.minimum(low, self.count - 1)
        some = rest > 0
        total += np.where(some, self._leaves[:, leaf] * rest, 0.0)
        return total, np.where(some, self._ranks[leaf], -1)

    def count_below(self, first: Ints, end: Ints, rank: Ints) -> Ints:
        """How many of each ``[first, end)`` have a rank below ``rank``."""
        low, high, found = first.copy(), end.copy(), np.zeros(len(first), dtype=np.int64)
        for level, left in enumerate(self._left):
            zeros_low, zeros_high = left[low].astype(np.int64), left[high].astype(np.int64)
            right = (rank >> (self._bits - 1 - level)) & 1 == 1
            found += np.where(right, zeros_high - zeros_low, 0)
            beyond = int(left[-1])
            low = np.where(right, beyond + low - zeros_low, zeros_low)
            high = np.where(right, beyond + high - zeros_high, zeros_high)
        return found


class CheapestSlots:
    """An array ``value`` (n) prepared for many jobs; NaN is a gap, which no job uses.

    ``accounts`` (m, n) are series to be summed over the slots chosen, the truth beside a forecast.
    ``rank`` (n) is each slot's place in the order of value, earlier of equal ones first.
    """

    def __init__(self, value: Floats, accounts: Floats | None = None) -> None:
        usable = np.isfinite(value)
        self._slot = np.flatnonzero(usable)
        self._before = np.concatenate(([0], np.cumsum(usable)))  # usable slots before each
        self._value = value
        self._series = np.concatenate(
            (value[None], np.empty((0, len(value))) if accounts is None else accounts)
        )
        order = np.argsort(value[self._slot], kind="stable")
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order))
        self.rank = np.full(len(value), len(order), dtype=np.int64)
        self.rank[self._slot] = ranks
        weights = self._series[:, self._slot]
        self._tree = WaveletMatrix(ranks, weights) if len(ranks) else None
        self._places = RangeMin(ranks.astype(np.float64), len(ranks), 0.5) if len(ranks) else None

    def fill(self, duration: Floats, earliest: Floats, deadline: Floats) -> Filled:
        """Run each job for ``duration`` in the cheapest time of ``[earliest, deadline]``."""
        jobs, series = len(duration), len(self._series)
        mean, start, end = (np.full(jobs, np.nan) for _ in range(3))
        accounts, limit = np.full((series, jobs), np.nan), np.zeros(jobs, dtype=np.int64)
        first = np.clip(np.nan_to_num(earliest), 0.0, len(self._value))
        last = np.clip(np.nan_to_num(deadline), first, len(self._value))
        wanted = np.isfinite(duration) & (duration > EDGE)
        for begin in range(0, jobs if self._tree is not None else 0, _CHUNK):
            some = begin + np.flatnonzero(wanted[begin : begin + _CHUNK])
            found = self._fill(duration[some], first[some], last[some])
            sums, start[some], end[some], limit[some] = found
            accounts[:, some] = sums
            mean[some] = sums[0] / duration[some]
        return Filled(mean, start, end, accounts[1:], limit)

    def _fill(
        self, duration: Floats, first: Floats, last: Floats
    ) -> tuple[Floats, Floats, Floats, Ints]:
        assert self._tree is not None
        ends = _Ends.of(first, last, self.rank, len(self._slot))
        low, high = self._before[ends.inner_first], self._before[ends.inner_last]
        below = [self._tree.count_below(low, high, rank) for rank in ends.rank]
        given, before = [], np.zeros(len(duration))
        for count, room in zip(below, ends.room, strict=True):
            given.append(np.clip(duration - count - before, 0.0, room))
            before = before + room
        rest = duration - given[0] - given[1]
        short = rest > high - low + _ENOUGH
        # a whole number of slots but for rounding must not touch one slot more
        rest = np.where(np.abs(rest - np.rint(rest)) < EDGE, np.rint(rest), rest)
        rest = np.clip(rest, 0.0, high - low)
        sums, limit = self._tree.least(low, high, rest)
        for slot, amount in zip(ends.slot, given, strict=True):
            sums += np.where(amount > 0, self._series[:, slot] * amount, 0.0)
        start, end = self._span(ends, given, low, high, limit, rest)
        for rank, amount in zip(ends.rank, given, strict=True):
            limit = np.maximum(limit, np.where(amount > EDGE, rank, -1))
        limit[short] = -1
        sums[:, short] = start[short] = end[short] = np.nan
        return sums, start, end, limit + 1

    def _span(
        self, ends: _Ends, given: list[Floats], low: Ints, high: Ints, limit: Ints, rest: Floats
    ) -> tuple[Floats, Floats]:
        """When each job first and last runs; a slot it needs part of, it runs from its start."""
        assert self._places is not None
        bound = limit.astype(np.float64)
        inner = limit >= 0
        begin = self._places.first_at_most(low, high - 1, bound)
        final = self._places.last_at_most(low, high - 1, bound)
        begin, final = (self._slot[np.clip(i, 0, len(self._slot) - 1)] for i in (begin, final))
        part = rest - np.floor(rest)
        partly = (self.rank[final] == limit) & (part > EDGE)
        start = np.where(inner, begin.astype(np.float64), np.inf)
        end = np.where(inner, final + np.where(partly, part, 1.0), -np.inf)
        for at, amount in zip(ends.start, given, strict=True):
            start = np.where(amount > EDGE, np.minimum(start, at), start)
            end = np.where(amount > EDGE, np.maximum(end, at + amount), end)
        return start, end


class _Ends(NamedTuple):
    """The whole slots ``[inner_first, inner_last)`` of windows, and their two partial slots, the
    cheaper first: ``slot``, its ``rank``, the ``room`` in it and the ``start`` of that room."""

    inner_first: Ints
    inner_last: Ints
    slot: tuple[Ints, Ints]
    rank: tuple[Ints, Ints]
    room: tuple[Floats, Floats]
    start: tuple[Floats, Floats]

    @classmethod
    def of(cls, first: Floats, last: Floats, ranks: Ints, usable: int) -> _Ends:
        """``usable`` is the rank that gaps have."""
        inner_first = np.ceil(first - EDGE).astype(np.int64)
        inner_last = np.floor(last + EDGE).astype(np.int64)
        within = inner_last < inner_first  # the window lies inside one slot
        head, tail = np.maximum(inner_first - 1, 0), np.minimum(inner_last, len(ranks) - 1)
        head_room = np.where(within, last - first, np.maximum(inner_first - first, 0.0))
        tail_room = np.where(within, 0.0, np.maximum(last - inner_last, 0.0))
        inner_last = np.maximum(inner_last, inner_first)
        head_rank, tail_rank = ranks[head], ranks[tail]
        head_room = np.where((head_rank < usable) & (head_room > EDGE), head_room, 0.0)
        tail_room = np.where((tail_rank < usable) & (tail_room > EDGE), tail_room, 0.0)
        swap = tail_rank < head_rank

        def ordered(a: Any, b: Any) -> tuple[Any, Any]:
            return np.where(swap, b, a), np.where(swap, a, b)

        return cls(
            inner_first, inner_last, ordered(head, tail), ordered(head_rank, tail_rank),
            ordered(head_room, tail_room),
            ordered(first, inner_last.astype(np.float64)),
        )  # fmt: skip
