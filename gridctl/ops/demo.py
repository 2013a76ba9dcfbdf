"""The demo: made-up grid data, the questions one asks of it, and one job put off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridctl.config import Config
from gridctl.fetch import FetchReport, Plan, fetch
from gridctl.model import SYNTHETIC
from gridctl.query.answer import Answer
from gridctl.query.run import run_named
from gridctl.schedule import schedule_workload
from gridctl.schedule.job.workload import make_workload
from gridctl.schedule.single.decision import Decision


@dataclass(frozen=True)
class Demo:
    """What the demo found: the fetch, the grid now, the best regions, and the decision."""

    fetched: FetchReport
    now: Answer
    regions: Answer
    decision: Decision


def run_demo(config: Config, now: datetime) -> Demo:
    """Fill the database with synthetic data around ``now`` and defer a 5,000 kWh job.

    No network. Raises :class:`gridctl.errors.DatabaseError` when the database cannot be written.
    """
    now = now.replace(second=0, microsecond=0)
    fetched = fetch(config, [SYNTHETIC], Plan(), now)
    workload = make_workload(
        {
            "name": "LLM training",
            "energy_kwh": 5000.0,
            "duration": timedelta(hours=4),
            "deadline": now + timedelta(hours=36),
        }
    )
    return Demo(
        fetched,
        run_named(config, "current-grid-status", as_of=now),
        run_named(config, "regional-compute-opportunities", as_of=now, limit=5),
        schedule_workload(config, workload, as_of=now, allow_synthetic=True),
    )
