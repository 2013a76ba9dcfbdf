"""The cheapest slots for a job that may be paused at will: exact, in continuous time.

Without a minimum run, a restart energy or a limit on pauses the job is a fractional knapsack: take
the cheapest slots whole, and of the last one what is still needed. Slots cut by the ends of the
window offer only their part inside it. An exchange shows that nothing is better: time taken from
a dearer slot could always be moved to a cheaper one with room left.

Instants, durations and amounts are floats counted in slots from the beginning of the arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridctl.schedule.kernels.contiguous import EDGE, Bools, Floats

_ROUNDING = 1e-12  # of the largest value: two values nearer than this are equal

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Usable slots from the cheapest on, the earlier first among equals.

    ``slot`` (m) their numbers, ``opens`` the same as floats and ``closes`` one more, ``value`` (m)
    what they cost, ``count`` the length of the arrays, ``tie`` the difference that does not count.
    """

    slot: NDArray[np.intp]
    opens: Floats
    closes: Floats
    value: Floats
    count: int
    tie: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """How much of which slots is taken: ``slot`` (k), cheapest first, and ``amount`` (k)."""

    slot: NDArray[np.intp]
    amount: Floats


def rank(value: Floats, usable: Bools) -> Ranked:
    """Sort once for :func:`cheapest_slots`. ``value`` may be NaN where ``usable`` is false."""
    slots = np.flatnonzero(usable)
    order = slots[np.argsort(value[slots], kind="stable")]
    ranked = value[order]
    size = float(np.abs(ranked).max()) if len(ranked) else 0.0
    opens = order.astype(np.float64)
    return Ranked(order, opens, opens + 1.0, ranked, len(value), _ROUNDING * (1.0 + size))


def cheapest_slots(
    ranked: Ranked, duration: float, earliest: float, finish: float
) -> Chosen | None:
    """The slots of least total value that offer ``duration`` inside ``[earliest, finish]``.

    ``None`` when the usable slots of the window are not enough.
    """
    room = np.minimum(ranked.closes, finish)
    room -= np.maximum(ranked.opens, earliest)
    np.maximum(room, 0.0, out=room)
    filled = room.cumsum()
    last = int(filled.searchsorted(duration - EDGE))
    if last == len(filled):
        return None
    amount = room[: last + 1]
    if last:
        amount[last] = min(duration - filled[last - 1], amount[last])
    else:
        amount[0] = min(duration, amount[0])
    return Chosen(ranked.slot[: last + 1], amount)


def amounts_of(
    ranked: Ranked, chosen: Chosen, duration: float, earliest: float, finish: float
) -> Floats:
    """The amount per slot (n) of an equally cheap choice that has the fewest pauses.

    Only slots as dear as the last one taken are open to choice: what those cheaper offer is taken
    whole. Gaps between runs are closed from the shortest on, then runs are made longer, and only
    then is a stretch away from them begun, the longest first.
    """
    amounts = np.zeros(ranked.count)
    amounts[chosen.slot] = chosen.amount
    level = ranked.value[len(chosen.slot) - 1]
    low = int(ranked.value.searchsorted(level - ranked.tie))
    high = int(ranked.value.searchsorted(level + ranked.tie, side="right"))
    if high - low < 2:
        return amounts
    tied = ranked.slot[low:high]
    amounts[tied] = 0.0
    room = np.clip(
        np.minimum(np.arange(ranked.count) + 1.0, finish)
        - np.maximum(np.arange(ranked.count), earliest),
        0.0,
        None,
    )
    _fill_tied(amounts, room, sorted(tied.tolist()), duration - float(amounts.sum()))
    return amounts


def _fill_tied(amounts: Floats, room: Floats, tied: Sequence[int], left: float) -> None:
    """Spread ``left`` over the tied slots, by stretches of neighbours."""
    taken = amounts > EDGE
    stretches = [s for s in _stretches(tied) if room[list(s)].sum() > EDGE]

    def touches(stretch: range) -> tuple[bool, bool]:
        before = stretch.start > 0 and bool(taken[stretch.start - 1])
        return before, stretch.stop < len(taken) and bool(taken[stretch.stop])

    def length(stretch: range) -> float:
        return float(room[list(stretch)].sum())

    bridges = sorted((s for s in stretches if all(touches(s))), key=length)
    beside = [s for s in stretches if any(touches(s)) and s not in bridges]
    apart = sorted((s for s in stretches if not any(touches(s))), key=lambda s: -length(s))
    whole = [s for s in apart if length(s) >= left - EDGE]
    if whole and not bridges and not beside:
        apart = [min(whole, key=lambda s: s.start)]
    for stretch in [*bridges, *beside, *apart]:
        from_end = not touches(stretch)[0] and touches(stretch)[1]
        for slot in reversed(stretch) if from_end else stretch:
            amounts[slot] = min(left, room[slot])
            left -= amounts[slot]
            if left <= EDGE:
                return


def _stretches(slots: Sequence[int]) -> Iterator[range]:
    first = 0
    for at in range(1, len(slots) + 1):
        if at == len(slots) or slots[at] != slots[at - 1] + 1:
            yield range(slots[first], slots[at - 1] + 1)
            first = at


def spans_of(amounts: Floats, earliest: float, finish: float) -> list[Span]:
    """Where in each slot its amount lies: beside its neighbours' where there are some."""
    spans: list[Span] = []
    for slot in np.flatnonzero(amounts > EDGE).tolist():
        opens, closes = max(float(slot), earliest), min(slot + 1.0, finish)
        amount = min(float(amounts[slot]), closes - opens)
        follows = bool(spans) and spans[-1][1] >= opens - EDGE
        leads = slot + 1 < len(amounts) and amounts[slot + 1] > EDGE
        begin = closes - amount if leads and not follows else opens
        if spans and begin - spans[-1][1] <= EDGE:
            spans[-1] = spans[-1][0], begin + amount
        else:
            spans.append((begin, begin + amount))
    return spans
