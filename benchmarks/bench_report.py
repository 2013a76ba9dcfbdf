"""A report of the last days of a database: seconds by part, memory, size of the page.

Run: python benchmarks/bench_report.py grid.duckdb [DAYS [AS_OF]]
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from gridctl import clock
from gridctl.config import load_config
from gridctl.render.page.page import charting
from gridctl.render.page.write import write_page
from gridctl.report.gather import gather
from gridctl.report.period import make_period

Result = TypeVar("Result")


def timed(what: str, call: Callable[[], Result]) -> Result:
    begun = perf_counter()
    result = call()
    print(f"  {what:<28} {perf_counter() - begun:6.2f} s")
    return result


def main(database: str, days: float, as_of: str) -> None:
    now = clock.now()
    config = load_config().with_database(database)
    period = make_period(clock.parse_time(as_of, now), timedelta(days=days))
    print(f"{days:g} days of {database}:")
    with tempfile.TemporaryDirectory() as folder:
        report = timed("read", lambda: gather(config, period, now))
        timed("the charting script", charting)
        size = timed("the page", lambda: write_page(report, Path(folder) / "report.html"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  page {size / 1e6:.1f} MB, peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    words = sys.argv[2:]
    main(sys.argv[1], float(words[0]) if words else 90, words[1] if words[1:] else "now")
