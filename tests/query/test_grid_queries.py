"""Known answers of the queries about carbon, regions, demand and their forecasts."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import mean
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from query.querystore import NOW, SLOT, Store, at, region_id

from gridctl.clock import LONDON

HALF_HOUR = timedelta(minutes=30)
STEP = {"step_minutes": 30}


def vintage(store: Store, issued: datetime, first: datetime, *values: float | None,
            series: str = "carbon_intensity", **more: Any) -> None:  # fmt: skip
    store.add("forecast_vintages", {
        "series": series, "issued_at": issued, "first_timestamp": first, **STEP,
        "forecast_values": list(values), **more})  # fmt: skip


def actual_demand(store: Store, start: datetime, *values: float, **more: Any) -> None:
    store.add("demand_actual_national", *(
        {"timestamp": start + i * HALF_HOUR, "national_demand_mw": value, **more}
        for i, value in enumerate(values)))  # fmt: skip


class TestGreenestHours:
    @settings(max_examples=8, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
    @given(st.lists(st.one_of(st.none(), st.integers(1, 400)), min_size=1, max_size=120))
    def test_against_averaging_by_the_clock_on_the_wall(
        self, store: Store, values: list[int | None]
    ) -> None:
        store.execute("DELETE FROM carbon_intensity_national")
        start = datetime(2025, 10, 25, 22, tzinfo=UTC)  # over the night of 25 hours
        store.carbon(start, *values)
        expected = defaultdict(list)
        for index, value in enumerate(values):
            local = (start + index * HALF_HOUR).astimezone(LONDON)
            if value is not None:
                expected[f"{local:%Y-%m}", local.hour].append(value)
        rows = store.ask("greenest-hours", datetime(2025, 11, 5, tzinfo=UTC))
        assert {(r["month"], r["hour"]): r["half_hours"] for r in rows} == {
            key: len(found) for key, found in expected.items()
        }
        for row in rows:
            found = expected[row["month"], row["hour"]]
            assert row["carbon_intensity"] == pytest.approx(mean(found))
            assert row["min_carbon_intensity"] == min(found)

    def test_the_actual_counts_and_a_region_is_apart(self, store: Store) -> None:
        store.carbon(at(hours=-1), 100, actual_gco2_kwh=80.0)
        store.carbon(at(minutes=-30), 90)
        store.regional(13, at(hours=-1), 200, source="synthetic")
        (national,) = store.ask("greenest-hours")
        assert (national["month"], national["hour"]) == ("2026-05", 12)  # 11:00 UTC in summer
        assert national["carbon_intensity"] == 85
        (london,) = store.ask("greenest-hours", region="London")
        assert (london["place"], london["carbon_intensity"]) == ("London", 200)
        assert (london["is_synthetic"], national["is_synthetic"]) == (True, False)


class TestRegionalRanking:
    def test_by_local_day_with_ties(self, store: Store) -> None:
        midnight = datetime(2026, 5, 5, 23, tzinfo=UTC)  # 00:00 BST
        store.regional(13, midnight - HALF_HOUR, 300, 100, 200)
        store.regional(14, midnight - HALF_HOUR, 50, 150, 150)
        store.regional(1, midnight, None, 10)
        rows = store.ask("regional-ranking")
        assert [(r["timestamp"], r["rank"], r["region_number"], r["half_hours"]) for r in rows] == [
            (midnight - timedelta(days=1), 1, 14, 1), (midnight - timedelta(days=1), 2, 13, 1),
            (midnight, 1, 1, 1), (midnight, 2, 13, 2), (midnight, 2, 14, 2),
        ]  # fmt: skip
        assert rows[3]["carbon_intensity"] == 150

    def test_half_hours_and_only_up_to_now(self, store: Store) -> None:
        store.regional(13, SLOT, 10, 20)
        assert [r["timestamp"] for r in store.ask("regional-ranking", step="30m")] == [SLOT]


def test_regional_demand_has_its_peak(store: Store) -> None:
    place = {"region_number": 13, "region_id": region_id(13), "method": "estimate"}
    for index, (value, is_forecast) in enumerate([(900, True), (1100, True), (5000, False)]):
        store.add("demand_regional", {**place, "timestamp": at(minutes=30 * index),
                                      "is_forecast": is_forecast, "demand_mw": value})  # fmt: skip
    (row,) = store.ask("regional-demand")
    assert (row["region_name"], row["mean_demand_mw"], row["peak_demand_mw"]) == (
        "London", 1000, 1100)  # fmt: skip
    assert (row["peak_at"], row["half_hours"], row["method"]) == (
        at(minutes=30), 2, "estimate")  # fmt: skip


class TestDemandVsForecast:
    def test_the_newest_forecast_that_is_old_enough(self, store: Store) -> None:
        actual_demand(store, at(hours=-1), 20_000.0, 25_000.0)
        first = at(hours=-2)
        vintage(store, at(hours=-30), first, 1.0, 1.0, 19_000.0, 26_000.0, series="demand")
        vintage(store, at(hours=-20), first, None, None, 21_000.0, None, series="demand")
        vintage(store, at(hours=-3), first, 0.0, 0.0, 22_000.0, 24_000.0, series="demand")
        early, late = store.ask("demand-vs-forecast")
        assert (early["forecast_mw"], early["error_mw"], early["error_pct"]) == (21_000, 1_000, 5)
        assert (early["issued_at"], early["hours_ahead"]) == (at(hours=-20), 19)
        assert (late["forecast_mw"], late["error_mw"], late["error_pct"]) == (26_000, 1_000, 4)
        newest = store.ask("demand-vs-forecast", ahead="2h")
        assert [row["forecast_mw"] for row in newest] == [22_000, 24_000]

    def test_without_a_forecast_there_is_no_error(self, store: Store) -> None:
        actual_demand(store, SLOT, 20_000.0, source="synthetic")
        (row,) = store.ask("demand-vs-forecast")
        assert (row["actual_mw"], row["forecast_mw"], row["error_pct"]) == (20_000, None, None)
        assert row["is_synthetic"] is True


def test_embedded_generation_is_measured_first_then_forecast(store: Store) -> None:
    power = {"embedded_wind_generation_mw": 1_000.0, "embedded_solar_generation_mw": 3_000.0}
    actual_demand(store, SLOT, 16_000.0, **power)
    forecast = {"forecast_type": "day_ahead", **power}
    store.add(
        "demand_forecast_national",
        {**forecast, "timestamp": SLOT, "national_demand_mw": 1.0},
        {**forecast, "timestamp": at(minutes=30), "embedded_wind_generation_mw": 2_000.0},
        {"forecast_type": "day_ahead", "timestamp": at(minutes=60), "national_demand_mw": 9.0},
        {**forecast, "timestamp": at(hours=30)},
    )
    now, later = store.ask("embedded-generation")
    assert (now["is_forecast"], now["embedded_share_pct"]) == (False, 20)
    assert (later["is_forecast"], later["embedded_wind_mw"]) == (True, 2_000)
    assert later["embedded_share_pct"] is None  # of a demand that is not known


class TestCarbonForecast:
    def test_the_newest_value_and_the_spread_of_a_day(self, store: Store) -> None:
        vintage(store, at(hours=-25), SLOT, 500.0, 500.0)
        vintage(store, at(hours=-20), SLOT, 90.0, 110.0, 120.0)
        vintage(store, at(hours=-2), SLOT, 100.0, None)
        vintage(store, at(hours=1), SLOT, 1.0, 1.0)
        rows = store.ask("carbon-forecast")
        assert [(r["timestamp"], r["forecast_gco2_kwh"], r["lowest_gco2_kwh"],
                 r["highest_gco2_kwh"], r["vintages"], r["issued_at"]) for r in rows] == [
            (SLOT, 100, 90, 100, 2, at(hours=-2)),
            (at(minutes=30), 110, 110, 110, 1, at(hours=-20)),
            (at(minutes=60), 120, 120, 120, 1, at(hours=-20)),
        ]  # fmt: skip
        assert rows[0]["hours_ahead"] == 2

    def test_of_a_region(self, store: Store) -> None:
        vintage(store, at(hours=-2), SLOT, 100.0)
        vintage(store, at(hours=-2), SLOT, 7.0, region_number=13, region_id=region_id(13))
        (row,) = store.ask("carbon-forecast", region="London", hours=1)
        assert row["forecast_gco2_kwh"] == 7


class TestForecastRevisions:
    def test_first_to_last_of_the_half_hour_in_force(self, store: Store) -> None:
        vintage(store, at(hours=-9), at(hours=-1), 1.0, 1.0, 70.0)
        vintage(store, at(hours=-6), at(hours=-1), 1.0, 1.0, None)
        vintage(store, at(hours=-3), SLOT, 85.0)
        vintage(store, at(hours=-2), at(hours=-2), 4.0)  # ends before
        vintage(store, at(hours=-1), at(hours=1), 4.0)  # begins after
        rows = store.ask("forecast-revisions")
        assert [(r["issued_at"], r["value"], r["change"], r["hours_ahead"]) for r in rows] == [
            (at(hours=-9), 70, None, 9), (at(hours=-3), 85, 15, 3),
        ]  # fmt: skip
        assert {(r["timestamp"], r["unit"]) for r in rows} == {(SLOT, "g/kWh")}

    def test_of_another_half_hour_and_series(self, store: Store) -> None:
        vintage(store, at(hours=-9), at(hours=2), 30_000.0, 31_000.0, series="demand")
        (row,) = store.ask("forecast-revisions", at=at(hours=2, minutes=40), series="demand")
        assert (row["value"], row["unit"]) == (31_000, "MW")

    def test_what_was_not_issued_yet_is_not_shown(self, store: Store) -> None:
        vintage(store, NOW + timedelta(minutes=5), SLOT, 70.0)
        assert store.ask("forecast-revisions") == []
