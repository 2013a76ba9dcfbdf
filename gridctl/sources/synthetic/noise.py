"""Smooth random processes that can be read at any time without starting anywhere.

Each process hangs on *knots*: Gaussian numbers hashed from a key and the knot's absolute index.
Between two knots it turns smoothly from one to the other. So the value at a time depends on the
key and the time alone, and a whole span comes out of a few array operations.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Slots = NDArray[np.int64]  # half hours since 1970, each named by its start
Times = Slots | Floats  # half hours since 1970
Keys = NDArray[np.uint64]
Octaves = Sequence[tuple[float, float]]  # (knot spacing in half hours, share of the variance)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_TWO_32 = 4294967296.0


def _scramble(state: Keys) -> Keys:
    """splitmix64's output function (Steele and others 2014, doi 10.1145/2714064.2660195)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def fold(key: Keys, index: ArrayLike) -> Keys:
    """A new key from a key and a whole number; arrays broadcast."""
    steps = np.asarray(index).astype(np.int64).astype(np.uint64)
    return _scramble((key ^ (steps * _GOLDEN)) + _GOLDEN)


def key(seed: int, stream: str) -> Keys:
    """The key of a named stream under a seed, as an array of one, so that uint64 wraps silently."""
    start = np.array([seed % 2**64], dtype=np.uint64)
    for letter in stream.encode():
        start = fold(start, letter)
    return start


def uniform(keys: Keys) -> Floats:
    """Numbers in (0, 1), one per key."""
    return (np.asarray(_scramble(keys) >> np.uint64(32), dtype=np.float64) + 0.5) / _TWO_32


def normal(keys: Keys) -> Floats:
    """Standard normal numbers, one per key, by Box and Muller."""
    bits = _scramble(keys)
    radius = (np.asarray(bits >> np.uint64(32), dtype=np.float64) + 0.5) / _TWO_32
    angle = np.asarray(bits & np.uint64(0xFFFFFFFF), dtype=np.float64) / _TWO_32
    return np.asarray(np.sqrt(-2.0 * np.log(radius)) * np.cos(2.0 * np.pi * angle))


def turn(position: Floats) -> tuple[Slots, Floats, Floats]:
    """Knot before each position and the weights of it and the next: squares sum to one."""
    knot = np.floor(position).astype(np.int64)
    part = position - knot
    angle = np.pi / 2.0 * part * part * (3.0 - 2.0 * part)
    return knot, np.cos(angle), np.sin(angle)


def process(keys: Keys, at: Times, octaves: Octaves) -> Floats:
    """A zero-mean process, variance the sum of the shares, at times ``at`` in half hours.

    ``keys`` of shape (streams, 1) give one row per stream; keys that change along the time axis
    are allowed, and cost a hash for each value instead of each knot.
    """
    total: Floats = np.zeros(1)
    for number, (spacing, share) in enumerate(octaves):
        knot, before, after = turn(at / spacing)
        stream = fold(keys, number)
        if stream.shape[-1] == 1:
            first = int(knot.min())
            table = normal(fold(stream, np.arange(first, int(knot.max()) + 2)))
            left, right = table[..., knot - first], table[..., knot - first + 1]
        else:
            left, right = normal(fold(stream, knot)), normal(fold(stream, knot + 1))
        total = total + np.sqrt(share) * (before * left + after * right)
    return total
