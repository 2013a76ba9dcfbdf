"""Many jobs at once: batch kernels and whole replays, beside a plain loop over jobs.

Run: python benchmarks/bench_simulate.py [TRACE SIGNAL [CURVE]]

With a trace and a signal file it also replays 1,000 jobs of the trace under seven policies.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from gridctl.schedule.job.tables import read_curve
from gridctl.schedule.kernels.batch import cheapest_starts
from gridctl.schedule.kernels.cheapest_slots import CheapestSlots
from gridctl.schedule.kernels.contiguous import cheapest_start, prepare
from gridctl.schedule.kernels.elastic import Curve, make_curve
from gridctl.schedule.simulate.forecasts import Shared
from gridctl.schedule.simulate.jobs import Waiting, make_jobs
from gridctl.schedule.simulate.run import replay
from gridctl.schedule.simulate.settings import Settings, check_settings, trace_curve
from gridctl.schedule.simulate.signal_file import read_signal
from gridctl.schedule.simulate.trace import Trace, read_trace

YEAR, HOURS = 17520, 8760
MILLION = 1_000_000


def timed(what: str, call: Callable[[], Any], rounds: int = 5) -> float:
    """The quickest of a few rounds, wall and processor time."""
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = perf_counter(), process_time()
        call()
        walls.append(perf_counter() - wall)
        cpus.append(process_time() - cpu)
    print(f"  {what:<52} {min(walls):8.3f} s   {min(cpus):8.3f} s of processor")
    return min(walls)


def signal(count: int, rng: np.random.Generator) -> np.ndarray:
    """A daily wave with noise and a gap."""
    values = 150 + 60 * np.sin(np.arange(count) * 2 * np.pi / 48) + rng.normal(0, 15, count)
    values[100:110] = np.nan
    return values


def contiguous(rng: np.random.Generator) -> None:
    values = signal(YEAR, rng)
    slots = prepare(values, np.isfinite(values))
    at = rng.integers(0, YEAR, MILLION).astype(float)
    off = at + rng.uniform(0, 1, MILLION)
    day, year = (rng.integers(0, most, MILLION).astype(float) for most in (49, YEAR))
    cases = [
        ("1-48 slots, a day of slack", rng.integers(1, 49, MILLION).astype(float), at, day),
        ("1-48 slots, slack to a year", rng.integers(1, 49, MILLION).astype(float), at, year),
        ("300 lengths in whole slots", rng.integers(1, 301, MILLION).astype(float), at, day),
        ("400 lengths in five minutes, off the grid", rng.integers(1, 401, MILLION) / 6, off, day),
        ("all lengths distinct, off the grid", rng.uniform(0.5, 48, MILLION), off, day),
    ]
    print(f"{MILLION:,} contiguous jobs over a year of half hours")
    for what, duration, earliest, slack in cases:
        seconds = timed(
            what, partial(cheapest_starts, slots, duration, earliest, earliest + slack), 3
        )
        begun, count = perf_counter(), 2000
        for i in range(count):
            cheapest_start(slots, duration[i], earliest[i], earliest[i] + slack[i])
        plain = (perf_counter() - begun) / count * MILLION
        print(f"    a loop over the kernel for one job would take {plain / seconds:.0f} times that")


def interruptible(rng: np.random.Generator) -> None:
    count = 300_000
    values = signal(HOURS, rng)
    earliest = rng.integers(0, HOURS - 48, count).astype(float)
    deadline = np.minimum(earliest + rng.integers(48, HOURS, count), HOURS)
    duration = rng.integers(1, 25, count).astype(float)
    print(f"{count:,} interruptible jobs over {HOURS:,} h, slack to a year")
    seconds = timed(
        "sums of the cheapest hours",
        lambda: CheapestSlots(values).fill(duration, earliest, deadline),
        3,
    )
    begun, some = perf_counter(), 500
    for i in range(some):
        window = values[int(earliest[i]) : int(deadline[i])]
        np.sort(window[np.isfinite(window)])[: int(duration[i])].sum()
    plain = (perf_counter() - begun) / some * count
    print(f"    a loop that sorts each window would take {plain / seconds:.0f} times that")


def periodic(rng: np.random.Generator) -> None:
    """A job every night at one, moved by up to 0, 0.5 ... 8 hours either way."""
    values = signal(YEAR, rng)
    nights = 2.0 + 48 * np.arange(1, 365)
    widths = np.repeat(np.arange(17.0), len(nights))
    nights = np.tile(nights, 17)

    def run() -> None:
        slots = prepare(values, np.isfinite(values))
        cheapest_starts(slots, np.ones(len(nights)), nights - widths, nights + widths)

    print("A year's nightly job under 17 window widths")
    timed(f"{len(nights):,} placements, preparing included", run)


def seven_policies(trace_file: str, signal_file: str, curve_file: str | None) -> None:
    ground = read_signal(Path(signal_file))
    trace = read_trace(Path(trace_file), origin=ground.start)
    pick = np.sort(np.random.default_rng(0).choice(len(trace), min(1000, len(trace)), False))
    names = [name for name in Trace.__dataclass_fields__ if name != "skipped"]
    some = replace(trace, **{name: getattr(trace, name)[pick] for name in names})
    jobs = make_jobs(some, ground, Waiting(), known_length=True)
    curve = trace_curve(read_curve(Path(curve_file))) if curve_file else _some_curve()
    told = check_settings(Settings(curve=curve))
    print(f"{len(jobs):,} jobs of {Path(trace_file).name} under {len(told.policies)} policies")
    timed("replayed", lambda: replay(jobs, ground, Shared(ground.carbon), told))
    timed(
        "signal and trace read as well",
        lambda: (read_signal(Path(signal_file)), read_trace(Path(trace_file), origin=ground.start)),
    )


def _some_curve() -> Curve:
    return make_curve(np.array([0.0, 1.0, 1.9, 2.7]), np.array([0.0, 1.0, 1.95, 2.9]))


def main() -> None:
    rng = np.random.default_rng(1)
    contiguous(rng)
    interruptible(rng)
    periodic(rng)
    if len(sys.argv) > 2:
        seven_policies(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of all of it {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
