"""A year of history, and a refresh of everything, from publishers on this machine.

python benchmarks/bench_fetch.py
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from publishers import publishers

from gridctl.fetch import Plan, fetch
from gridctl.model import Window
from gridctl.store.load import load_waiting

NAMES = ("carbon-intensity", "neso", "elexon", "dfs")


def main() -> None:
    now = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory() as folder,
        publishers(Path(folder) / "grid.duckdb") as config,
    ):
        report("refresh of every default source", lambda: fetch(config, NAMES, Plan(), now))
        year = Window(now - timedelta(days=365), now)
        plan = Plan(history=year, with_forecast=False, load=False)
        report("a year asked for and landed", lambda: fetch(config, NAMES, plan, now))
        report("its parse, validation and store", lambda: load_waiting(config, now))
        idle = Plan(only_due=True)
        begun = time.process_time()
        for _ in range(60):
            fetch(config, NAMES, idle, now)
        print(f"60 idle ticks of --watch: cpu {time.process_time() - begun:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MiB")


def report(what: str, work: Callable[[], Any]) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    done = work()
    took = f"{time.perf_counter() - start:.1f} s, cpu {time.process_time() - cpu:.1f} s"
    if isinstance(done, list):
        print(f"{what}: {took}; {sum(result.fetched for result in done):,} rows")
        return
    calls = sum(source.calls for source in done.sources)
    print(f"{what}, waits for pacing included: {took}; {calls} calls")
    for source in done.sources:
        if source.error:
            print(f"  {source.name}: {source.error}")


if __name__ == "__main__":
    main()
