"""The demo's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from gridctl.render.decision import write_decision
from gridctl.render.tables import write_rows

if TYPE_CHECKING:
    from gridctl.ops.demo import Demo
    from gridctl.query.answer import Answer

_NOTICE = (
    "SYNTHETIC DATA: made up by a model of the British grid, not measured.\n"
    "Nothing below says anything about the real grid today.\n"
)
_REGIONS = (
    "rank",
    "region_name",
    "carbon_intensity",
    "renewable_pct",
    "best_start",
    "best_carbon_intensity",
)
# As the demo heads them: the table has to fit 80 columns.
_HEADS = {
    "region_name": "region",
    "carbon_intensity": "g/kWh",
    "renewable_pct": "renewable %",
    "best_start": "best half hour",
    "best_carbon_intensity": "its g/kWh",
}


def write_demo(demo: Demo, stream: TextIO) -> None:
    """Write the whole story: what was made, the grid now, the best regions, the decision."""
    rows = sum(source.records_inserted for source in demo.fetched.sources)
    stream.write(f"{_NOTICE}\nMade {rows:,} rows of the last 14 days and the next 48 hours.\n")
    stream.write("\n== The grid now ==\n\n")
    _write_now(demo.now, stream)
    stream.write("\n== The five cleanest regions now, and their best half hour in 24 h ==\n\n")
    _write_regions(demo.regions)
    stream.write("\n== One 5,000 kWh job of 4 hours, due in 36 hours ==\n\n")
    write_decision(demo.decision, stream)
    stream.write(f"\n{_NOTICE.splitlines()[0]}\n")
    stream.flush()


def _write_now(answer: Answer, stream: TextIO) -> None:
    [now] = answer.dicts()
    stream.write(
        f"  half hour from   {now['timestamp']:%a %d %b %Y %H:%M} UTC\n"
        f"  carbon           {now['carbon_intensity']:.0f} g/kWh, {now['intensity_index']}\n"
        f"  renewable        {now['renewable_pct']:.0f} %\n"
        f"  demand           {now['demand_mw']:,.0f} MW\n"
        f"  wholesale price  {now['wholesale_price_gbp_mwh']:.2f} GBP/MWh\n"
    )


def _write_regions(answer: Answer) -> None:
    types = dict(answer.columns)
    columns = [(_HEADS.get(name, name), types[name]) for name in _REGIONS]
    write_rows(columns, [tuple(row[name] for name in _REGIONS) for row in answer.dicts()], "table")
