"""The regions together are about the nation.

Regional intensity is of what is consumed, national of what is generated, so they are not equal;
but the nation lies among its regions, and near their mean weighted by demand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.store.checks.finding import ISO, WARNING, Asked, Check, Found

_REGIONS = 14
# Two recorded half hours differ by 0.1 and 6.6 g/kWh, made-up ones by at most 25.
_TOLERANCE = 40
_COMPARED = f"""
    WITH regions AS (
        SELECT timestamp, min(forecast_gco2_kwh) AS least, max(forecast_gco2_kwh) AS most,
               sum(forecast_gco2_kwh * demand_share) / sum(demand_share) AS mean
        FROM carbon_intensity_regional JOIN uk_regions USING (region_number)
        GROUP BY timestamp HAVING count(forecast_gco2_kwh) = {_REGIONS}
    ),
    compared AS (
        SELECT timestamp, least, most, mean, n.forecast_gco2_kwh AS nation
        FROM regions JOIN carbon_intensity_national n USING (timestamp)
    )
    SELECT count(*), min(timestamp), max(timestamp), arg_max(
        strftime(timestamp, {ISO}) || ': national ' || nation::BIGINT || ', regions '
        || least::BIGINT || ' to ' || most::BIGINT || ', their mean ' || mean::BIGINT,
        abs(nation - mean))
    FROM compared WHERE """
_FAULTS = {
    "nation NOT BETWEEN least AND most": (
        "half hours whose national forecast is outside those of all regions"
    ),
    f"nation BETWEEN least AND most AND abs(nation - mean) > {_TOLERANCE}": (
        f"half hours whose regions' mean is over {_TOLERANCE} g/kWh off the national forecast"
    ),
}


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    for broken, what in _FAULTS.items():
        count, first, last, example = con.execute(_COMPARED + broken).fetchall()[0]
        if count:
            yield Found(count, what, None, first, last, example)


CHECK = Check(
    "regional_against_national", WARNING,
    "the national forecast is outside all regions, or 40 g/kWh off their mean weighted by demand",
    ("carbon_intensity_regional",), _find,
)  # fmt: skip
