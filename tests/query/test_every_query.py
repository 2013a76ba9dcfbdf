"""Every canned query, old and new, on recorded data, on synthetic data, and on none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from queries_page import THEMES, answer_example
from query.querystore import Store

from gridctl.config import Config
from gridctl.query.catalogue import all_queries
from gridctl.query.header import Query
from gridctl.query.run import run_named
from gridctl.render.values import json_value

every_query = pytest.mark.parametrize("query", all_queries(), ids=lambda q: q.name)
# Made by users' jobs or by fetching: rows that are neither measured nor made up.
WITHOUT_PROVENANCE = {
    "api-health", "pipeline-performance", "data-freshness", "data-gaps", "negotiations",
    "schedule-audit",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What a query answers on the recorded data: how many rows, and of the first some values.

    The values are read off the recorded files by hand. ``note`` is what is said instead of rows.
    """

    moment: str
    count: int = 0
    first: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    note: str | None = None


AUCTIONS = {"hours": 20_000, "type": "day_ahead_auction"}
RECORDED = {
    "api-health": Case("2026-10-10T00:00Z", note="no data yet: api_logs is empty; run: "),
    "beckn-messages": Case(
        "2025-11-24T12:00Z", 16, {"action": "rating", "message_id": "msg-on-rating-ce-001"},
        {"transaction": "txn-ce-order1-001"},
    ),
    "beckn-offers": Case(
        "2025-11-18T07:00Z", 3,
        {"rank": 1, "price_value": 0.065, "price_currency": "EUR", "price_unit": "per_kWh"},
    ),
    "beckn-windows": Case(
        "2025-11-17T09:00Z", 2,
        {"locality": "Cambridge", "region_number": 10, "hours_until_start": 1.0,
         "carbon_intensity": 120},
    ),
    "beckn-zones": Case(
        "2025-11-18T07:00Z", 3,
        {"grid_area": "Oslo", "windows": 1, "available_capacity_mw": 12,
         "lowest_price_gbp_kwh": None},
    ),
    "carbon-forecast": Case(
        "2023-03-15T12:31Z", 95,
        {"forecast_gco2_kwh": 226, "lowest_gco2_kwh": 226, "highest_gco2_kwh": 231, "vintages": 2},
    ),
    "carbon-trend": Case(
        "2023-01-26T14:10Z", 4,
        {"forecast_gco2_kwh": 214, "actual_gco2_kwh": 226, "error_gco2_kwh": -12}, {"hours": 2},
    ),
    "current-grid-status": Case(
        "2026-05-06T12:10Z", 1, {"carbon_intensity": 106, "is_actual": True, "demand_mw": None}
    ),
    "data-freshness": Case(
        "2026-10-10T00:00Z", 17,
        {"dataset": "carbon_intensity_national", "age_hours": 97.5, "synthetic_rows": 0},
    ),
    "data-gaps": Case(
        "2026-10-10T00:00Z", 85, {"missing_slots": 91}, {"since": "2023-01-01T00:00Z"}
    ),
    "demand-forecast-accuracy": Case("2025-03-30T12:00Z", note="no rows: demand_actual_national"),
    "demand-outlook": Case(
        "2026-10-09T12:00Z", 4, {"forecast_type": "day_ahead", "is_interpolated": True},
        {"hours": 2},
    ),
    "demand-vs-forecast": Case(
        "2025-10-26T04:00Z", 7, {"actual_mw": 20_960, "forecast_mw": None, "error_pct": None},
        {"hours": 3},
    ),
    "embedded-generation": Case(
        "2025-06-21T13:10Z", 2,
        {"embedded_wind_mw": 1_659, "embedded_solar_mw": 6_808, "national_demand_mw": 21_627,
         "is_forecast": False}, {"hours": 1},
    ),
    "flexibility-events": Case(
        "2026-09-30T00:00Z", 5,
        {"event_id": "136", "required_mw": 500, "bids": 12, "accepted_bids": 8,
         "lowest_accepted_gbp_mwh": 150, "highest_accepted_gbp_mwh": 201.33},
    ),
    "forecast-accuracy": Case("2023-03-31T00:00Z", 6, {"horizon": "0-1 h ahead", "n": 54}),
    "forecast-revisions": Case("2023-03-18T12:10Z", 5, {"value": 160, "change": None}),
    "generation-mix": Case(
        "2024-10-27T02:00Z", 7, {"wind_pct": 40.2, "gas_pct": 13.5, "renewable_pct": 47.7}
    ),
    "greenest-hours": Case(
        "2023-12-31T23:59Z", 288,
        {"month": "2023-01", "hour": 0, "half_hours": 62, "min_carbon_intensity": 56},
        {"hours": 8760},
    ),
    "latest-grid-conditions": Case(
        "2025-11-17T09:00Z", 8, {"grid_zone_code": "UK-EAST-1", "beckn_price_value": 0.102}
    ),
    "negative-prices": Case(
        "2022-09-13T00:00Z", 5, {"hours": 3, "lowest_price_gbp_mwh": -6.7}, AUCTIONS
    ),
    "negotiations": Case("2026-10-10T00:00Z", note="no data yet: no negotiation is recorded"),
    "optimal-windows": Case(
        "2023-03-15T12:00Z", 5, {"carbon_intensity": 60.125, "min_carbon_intensity": 58}
    ),
    "pipeline-performance": Case("2026-10-10T00:00Z", note="no data yet: api_logs is empty; run: "),
    "price-spread": Case(
        "2024-03-25T00:10Z", 4, {"price_gbp_mwh": None, "against_gbp_mwh": 71.9}
    ),
    "price-trend": Case("2024-03-25T00:10Z", 4, {"price_gbp_mwh": 71.9, "settlement_period": 46}),
    "regional-comparison": Case("2026-05-06T00:10Z", 14, {"rank": 1, "carbon_intensity": 0}),
    "regional-compute-opportunities": Case(
        "2026-05-06T00:10Z", 14, {"region_number": 1, "renewable_pct": 100}
    ),
    "regional-demand": Case(
        "2026-10-09T12:00Z", 14, {"region_number": 10, "half_hours": 48}
    ),
    "regional-ranking": Case(
        "2026-05-06T00:10Z", 14, {"rank": 1, "region_number": 1, "carbon_intensity": 0}
    ),
    "savings": Case("2023-04-01T00:00Z", 2, {"action": "defer", "workloads": 1}),
    "schedule-audit": Case("2023-04-01T00:00Z", 1, {"sequence": 1, "workload_name": "training"}),
    "workload-optimization-opportunities": Case(
        "2023-03-22T18:10Z", 1, {"workload_name": "training", "carbon_cap": 60}
    ),
    "workloads": Case("2023-04-01T00:00Z", 1, {"status": "deferred", "estimated_energy_kwh": 5000}),
}  # fmt: skip


@every_query
def test_on_recorded_data(recorded: Config, query: Query) -> None:
    case = RECORDED[query.name]
    answer = run_named(recorded, query.name, case.params, datetime.fromisoformat(case.moment))
    assert len(answer.rows) == case.count
    if case.note is not None:
        assert answer.notes[0].startswith(case.note)
        return
    row = answer.dicts()[0]
    assert {name: row[name] for name in case.first} == case.first
    assert not row.get("is_synthetic")


@every_query
def test_on_synthetic_data_the_example_answers_and_says_that_it_is_made_up(
    sample: Config, query: Query
) -> None:
    answer = answer_example(sample, query)
    assert answer.rows
    if query.name in WITHOUT_PROVENANCE:
        assert "is_synthetic" not in answer.dicts()[0]
    else:
        assert {row["is_synthetic"] for row in answer.dicts()} == {True}
    assert len(answer.df()) == len(answer.rows)
    json.dumps(json_value(answer.rows), allow_nan=False)
    assert answer_example(sample, query) == answer  # the order is settled


@every_query
def test_what_its_comment_says_is_drawn_is_there(sample: Config, query: Query) -> None:
    if query.chart is None:
        pytest.skip("nothing to draw")
    types = dict(answer_example(sample, query).columns)
    chart = query.chart
    assert {chart.x, chart.by, chart.down, *chart.values} - {None} <= types.keys()
    assert {types[value] for value in chart.values} <= {"DOUBLE", "BIGINT"}


@every_query
def test_on_an_empty_database_it_says_what_to_run(store: Store, gridctl: Any, query: Query) -> None:
    ran = gridctl("query", query.name, "--format", "json")
    document = json.loads(ran.out)
    assert ran.code == 0
    assert (document["rows"], document["row_count"]) == ([], 0)
    assert document["columns"]
    needed = {
        f"note: no data yet: {table} is empty; run: {command}"
        for table, command in query.needs.items()
    }
    first, *rest = ran.err.splitlines()
    assert first in needed or (not needed and first == f"note: {query.empty}")
    assert rest == ["0 rows"]
    assert store.answer(query.name).arrow().num_rows == 0


@every_query
def test_it_belongs_to_a_theme_of_the_page(query: Query) -> None:
    assert query.theme in THEMES
