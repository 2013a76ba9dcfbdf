"""Half hours that are missing between the first and the last row of a series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.clock import iso
from gridctl.store.checks.finding import WARNING, Asked, Check, Found

# SQL for what tells the series of a table apart, beside the region.
_KINDS = {
    "carbon_intensity_national": "NULL",
    "carbon_intensity_regional": "NULL",
    "generation_mix_national": "NULL",
    "generation_mix_regional": "NULL",
    "demand_actual_national": "NULL",
    "demand_forecast_national": "forecast_type",
    "demand_regional": "CASE WHEN is_forecast THEN 'forecast' ELSE 'actual' END",
    "wholesale_prices": "price_type",
}
# Counting is quick: only series that lack something are put in order. Rows of one key, which are
# errors of their own, may hide a gap here.
_GAPS = """
    WITH series AS (SELECT {region}::INTEGER AS region, {kind} AS kind, timestamp FROM {table}),
    incomplete AS (
        SELECT region, kind FROM series GROUP BY ALL
        HAVING count(*) FILTER (epoch_us(timestamp) % 1800000000 = 0)
            <= date_diff('minute', min(timestamp), max(timestamp)) // 30
    ),
    followed AS (
        SELECT series.*, lead(timestamp) OVER (
            PARTITION BY series.region, series.kind ORDER BY timestamp) AS next
        FROM series JOIN incomplete
          ON series.region IS NOT DISTINCT FROM incomplete.region
         AND series.kind IS NOT DISTINCT FROM incomplete.kind
    )
    SELECT region, kind, min(timestamp) + INTERVAL 30 MINUTE AS first,
           max(next) - INTERVAL 30 MINUTE AS last, count(*) AS gaps,
           sum(date_diff('minute', timestamp, next) // 30 - 1)::BIGINT AS missing,
           max(date_diff('minute', timestamp, next) // 30 - 1) AS longest,
           arg_max(timestamp, date_diff('minute', timestamp, next)) + INTERVAL 30 MINUTE AS since
    FROM followed WHERE next > timestamp + INTERVAL 30 MINUTE
    GROUP BY region, kind
"""


# Regions whose answers came together lack the same half hours: that is told once.
_ALIKE = """
    SELECT kind, first, last, gaps, missing, longest, since, list(region ORDER BY region) AS regions
    FROM ({gaps}) GROUP BY ALL ORDER BY kind NULLS FIRST, regions
"""


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    gaps = _GAPS.format(region=asked.region(table), kind=_KINDS[table], table=table)
    for kind, first, last, count, missing, longest, since, regions in con.execute(
        _ALIKE.format(gaps=gaps)
    ).fetchall():
        is_shared = len(regions) > 1
        what = f"{kind}: " if kind else ""
        what += f"half hours missing, in {count} {'gap' if count == 1 else 'gaps'}"
        what += f" of each of {len(regions)} regions" if is_shared else ""
        region = None if is_shared else regions[0]
        example = f"the longest: {longest} from {iso(since)}"
        yield Found(missing * len(regions), what, region, first, last, example)


CHECK = Check(
    "gap",
    WARNING,
    "half hours are missing inside a series; `gridctl query data-gaps` lists them all",
    tuple(_KINDS),
    _find,
)
