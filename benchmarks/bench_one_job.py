"""Microseconds for one exact search over 96 half hours, against plain Python in the same run.

Run: python benchmarks/bench_one_job.py
"""

from __future__ import annotations

from timeit import repeat

import numpy as np

from gridctl.schedule.kernels.contiguous import (
    cheapest_start,
    cheapest_start_under_means,
    mean_cap,
    prepare,
)

SLOTS = 96
DURATION = 8.37  # 4 h 11 min: neither end is on an edge when the other is
EARLIEST, LATEST = 0.57, SLOTS - DURATION


def plain_python(
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


def microseconds(call, number: int) -> float:  # type: ignore[no-untyped-def]
    """The quickest of seven rounds, per call."""
    return 1e6 * min(repeat(call, number=number, repeat=7)) / number


def main() -> None:
    rng = np.random.default_rng(1)
    carbon = 150 + 60 * np.sin(np.arange(SLOTS) / 8) + rng.normal(0, 15, SLOTS)
    renewable = 40 - (carbon - 150) / 4
    carbon[5] = np.nan
    usable = (carbon <= 205) & (renewable >= 26)
    has_data = np.isfinite(carbon)
    slots, free = prepare(carbon, usable), prepare(carbon, has_data)
    caps = [mean_cap(carbon, has_data, 205.0), mean_cap(-renewable, has_data, -26.0)]
    values, mask = np.nan_to_num(carbon).tolist(), usable.tolist()

    found = cheapest_start(slots, DURATION, EARLIEST, LATEST)
    check = plain_python(values, mask, DURATION, EARLIEST, LATEST)
    kernel = microseconds(lambda: cheapest_start(slots, DURATION, EARLIEST, LATEST), 2000)
    whole = microseconds(
        lambda: cheapest_start(
            prepare(carbon, (carbon <= 205) & (renewable >= 26)), DURATION, EARLIEST, LATEST
        ),
        2000,
    )
    means = microseconds(
        lambda: cheapest_start_under_means(free, caps, DURATION, EARLIEST, LATEST), 500
    )
    slow = microseconds(lambda: plain_python(values, mask, DURATION, EARLIEST, LATEST), 50)
    print(f"{SLOTS} half hours, a job of {DURATION} slots, a cap on carbon and on renewables")
    print(f"kernel {found.mean if found else None!r} g/kWh, plain Python {check!r} g/kWh")
    print(f"  kernel on prepared arrays     {kernel:8.1f} us")
    print(f"  masks, preparing and kernel   {whole:8.1f} us")
    print(f"  kernel under two mean caps    {means:8.1f} us")
    print(f"  plain Python                  {slow:8.1f} us   {slow / kernel:.0f} x the kernel")


if __name__ == "__main__":
    main()
