"""The least value of any range of an array, for many ranges at once: a sparse table.

Values are compared to within ``quantum`` and the first of equal ones wins. Each is packed with its
index into one integer, so that one table, two look-ups and a minimum give value and place.
"""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from gridctl.schedule.kernels.contiguous import Floats

Ints = NDArray[np.int64]
_NONE = np.iinfo(np.int64).max


class RangeMin:
    """Where the least of ``values`` (n) lies in ranges of at most ``widest`` places.

    ``values`` may be infinite, which no range chooses. Building takes n log(widest) steps.
    """

    def __init__(self, values: Floats, widest: int, quantum: float) -> None:
        self._values = values
        self._bits = max(len(values).bit_length(), 1)
        finite = np.isfinite(values)
        steps = np.rint(np.where(finite, values, 0.0) / _wide_enough(values, quantum, self._bits))
        packed = (steps.astype(np.int64) << self._bits) + np.arange(len(values))
        packed[~finite] = _NONE
        self._levels = [packed]
        width = 1
        while 2 * width <= min(widest, len(values)):
            below = self._levels[-1]
            self._levels.append(np.minimum(below[:-width], below[width:]))
            width *= 2
        # one array end to end: a level's row begins at its offset, so a look-up is one gather
        self._flat = np.concatenate(self._levels)
        sizes = [len(level) for level in self._levels]
        self._offsets = np.concatenate(([0], np.cumsum(sizes[:-1]))).astype(np.int64)
        self._level_of = _level_table(min(widest, len(values)))

    def argmin(self, first: Ints, last: Ints) -> Ints:
        """The first place of the least value in each ``[first, last]``; -1 where there is none.

        A range with ``last < first`` is empty. Others must lie within the array.
        """
        least = np.full(len(first), _NONE)
        some = last >= first
        whole = bool(some.all())
        begin, end = (first, last) if whole else (first[some], last[some])
        level = self._level_of[end - begin + 1]
        offset = self._offsets[level]
        tail = end + 1 - (np.int64(1) << level)
        found = np.minimum(self._flat[offset + begin], self._flat[offset + tail])
        if whole:
            least = found
        else:
            least[some] = found
        return np.where(least == _NONE, -1, least & ((1 << self._bits) - 1))

    def first_at_most(self, first: Ints, last: Ints, bound: Floats) -> Ints:
        """The first place in each ``[first, last]`` with a value at or below ``bound``.

        ``last + 1`` where there is none. Walks down the levels, each halving what is left.
        """
        return self._walk(first, last, bound, forwards=True)

    def last_at_most(self, first: Ints, last: Ints, bound: Floats) -> Ints:
        """The last such place; ``first - 1`` where there is none."""
        return self._walk(first, last, bound, forwards=False)

    def _walk(self, first: Ints, last: Ints, bound: Floats, *, forwards: bool) -> Ints:
        """Step over the widest blocks that hold nothing at or below ``bound``."""
        places = first.copy() if forwards else last + 1
        for level in range(len(self._levels) - 1, -1, -1):
            width = 1 << level
            least = self._least_of(level)
            # a level may have to be stepped twice: ranges are not powers of two wide
            for _ in range(2):
                begin = places if forwards else places - width
                inside = (begin >= first) & (begin + width <= last + 1)
                block = np.clip(begin, 0, len(least) - 1)
                empty = inside & ~(least[block] <= bound)
                places = np.where(empty, places + width if forwards else places - width, places)
        return places if forwards else places - 1

    def _least_of(self, level: int) -> Floats:
        packed = self._levels[level]
        index = np.where(packed == _NONE, 0, packed & ((1 << self._bits) - 1))
        return np.where(packed == _NONE, inf, self._values[index])


def _wide_enough(values: Floats, quantum: float, bits: int) -> float:
    """``quantum``, or the least one whose steps leave room for the index in 63 bits."""
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max()) if len(finite) else 0.0
    return max(quantum, largest / 2.0 ** (61 - bits), 1e-300)


def _level_table(widest: int) -> Ints:
    widths = np.arange(widest + 1)
    widths[0] = 1
    return np.asarray(np.frexp(widths.astype(np.float64))[1] - 1, dtype=np.int64)
