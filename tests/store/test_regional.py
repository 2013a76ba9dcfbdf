"""Regional demand follows national demand, whoever else adds to its rows, and in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import duckdb
import pytest
from sites.neso import Neso

from gridctl.config import Config
from gridctl.landing import Call, Landing
from gridctl.store.load import load_waiting

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
SUMS = """
    SELECT count(*), max(abs(regional - national)) FROM (
        SELECT timestamp, sum(r.demand_mw) AS regional FROM demand_regional r
        WHERE is_forecast GROUP BY timestamp)
    JOIN (SELECT timestamp, max(national_demand_mw) AS national FROM demand_forecast_national
          WHERE national_demand_mw IS NOT NULL GROUP BY timestamp) USING (timestamp)
"""


def land(config: Config, dataset: str, body: str, minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    place = f"/{dataset}/{minutes}"
    Landing(config.database).land(
        Call("neso", dataset, "http", place, at, at, body.encode(), at, at, status=200)
    )


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_it_does_not_depend_on_who_comes_first(
    config: Config, tmp_path: Path, order: tuple[int, ...]
) -> None:
    site = Neso(NOW)
    demand = site.two_to_fourteen_day_file()
    payloads = (
        ("two_to_fourteen_day", demand, 0),
        ("embedded", site.embedded_file(), 2),
        ("two_to_fourteen_day", demand.replace(",25000", ",40000"), 1),
    )
    for number in order:
        land(config, *payloads[number])
        load_waiting(config, NOW)
    with duckdb.connect(str(config.database), read_only=True) as con:
        [(half_hours, difference)] = con.execute(SUMS).fetchall()
        [(national,)] = con.execute(
            """SELECT count(DISTINCT timestamp) FROM demand_forecast_national
               WHERE national_demand_mw IS NOT NULL"""
        ).fetchall()
    assert half_hours == national == 13 * 48
    assert difference < 2  # each region is rounded to a tenth of a MW
