"""Known answers of the canned queries."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from query.querystore import NOW, SLOT, Store, at, region_id

from gridctl.clock import LONDON
from gridctl.errors import UsageError
from gridctl.query import catalogue

HALF_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize("query", catalogue.all_queries(), ids=lambda q: q.name)
def test_every_query_runs_on_an_empty_database_and_says_what_is_missing(
    store: Store, query: catalogue.Query
) -> None:
    answer = store.answer(query.name)
    assert answer.rows == []
    assert answer.columns
    (note,) = answer.notes
    assert note.startswith("no data yet: ")
    assert (next(iter(query.needs), None) or query.empty) in note
    assert len(answer.df().columns) == len(answer.columns)


@pytest.mark.parametrize("query", catalogue.all_queries(), ids=lambda q: q.name)
def test_every_example_parses(query: catalogue.Query) -> None:
    (example,) = query.examples
    words = example.split()
    assert words[:3] == ["gridctl", "query", query.name]
    given = [w for w in words[3:] if "=" in w]
    catalogue.convert_params(query, catalogue.parse_assignments(given), NOW)


def test_an_answer_that_does_not_fit_says_so(store: Store) -> None:
    store.carbon(at(days=-400), 100.0)
    (note,) = store.answer("carbon-trend").notes
    assert "carbon_intensity_national has data, but none that fits" in note


class TestCarbonTrend:
    def test_half_hours_up_to_now(self, store: Store) -> None:
        store.carbon(at(hours=-3), 100, 110, 120, 130, 140, 150, 160, 170)
        store.execute("UPDATE carbon_intensity_national SET actual_gco2_kwh = forecast_gco2_kwh - 5"
                      " WHERE timestamp < ?", [SLOT])  # fmt: skip
        rows = store.ask("carbon-trend", hours=1)
        assert [(r["timestamp"], r["forecast_gco2_kwh"], r["actual_gco2_kwh"]) for r in rows] == [
            (at(minutes=-30), 150, 145), (SLOT, 160, None),
        ]  # fmt: skip
        assert rows[0]["error_gco2_kwh"] == 5

    def test_longer_steps_are_means(self, store: Store) -> None:
        store.carbon(at(hours=-2), 100, 110, 120, 130, source="synthetic")
        rows = store.ask("carbon-trend", hours=3, step="1h")
        assert [(r["forecast_gco2_kwh"], r["half_hours"]) for r in rows] == [(105, 2), (125, 2)]
        assert all(r["is_synthetic"] for r in rows)


class TestOptimalWindows:
    def test_lowest_contiguous_and_gaps_are_no_zeros(self, store: Store) -> None:
        store.carbon(at(minutes=30), 90, 80)
        store.carbon(at(minutes=120), 10, 200, 60, 70)  # 13:30 is missing
        rows = store.ask("optimal-windows", duration="1h", count=10)
        assert [(r["start"], r["carbon_intensity"]) for r in rows] == [
            (at(minutes=180), 65), (at(minutes=30), 85), (at(minutes=120), 105),
            (at(minutes=150), 130),
        ]  # fmt: skip
        assert rows[0]["end"] == at(minutes=240)

    def test_a_region_and_rounding_up(self, store: Store) -> None:
        store.carbon(at(minutes=30), 1, 1, 1)
        store.regional(13, at(minutes=30), 100, 50, 60, source="synthetic")
        (row,) = store.ask("optimal-windows", duration="45m", region="London", count=1)
        assert (row["place"], row["carbon_intensity"]) == ("London", 55)
        assert row["end"] - row["start"] == timedelta(hours=1)
        assert row["is_synthetic"] is True

    def test_ends_within_the_coming_hours(self, store: Store) -> None:
        store.carbon(at(minutes=30), *([100] * 10))
        for row in store.ask("optimal-windows", duration="1h", hours=2, count=50):
            assert row["start"] >= NOW
            assert row["end"] <= NOW + timedelta(hours=2)

    @settings(max_examples=12, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
    @given(
        values=st.lists(st.one_of(st.none(), st.integers(0, 500)), min_size=1, max_size=30),
        half_hours=st.integers(1, 6),
    )
    def test_against_trying_every_stretch(
        self, store: Store, values: list[int | None], half_hours: int
    ) -> None:
        store.execute("DELETE FROM carbon_intensity_national")
        store.carbon(at(minutes=30), *values)
        tried = []
        for first in range(len(values) - half_hours + 1):
            run = values[first : first + half_hours]
            if None not in run:
                mean = sum(v for v in run if v is not None) / half_hours
                tried.append((round(mean, 6), at(minutes=30 * (first + 1))))
        rows = store.ask("optimal-windows", duration=half_hours * HALF_HOUR, count=100)
        assert [(round(r["carbon_intensity"], 6), r["start"]) for r in rows] == sorted(tried)


class TestDataGaps:
    def test_a_gap_per_series(self, store: Store) -> None:
        store.carbon(SLOT, 1, 1)
        store.carbon(at(hours=3), 1)
        store.regional(13, SLOT, 1)
        store.regional(13, at(hours=1), 1)
        store.regional(14, SLOT, 1, 1, 1)
        national, london = store.ask("data-gaps")
        assert national == {
            "table_name": "carbon_intensity_national", "kind": None, "region_number": None,
            "region_name": None, "gap_start": at(hours=1), "gap_end": at(hours=3),
            "last_missing": at(minutes=150), "missing_slots": 4,
        }  # fmt: skip
        assert (london["region_name"], london["missing_slots"]) == ("London", 1)

    @settings(max_examples=12, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
    @given(st.sets(st.integers(0, 60), min_size=1))
    def test_rows_and_missing_slots_fill_the_span(self, store: Store, present: set[int]) -> None:
        store.execute("DELETE FROM carbon_intensity_national")
        store.add(
            "carbon_intensity_national",
            *({"timestamp": at(minutes=30 * index)} for index in present),
        )
        missing = sum(row["missing_slots"] for row in store.ask("data-gaps"))
        assert missing + len(present) == max(present) - min(present) + 1

    def test_the_real_year_2023_has_one(self, store: Store, real_data: Path) -> None:
        file = real_data / "carbonintensity" / "national_intensity_2023.csv"
        store.execute(
            """INSERT INTO carbon_intensity_national
                   (id, timestamp, forecast_gco2_kwh, actual_gco2_kwh, source, fetched_at,
                    payload_id)
               SELECT natural_id('carbon_intensity_national', "from"::VARCHAR), "from"::TIMESTAMPTZ,
                      forecast, actual, 'carbon-intensity', now(), uuid()
               FROM read_csv(?)""",
            [str(file)],
        )
        (gap,) = store.ask("data-gaps")
        assert gap["gap_start"] == datetime(2023, 10, 20, 22, 0, tzinfo=UTC)
        assert gap["last_missing"] == datetime(2023, 10, 22, 19, 0, tzinfo=UTC)
        assert gap["gap_end"] == datetime(2023, 10, 22, 19, 30, tzinfo=UTC)
        assert gap["missing_slots"] == 91


class TestForecastAccuracy:
    def test_by_horizon_and_last_revision(self, store: Store) -> None:
        store.carbon(at(hours=-2), 100, 100, 100, actual_gco2_kwh=90.0)
        store.add(
            "forecast_vintages",
            {
                "series": "carbon_intensity",
                "issued_at": at(hours=-4),
                "first_timestamp": at(hours=-4),
                "step_minutes": 30,
                "forecast_values": [1.0, 1.0, 1.0, 1.0, 95.0, None, 83.0],
            },
        )
        ahead, last = store.ask("forecast-accuracy")
        assert (ahead["horizon"], ahead["n"]) == ("1-6 h ahead", 2)
        assert ahead["bias_gco2_kwh"] == pytest.approx((5 - 7) / 2)
        assert ahead["mae_gco2_kwh"] == pytest.approx(6)
        assert ahead["rmse_gco2_kwh"] == pytest.approx(((25 + 49) / 2) ** 0.5)
        assert (last["horizon"], last["n"], last["bias_gco2_kwh"]) == ("last revision", 3, 10)
        assert (ahead["hour"], ahead["against"]) == (None, "actual")

    def test_by_hour_of_the_local_day(self, store: Store) -> None:
        start = SLOT - timedelta(hours=2)  # two half hours of one hour, then two of the next
        store.carbon(start, 100, 100, 100, 100, actual_gco2_kwh=90.0)
        issued = {
            "series": "carbon_intensity",
            "first_timestamp": start,
            "step_minutes": 30,
        }
        store.add(
            "forecast_vintages",
            {**issued, "issued_at": start, "forecast_values": [91.0, 93.0, 80.0, 86.0]},
            {**issued, "issued_at": start - timedelta(hours=5), "forecast_values": [96.0]},
        )
        rows = store.ask("forecast-accuracy", by="hour")
        local = start.astimezone(LONDON).hour
        assert [(r["horizon"], r["hour"], r["n"]) for r in rows] == [
            ("as issued", local, 3), ("as issued", local + 1, 2),
            ("last revision", local, 2), ("last revision", local + 1, 2),
        ]  # fmt: skip
        assert rows[0]["bias_gco2_kwh"] == pytest.approx((1 + 3 + 6) / 3)
        assert rows[1]["bias_gco2_kwh"] == pytest.approx(-7)
        both = store.ask("forecast-accuracy", by="both")
        assert [(r["horizon"], r["hour"], r["n"]) for r in both][:3] == [
            ("0-1 h ahead", local, 2), ("1-6 h ahead", local, 1), ("1-6 h ahead", local + 1, 2),
        ]  # fmt: skip
        assert sum(r["n"] for r in both) == sum(r["n"] for r in rows)

    def test_a_region_is_held_against_its_last_forecast(self, store: Store) -> None:
        store.regional(13, at(hours=-2), 200)
        store.regional(12, at(hours=-2), 900)
        store.add(
            "forecast_vintages",
            {
                "series": "carbon_intensity", "region_number": 13, "region_id": region_id(13),
                "issued_at": at(hours=-10), "first_timestamp": at(hours=-2), "step_minutes": 30,
                "forecast_values": [220.0],
            },
        )  # fmt: skip
        (row,) = store.ask("forecast-accuracy", region="London")
        assert (row["horizon"], row["bias_gco2_kwh"]) == ("6-12 h ahead", 20)
        assert row["against"] == "last stored forecast"
        assert store.ask("forecast-accuracy") == []

    def test_of_demand(self, store: Store) -> None:
        common = {"timestamp": at(hours=-2), "source": "neso"}
        store.add(
            "demand_actual_national",
            {**common, "national_demand_mw": 30_000.0, "embedded_wind_generation_mw": 900.0},
        )
        for series, value in (("demand", 31_000.0), ("embedded_wind", 800.0)):
            store.add(
                "forecast_vintages",
                {
                    "series": series, "issued_at": at(hours=-4), "first_timestamp": at(hours=-2),
                    "step_minutes": 30, "forecast_values": [value],
                },
            )  # fmt: skip
        (demand,) = store.ask("demand-forecast-accuracy")
        assert (demand["horizon"], demand["n"], demand["bias_mw"]) == ("1-6 h ahead", 1, 1_000)
        (wind,) = store.ask("demand-forecast-accuracy", series="embedded_wind", by="hour")
        assert (wind["horizon"], wind["bias_mw"], wind["rmse_mw"]) == ("as issued", -100, 100)
        assert store.ask("demand-forecast-accuracy", series="embedded_solar") == []

    def test_only_the_ways_there_are(self, store: Store) -> None:
        with pytest.raises(UsageError, match="by needs one of horizon, hour, both, got 'week'"):
            store.ask("forecast-accuracy", by="week")


def test_regional_comparison(store: Store) -> None:
    store.regional(13, SLOT, 200, 100, 300)
    store.regional(13, at(hours=13), 900)
    (row,) = store.ask("regional-comparison", hours=12)
    assert row["mean_carbon_intensity"] == 200
    assert (row["min_carbon_intensity"], row["max_carbon_intensity"]) == (100, 300)
    assert row["half_hours"] == 3


def test_generation_mix_of_the_country_or_a_region(store: Store) -> None:
    store.mix(SLOT, wind=40)
    store.mix(SLOT, wind=55, number=13, source="synthetic")
    (national,) = store.ask("generation-mix")
    (london,) = store.ask("generation-mix", region="SW1A")
    assert (national["place"], national["wind_pct"], national["is_synthetic"]) == (
        "Great Britain", 40, False)  # fmt: skip
    assert (london["place"], london["wind_pct"], london["is_synthetic"]) == ("London", 55, True)


def test_demand_outlook_takes_the_nearest_kind(store: Store) -> None:
    far = {"forecast_type": "two_to_fourteen_day"}
    near = {"forecast_type": "day_ahead"}
    store.add("demand_forecast_national",
              {**far, "timestamp": SLOT, "demand_mw": 1.0},
              {**near, "timestamp": SLOT, "demand_mw": 2.0},
              {**far, "timestamp": at(hours=5), "demand_mw": 3.0})  # fmt: skip
    assert [row["demand_mw"] for row in store.ask("demand-outlook")] == [2, 3]


def test_price_trend_by_type_and_region(store: Store) -> None:
    store.price(SLOT, -5.0)
    store.price(SLOT, 9.0, kind="system_price")
    store.price(SLOT, 200.0, kind="agile_retail", region_number=13, region_id=region_id(13))
    store.price(SLOT, 210.0, kind="agile_retail", region_number=14, region_id=region_id(14))
    assert [r["price_gbp_mwh"] for r in store.ask("price-trend")] == [-5]
    (row,) = store.ask("price-trend", type="agile_retail", region=13)
    assert (row["place"], row["price_gbp_mwh"]) == ("London", 200)


def test_data_freshness_counts_synthetic_rows_apart(store: Store) -> None:
    store.carbon(at(hours=-1), 1, 2)
    store.carbon(SLOT, 3, 4, source="synthetic")
    (row,) = store.ask("data-freshness")
    assert row["dataset"] == "carbon_intensity_national"
    assert row["newest_timestamp"] == at(minutes=30)
    assert row["newest_past_timestamp"] == SLOT
    assert row["age_hours"] == pytest.approx(1 / 6)
    assert (row["rows"], row["synthetic_rows"]) == (4, 2)
    assert row["sources"] == "carbon-intensity, synthetic"


def test_api_health_and_pipeline_performance(store: Store) -> None:
    for index, error in enumerate([None, "503 from upstream", None]):
        asked = at(minutes=-30 + index)
        store.add("api_logs", {
            "api_name": "neso", "endpoint": "/x", "request_timestamp": asked,
            "response_timestamp": asked + timedelta(seconds=index), "status_code": 503 if error
            else 200, "attempts": 1 + index, "bytes": 100, "records_fetched": 10,
            "records_inserted": 5, "records_updated": 2, "records_rejected": 1,
            "error_message": error})  # fmt: skip
    (health,) = store.ask("api-health")
    assert (health["calls"], health["errors"], health["attempts"]) == (3, 1, 6)
    assert health["mean_seconds"] == pytest.approx(1)
    assert (health["last_status"], health["last_error"]) == (200, "503 from upstream")
    assert health["last_call"] == at(minutes=-28)
    (pipeline,) = store.ask("pipeline-performance")
    assert (pipeline["records_fetched"], pipeline["bytes"]) == (30, 300)
    assert pipeline["rejected_pct"] == pytest.approx(10)


def _decide(store: Store, workload: Any, sequence: int, action: str, **more: Any) -> None:
    store.add(
        "workload_schedules",
        {
            "sequence": sequence,
            "workload_id": workload,
            "decision_timestamp": at(minutes=sequence),
            "action": action,
            "reason": "greener later",
            "row_hash": f"h{sequence}",
            **more,
        },
    )


def test_schedule_audit_and_savings(store: Store) -> None:
    first, second, third = (store.workload(name, None) for name in "abc")
    _decide(store, first, 1, "schedule", expected_carbon_kg=99.0, baseline_carbon_kg=100.0)
    _decide(store, first, 2, "defer", expected_carbon_kg=60.0, baseline_carbon_kg=100.0)
    _decide(store, second, 3, "defer", expected_carbon_kg=50.0)  # no baseline: not compared
    _decide(store, third, 4, "defer", expected_carbon_kg=1.0, baseline_carbon_kg=100.0)
    _decide(store, third, 5, "cancel")
    defer, total = store.ask("savings")
    assert (defer["action"], defer["workloads"], defer["carbon_saving_kg"]) == ("defer", 2, 40)
    assert (total["action"], total["carbon_saving_pct"]) == ("total", 40)
    assert total["workloads_without_figures"] == 1
    audit = store.answer("schedule-audit", workload="a").dicts()
    assert [row["sequence"] for row in audit] == [2, 1]
    assert audit[0]["carbon_saving_kg"] == 40
    assert any("not an offset" in note for note in store.answer("savings").notes)


def test_negotiations(store: Store) -> None:
    asker, other = store.add("agents", {"agent_name": "a", "agent_type": "compute_operator"},
                             {"agent_name": "b", "agent_type": "grid_operator"})  # fmt: skip
    for number, status in enumerate(["accepted", "proposed"]):
        store.add("agent_negotiations", {
            "negotiation_id": f"n{number}", "sequence": 1, "initiator_agent_id": asker,
            "responder_agent_id": other if number else None, "status": status,
            "negotiation_type": "flexibility_bid", "started_at": at(hours=number)})  # fmt: skip
    assert [r["responder"] for r in store.ask("negotiations")] == ["b", None]
    assert [r["status"] for r in store.ask("negotiations", status="accepted")] == ["accepted"]


def test_limit_and_types_of_an_answer(store: Store) -> None:
    from gridctl.query.run import run_named

    random.seed(1)
    store.carbon(at(hours=-3), *(random.random() for _ in range(6)))
    answer = run_named(store.config, "carbon-trend", {}, NOW, limit=2)
    assert len(answer.rows) == 2
    assert str(answer.df().dtypes["timestamp"]).endswith("UTC]")
    assert answer.arrow().column_names == list(itertools.chain(answer.dicts()[0]))
