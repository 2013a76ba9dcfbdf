"""Exports and copies of a large database, each in a process of its own.

Run: python benchmarks/bench_export.py grid.duckdb
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gridctl.config import load_config
from gridctl.store.backup import back_up
from gridctl.store.export.run import FORMATS, export

WHAT = (*FORMATS, "backup")


def measure(database: Path, what: str) -> None:
    config = load_config(environ={}).with_database(database)
    with tempfile.TemporaryDirectory(dir=database.parent) as folder:
        target = Path(folder) / "out"
        start, cpu = time.perf_counter(), time.process_time()
        if what == "backup":
            done = back_up(config, target)
            rows, size = done.rows, sum(done.files.values())
        else:
            exported = export(config, target, what)
            rows, size = sum(exported.rows.values()), exported.bytes
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what:8} {rows:,} rows, {size / 1e6:,.0f} MB: {seconds:.1f} s, cpu {cpu:.1f}, "
        f"peak {peak:.0f} MiB"
    )


def main() -> None:
    database = Path(sys.argv[1]).resolve()
    if len(sys.argv) > 2:
        measure(database, sys.argv[2])
        return
    for what in WHAT:
        subprocess.run([sys.executable, __file__, str(database), what], check=True)


if __name__ == "__main__":
    main()
