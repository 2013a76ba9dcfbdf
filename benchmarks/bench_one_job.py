"""Microseconds for one exact search over 96 half hours, against plain Python in the same run.

Run: python benchmarks/bench_one_job.py
"""

from __future__ import annotations

from collections.abc import Callable
from timeit import repeat
from typing import Any

import numpy as np

from gridctl.schedule.kernels.contiguous import (
    cheapest_start,
    cheapest_start_under_means,
    mean_cap,
    prepare,
)
from gridctl.schedule.kernels.elastic import cheapest_levels, make_curve
from gridctl.schedule.kernels.interruptible import amounts_of, cheapest_slots, rank
from gridctl.schedule.kernels.means import least_under_means
from gridctl.schedule.kernels.pieces import cheapest_pieces, make_grid
from gridctl.schedule.kernels.profile import Profile, cheapest_profile_start

SLOTS = 96
DURATION = 8.37  # 4 h 11 min: neither end is on an edge when the other is
EARLIEST, LATEST = 0.57, SLOTS - DURATION
FINISH = LATEST + DURATION
MIN_RUN, PIECES = 2, 8  # slots
PROFILE = Profile(np.array([0.0, 2.0, 6.37, 8.37]), np.array([200.0, 400.0, 100.0]))
# Diminishing returns, as a job that exchanges messages has them: units a slot and kW.
CURVE = make_curve(
    np.array([0.0, *(n**0.9 for n in range(1, 9))]), np.array([0.05 * n for n in range(9)])
)


def plain_contiguous(
    values: list[float], usable: list[bool], duration: float, earliest: float, latest: float
) -> float:
    """The same candidates, each integrated slot by slot."""
    edges = range(len(values) + 1)
    starts = [earliest, latest, *edges, *(edge - duration for edge in edges)]
    best = float("inf")
    for start in starts:
        if not earliest <= start <= latest:
            continue
        end = start + duration
        cost = 0.0
        for i in range(int(start), min(int(end) + 1, len(values))):
            covered = min(i + 1, end) - max(i, start)
            if covered > 1e-9:
                cost = cost + covered * values[i] if usable[i] else float("inf")
        best = min(best, cost)
    return best / duration


def plain_cheapest(values: list[float], usable: list[bool]) -> float:
    """Sort, and fill from the cheapest on."""
    left, total = DURATION, 0.0
    for value, slot in sorted((v, i) for i, v in enumerate(values) if usable[i]):
        room = max(0.0, min(slot + 1.0, FINISH) - max(float(slot), EARLIEST))
        total, left = total + min(room, left) * value, left - min(room, left)
    return total / DURATION


def plain_pieces(values: list[float], usable: list[bool], restart: float) -> float:
    """The same dynamic program cell by cell: work left, whether it runs, grain by grain."""
    inf = float("inf")
    count = len(values)
    running = {(0, t): inf for t in range(count + 1)}
    paused = {(0, t): 0.0 for t in range(count + 1)}
    for work in range(1, PIECES + 1):
        for t in range(count + 1):
            best = inf
            if t and usable[t - 1]:
                best = running.get((work - 1, t - 1), inf) + values[t - 1]
            begin = t - MIN_RUN
            if work >= MIN_RUN and begin >= 0 and all(usable[begin:t]):
                again = restart * values[begin] if work > MIN_RUN else 0.0
                before = paused.get((work - MIN_RUN, begin), inf)
                best = min(best, before + again + sum(values[begin:t]))
            running[work, t] = best
            paused[work, t] = min(best, paused.get((work, t - 1), inf))
    return paused[PIECES, count] / PIECES


def plain_elastic(values: list[float], usable: list[bool], work: float) -> float:
    """Every (slot, server) sorted by what a unit of work costs there."""
    gain, draw = np.diff(CURVE.throughput).tolist(), np.diff(CURVE.power).tolist()
    items = sorted(
        (draw[n] / gain[n] * values[i], n, i)
        for i in range(len(values))
        if usable[i]
        for n in range(len(gain))
    )
    total = 0.0
    for cost, n, _ in items:
        done = min(gain[n], work)
        total, work = total + done * cost, work - done
        if work <= 0:
            return total
    return float("inf")


def microseconds(call: Callable[[], Any], number: int) -> float:
    """The quickest of seven rounds, per call."""
    return 1e6 * min(repeat(call, number=number, repeat=7)) / number


def show(name: str, found: float, taken: float, check: float, slow: float) -> None:
    times = f"{taken:9.1f} us  {slow:10.1f} us  {slow / taken:6.0f} x"
    print(f"  {name:<36}{found:10.4f}{check:10.4f} {times}")


def main() -> None:
    rng = np.random.default_rng(1)
    carbon = 150 + 60 * np.sin(np.arange(SLOTS) / 8) + rng.normal(0, 15, SLOTS)
    renewable = 40 - (carbon - 150) / 4
    carbon[5] = np.nan
    usable = (carbon <= 205) & (renewable >= 26)
    has_data = np.isfinite(carbon)
    values, mask = np.nan_to_num(carbon).tolist(), usable.tolist()
    print(f"{SLOTS} half hours, a job of {DURATION} slots, caps on carbon and on renewables")
    print(f"  {'':<36}{'kernel':>10}{'checked':>10} {'kernel':>12}  {'plain Python':>13}")

    slots = prepare(carbon, usable)
    found = cheapest_start(slots, DURATION, EARLIEST, LATEST)
    check = plain_contiguous(values, mask, DURATION, EARLIEST, LATEST)
    slow = microseconds(lambda: plain_contiguous(values, mask, DURATION, EARLIEST, LATEST), 50)
    kernel = microseconds(lambda: cheapest_start(slots, DURATION, EARLIEST, LATEST), 2000)
    show("contiguous, on prepared arrays", found.mean if found else np.nan, kernel, check, slow)

    ranked = rank(carbon, usable)
    chosen = cheapest_slots(ranked, DURATION, EARLIEST, FINISH)
    assert chosen is not None
    mean = float(chosen.amount @ carbon[chosen.slot]) / DURATION
    check = plain_cheapest(values, mask)
    slow = microseconds(lambda: plain_cheapest(values, mask), 500)
    kernel = microseconds(lambda: cheapest_slots(ranked, DURATION, EARLIEST, FINISH), 5000)
    show("cheapest slots, on prepared arrays", mean, kernel, check, slow)

    def in_pieces() -> Any:
        grid = make_grid(carbon, 0.4 * carbon, usable, 1800, 1800, 0, SLOTS * 1800)
        return grid, cheapest_pieces(grid, PIECES, MIN_RUN)

    grid, pieces = in_pieces()
    cost = sum(grid.sums[end] - grid.sums[begin] for begin, end in pieces)
    cost += sum(grid.restart[begin] for begin, _ in pieces[1:])
    check = plain_pieces(values, mask, 0.4)
    slow = microseconds(lambda: plain_pieces(values, mask, 0.4), 20)
    kernel = microseconds(in_pieces, 500)
    show("minimum run 1 h and restart energy", cost / PIECES, kernel, check, slow)

    shaped = cheapest_profile_start(slots, PROFILE, EARLIEST, LATEST)
    kernel = microseconds(lambda: cheapest_profile_start(slots, PROFILE, EARLIEST, LATEST), 500)
    bounds, power = PROFILE.bounds.tolist(), PROFILE.power.tolist()

    def plain_profile() -> float:
        edges = range(SLOTS + 1)
        starts = [EARLIEST, LATEST, *(edge - bound for edge in edges for bound in bounds)]
        parts = list(zip(power, bounds, bounds[1:], strict=False))
        return min(
            sum(
                p * (b - a) * plain_contiguous(values, mask, b - a, start + a, start + a)
                for p, a, b in parts
            )
            for start in starts
            if EARLIEST <= start <= LATEST
        ) / PROFILE.total  # fmt: skip

    show("power profile of three pieces", shaped.mean if shaped else np.nan, kernel,
         plain_profile(), microseconds(plain_profile, 3))  # fmt: skip

    work = 3 * DURATION
    hours = cheapest_levels(CURVE, carbon, usable, work, 0.0, float(SLOTS))
    assert hours is not None
    cost = float((CURVE.power @ hours) @ np.nan_to_num(carbon))
    kernel = microseconds(lambda: cheapest_levels(CURVE, carbon, usable, work, 0.0, SLOTS), 500)
    check = plain_elastic(values, mask, work)
    show("elastic, up to 8 servers", cost, kernel, check,
         microseconds(lambda: plain_elastic(values, mask, work), 50))  # fmt: skip

    free = prepare(carbon, has_data)
    caps = [mean_cap(carbon, has_data, 205.0), mean_cap(-renewable, has_data, -26.0)]
    kernel = microseconds(
        lambda: cheapest_start_under_means(free, caps, DURATION, EARLIEST, LATEST), 500
    )
    print(f"  contiguous under two mean caps {kernel:37.1f} us")
    price = 60 + rng.normal(0, 20, SLOTS)
    excess = [np.nan_to_num(carbon - 130.0), -renewable + 42.0]

    def solve(value: np.ndarray) -> np.ndarray | None:
        order = rank(value, has_data)
        best = cheapest_slots(order, DURATION, EARLIEST, FINISH)
        if best is None:
            return None
        return amounts_of(order, best, DURATION, EARLIEST, FINISH)[None, :]

    kernel = microseconds(lambda: least_under_means(solve, price, excess, np.ones(1)), 20)
    print(f"  cheapest slots under two mean caps {kernel:33.1f} us")


if __name__ == "__main__":
    main()
