"""Landing to store: one year of national, regional and mix bodies, then the same again.

Run: python benchmarks/bench_load.py
"""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bodies import year_of_bodies

from gridctl.config import load_config
from gridctl.landing import Call, Landing
from gridctl.store.load import load_waiting


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = load_config(environ={}).with_database(Path(folder) / "grid.duckdb")
        landing = Landing(config.database)
        now = datetime(2026, 1, 2, tzinfo=UTC)
        total = 0
        for request, body in year_of_bodies():
            total += len(body)
            landing.land(
                Call(request.source, request.dataset, "http", request.path, now, now, body)
            )
        print(f"landed {total / 1e6:.0f} MB of JSON in {landing.path.stat().st_size / 1e6:.0f} MB")
        for name in ("load", "unchanged re-load"):
            start, cpu = time.perf_counter(), time.process_time()
            results = load_waiting(config, now)
            print(
                f"{name}: {time.perf_counter() - start:.2f} s, "
                f"cpu {time.process_time() - cpu:.2f}, "
                f"inserted {sum(r.inserted for r in results):,}, "
                f"updated {sum(r.updated for r in results):,}"
            )
            landing.replay()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"file {config.database.stat().st_size / 1e6:.1f} MB, peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
