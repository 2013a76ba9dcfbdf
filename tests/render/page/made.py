"""A report with something in every section, on the synthetic grid, and hostile names in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridctl.config import Config
from gridctl.fetch import Plan, fetch
from gridctl.model import SYNTHETIC
from gridctl.report.gather import Report, gather
from gridctl.report.period import make_period
from gridctl.schedule import schedule_workload
from gridctl.schedule.job.workload import make_workload
from gridctl.store.connect import open_writer

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>\u2028'\"&{{7*7}}"


def make_report(config: Config) -> Report:
    """Two weeks of data with a gap of six hours; one job and one region have hostile names."""
    fetch(config, [SYNTHETIC], Plan(), NOW)
    for name in ("training", HOSTILE):
        job = {"name": name, "energy_kwh": 500.0, "duration": timedelta(hours=4),
               "deadline": NOW + timedelta(hours=36)}  # fmt: skip
        schedule_workload(config, make_workload(job), as_of=NOW, allow_synthetic=True)
    with open_writer(config.database, timedelta(seconds=1)) as con:
        con.execute("UPDATE uk_regions SET region_name = ? WHERE region_number = 13", [HOSTILE])
        con.execute(
            "DELETE FROM carbon_intensity_national WHERE timestamp >= ? AND timestamp < ?",
            [NOW - timedelta(days=3), NOW - timedelta(days=3) + timedelta(hours=6)],
        )
    return gather(config, make_period(NOW), NOW, title=f"A title {HOSTILE}")
