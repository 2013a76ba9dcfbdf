"""Draw the pictures of ``docs/images`` on the synthetic grid of one fixed moment.

Run: python docs/pictures.py
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).parent / "images"
NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
JOBS = {
    "decision": {
        "name": "LLM training",
        "energy_kwh": 5000.0,
        "duration": timedelta(hours=4),
        "deadline": NOW + timedelta(hours=36),
        "max_carbon": 130.0,
    },
    "balanced": {
        "name": "nightly batch",
        "energy_kwh": 800.0,
        "duration": timedelta(hours=6),
        "deadline": NOW + timedelta(hours=42),
        "objective": "balanced",
        "carbon_price": 80.0,
    },
}
CHARTS = {
    "week": ("carbon-trend", {"hours": 168}),
    "mix": ("generation-mix", {"hours": 48}),
    "regions": ("regional-comparison", {}),
    "hours": ("carbon-trend", {"hours": 336, "kind": "heatmap", "columns": ["actual_gco2_kwh"]}),
}
_HISTORY = timedelta(days=15)


def draw_all(folder: Path, database: Path) -> None:
    """Fill ``database`` with the synthetic grid and write one SVG per picture into ``folder``."""
    from gridctl.api import Grid
    from gridctl.config import load_config
    from gridctl.fetch import Plan, fetch
    from gridctl.model import SYNTHETIC, Window
    from gridctl.render.picture import draw_decision
    from gridctl.render.style import write_picture
    from gridctl.schedule import schedule_workload
    from gridctl.schedule.job.workload import make_workload

    config = load_config().with_database(database)
    fetch(config, [SYNTHETIC], Plan(history=Window(NOW - _HISTORY, NOW)), NOW)
    for name, job in JOBS.items():
        decision = schedule_workload(
            config, make_workload(job), as_of=NOW, allow_synthetic=True, dry_run=True
        )
        write_picture(lambda decision=decision: draw_decision(decision), folder / f"{name}.svg")
    grid = Grid(config)
    for name, (query, asked) in CHARTS.items():
        grid.plot(query, as_of=NOW, **asked).save(folder / f"{name}.svg")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        draw_all(FOLDER, Path(temporary) / "grid.duckdb")
