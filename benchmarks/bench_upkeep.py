"""Looking after ten years: check them, archive all but the last year, and bring that back.

Run: python benchmarks/bench_upkeep.py GRID.duckdb
The database is copied first, with its journal. It may be any; the figures of docs/performance.md
are of ten years of national, regional, mix, demand and price data and one of vintages.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from gridctl.config import load_config
from gridctl.ops.check import check_store
from gridctl.store.files import load_files
from gridctl.store.prune import prune
from gridctl.store.retention import PRUNABLE, cutoffs

Made = TypeVar("Made")


def timed(what: str, run: Callable[[], Made]) -> Made:
    """Run one step and print its wall and CPU seconds, and the peak of memory so far."""
    start, cpu = time.perf_counter(), time.process_time()
    made = run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what}: {time.perf_counter() - start:.1f} s, cpu {time.process_time() - cpu:.1f} s, "
        f"peak memory {peak:.0f} MiB"
    )
    return made


def main(database: Path) -> None:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        copy, archive = Path(folder) / "grid.duckdb", Path(folder) / "archive"
        config = load_config(environ={}).with_database(copy)
        for suffix in (".duckdb", ".landing.sqlite"):
            if database.with_suffix(suffix).exists():
                shutil.copy(database.with_suffix(suffix), copy.with_suffix(suffix))
        findings = timed("check", lambda: check_store(config, now))
        print(f"  {len(findings)} findings")
        before = cutoffs(config, now, PRUNABLE, timedelta(days=365))
        done = timed("archive and prune", lambda: prune(config, before, archive))
        files = [path for pruned in done for path in pruned.files]
        size = sum(path.stat().st_size for path in files)
        rows = sum(p.rows for p in done)
        print(f"  {rows:,} rows in {len(files)} files of {size / 1e6:.0f} MB")
        loaded = timed("restore", lambda: load_files(config, [archive], now))
        print(f"  {sum(result.inserted for result in loaded):,} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
