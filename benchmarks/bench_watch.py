"""Days of ``fetch --watch --every 60s`` in minutes: CPU of idle ticks, memory after each day.

The publishers run in a process of their own. Time is passed to each tick, so nothing waits.

Run: python benchmarks/bench_watch.py [DAYS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publishers import publishers

from gridctl.config import Config
from gridctl.fetch import Plan, fetch

NAMES = ("carbon-intensity", "elexon")
MINUTE = timedelta(minutes=1)


@dataclass
class Day:
    """What one day cost: calls made, CPU of ticks with nothing due, memory at its end (MiB)."""

    calls: int = 0
    idle_ticks: int = 0
    idle_cpu: float = 0.0
    memory_mib: float = 0.0


def main(days: int) -> None:
    now = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory() as folder,
        publishers(Path(folder) / "grid.duckdb") as config,
    ):
        for number in range(1, days + 1):
            day = watch(config, now)
            now += timedelta(days=1)
            hour = 60 * day.idle_cpu / max(day.idle_ticks, 1)
            print(
                f"day {number}: {day.calls} calls, an idle hour takes {hour:.2f} s of CPU, "
                f"memory {day.memory_mib:.0f} MiB",
                flush=True,
            )


def watch(config: Config, start: datetime) -> Day:
    day = Day()
    for minute in range(24 * 60):
        begun = time.process_time()
        report = fetch(config, NAMES, Plan(only_due=True), start + minute * MINUTE)
        calls = sum(source.calls for source in report.sources)
        day.calls += calls
        if not calls:
            day.idle_ticks += 1
            day.idle_cpu += time.process_time() - begun
    day.memory_mib = resident_mib()
    return day


def resident_mib() -> float:
    """Memory in use now, from Linux."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
