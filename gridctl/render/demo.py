"""The demo's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from gridctl.render.decision import write_decision
from gridctl.render.tables import write_rows

if TYPE_CHECKING:
    from gridctl.ops.demo import Demo

_NOTICE = (
    "SYNTHETIC DATA: made up by a model of the British grid, not measured.\n"
    "Nothing below says anything about the real grid today.\n"
)
_STATUS = (
    "timestamp",
    "carbon_intensity",
    "intensity_index",
    "renewable_pct",
    "demand_mw",
    "wholesale_price_gbp_mwh",
    "is_synthetic",
)
_REGIONS = (
    "rank",
    "region_name",
    "carbon_intensity",
    "renewable_pct",
    "best_start",
    "best_carbon_intensity",
)


def write_demo(demo: Demo, stream: TextIO) -> None:
    """Write the whole story: what was made, the grid now, the best regions, the decision."""
    rows = sum(source.records_inserted for source in demo.fetched.sources)
    stream.write(f"{_NOTICE}\nMade {rows:,} rows of the last 14 days and the next 48 hours.\n")
    stream.write("\n== The grid now ==\n\n")
    _write(demo.now, _STATUS)
    stream.write("\n== The five cleanest regions now, and their best half hour in 24 h ==\n\n")
    _write(demo.regions, _REGIONS)
    stream.write("\n== One 5,000 kWh job of 4 hours, due in 36 hours ==\n\n")
    write_decision(demo.decision, stream)
    stream.write(f"\n{_NOTICE.splitlines()[0]}\n")


def _write(answer: Any, names: tuple[str, ...]) -> None:
    places = [i for i, (name, _) in enumerate(answer.columns) if name in names]
    columns = [answer.columns[i] for i in places]
    write_rows(columns, [tuple(row[i] for i in places) for row in answer.rows], "table")
