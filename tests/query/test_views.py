"""The four views: what each row means, and the traps that views fall into."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from query.querystore import NOW, SLOT, Store, at, region_id


def status(store: Store) -> dict[str, Any] | None:
    rows = store.ask("current-grid-status")
    assert len(rows) <= 1
    return rows[0] if rows else None


class TestCurrentGridStatus:
    def test_is_the_half_hour_in_force_and_never_one_to_come(self, store: Store) -> None:
        store.carbon(at(hours=-1), *range(100, 198))
        row = status(store)
        assert row is not None
        assert row["timestamp"] == SLOT
        assert row["carbon_intensity"] == 102

    def test_actual_where_present_else_forecast(self, store: Store) -> None:
        store.carbon(SLOT, 120.0)
        assert status(store)["is_actual"] is False  # type: ignore[index]
        store.execute("UPDATE carbon_intensity_national SET actual_gco2_kwh = 111")
        row = status(store)
        assert row is not None
        assert (row["carbon_intensity"], row["is_actual"]) == (111, True)

    def test_an_hour_old_slot_still_answers(self, store: Store) -> None:
        store.carbon(at(hours=-1), 90.0)
        assert status(store)["timestamp"] == at(hours=-1)  # type: ignore[index]

    @pytest.mark.parametrize("start", [at(hours=-3), at(minutes=30), at(hours=48)])
    def test_neither_a_stale_slot_nor_a_coming_one_answers(self, store: Store, start: Any) -> None:
        store.carbon(start, 90.0)
        assert status(store) is None

    def test_what_stands_beside_it_is_as_of_not_at_equal_times(self, store: Store) -> None:
        store.carbon(SLOT, 120.0)
        store.mix(at(minutes=-30), wind=40)
        store.mix(at(minutes=30), wind=99)
        store.price(at(hours=-3), 77.0)
        store.price(at(hours=1), 500.0)
        store.price(SLOT, 12.0, kind="system_price")
        store.add("demand_actual_national", {"timestamp": at(minutes=-60), "demand_mw": 31000.0})
        store.add("demand_forecast_national", {
            "forecast_type": "day_ahead", "timestamp": SLOT, "demand_mw": 29000.0})  # fmt: skip
        row = status(store)
        assert row is not None
        assert row["renewable_pct"] == 50
        assert row["zero_carbon_pct"] == 50
        assert row["wholesale_price_gbp_mwh"] == 77
        assert row["demand_mw"] == 31000

    def test_forecast_demand_stands_in_for_a_late_actual(self, store: Store) -> None:
        store.carbon(SLOT, 120.0)
        store.add("demand_actual_national", {"timestamp": at(hours=-6), "demand_mw": 31000.0})
        store.add("demand_forecast_national",
                  {"forecast_type": "two_to_fourteen_day", "timestamp": SLOT, "demand_mw": 1.0},
                  {"forecast_type": "day_ahead", "timestamp": SLOT, "demand_mw": 29000.0,
                   "grid_stress_score": 0.4})  # fmt: skip
        row = status(store)
        assert row is not None
        assert (row["demand_mw"], row["grid_stress_score"]) == (29000, 0.4)

    def test_a_day_old_price_and_a_stale_mix_are_left_out(self, store: Store) -> None:
        store.carbon(SLOT, 120.0)
        store.price(at(hours=-25), 77.0)
        store.mix(at(hours=-4), wind=40)
        row = status(store)
        assert row is not None
        assert row["wholesale_price_gbp_mwh"] is None
        assert row["renewable_pct"] is None

    def test_age_counts_from_the_fetch(self, store: Store) -> None:
        store.carbon(SLOT, 120.0, fetched_at=NOW - timedelta(minutes=7))
        assert status(store)["data_age_minutes"] == pytest.approx(7)  # type: ignore[index]

    @pytest.mark.parametrize("part", ["carbon", "mix", "price"])
    def test_one_made_up_part_makes_it_synthetic(self, store: Store, part: str) -> None:
        sources = dict.fromkeys(("carbon", "mix", "price"), "real") | {part: "synthetic"}
        store.carbon(SLOT, 120.0, source=sources["carbon"])
        store.mix(SLOT, wind=40, source=sources["mix"])
        store.price(SLOT, 77.0, source=sources["price"])
        assert status(store)["is_synthetic"] is True  # type: ignore[index]

    def test_a_measured_zero_price_and_share_stay_zero(self, store: Store) -> None:
        store.carbon(SLOT, 120.0)
        store.price(SLOT, 0.0)
        store.mix(SLOT, wind=-10)
        row = status(store)
        assert row is not None
        assert row["wholesale_price_gbp_mwh"] == 0
        assert row["renewable_pct"] == 0

    def test_columns_are_the_documented_ones_in_order(self, store: Store) -> None:
        assert [name for name, _ in store.answer("current-grid-status").columns] == [
            "timestamp", "carbon_intensity", "is_actual", "intensity_index", "renewable_pct",
            "zero_carbon_pct", "demand_mw", "grid_stress_score", "wholesale_price_gbp_mwh",
            "data_age_minutes", "is_synthetic",
        ]  # fmt: skip


class TestRegionalComputeOpportunities:
    def test_each_region_now_greenest_first_with_its_best_half_hour(self, store: Store) -> None:
        store.regional(13, at(hours=-1), 300, 290, 200, 150, 180)
        store.regional(1, SLOT, 0.0, 5.0, source="synthetic")
        store.regional(5, at(hours=-5), 1.0)  # stale
        store.mix(at(minutes=-30), wind=55, number=13)
        first, second = store.ask("regional-compute-opportunities")
        assert (first["region_number"], first["rank"], first["carbon_intensity"]) == (1, 1, 0)
        assert first["best_start"] == SLOT  # nothing beats running now
        assert first["is_synthetic"] is True
        assert (second["region_name"], second["carbon_intensity"]) == ("London", 200)
        assert (second["best_start"], second["best_carbon_intensity"]) == (at(minutes=30), 150)
        assert (second["wind_pct"], second["renewable_pct"]) == (55, 65)
        assert second["is_synthetic"] is False

    def test_the_best_is_within_a_day(self, store: Store) -> None:
        store.regional(13, SLOT, 200.0)
        store.regional(13, at(hours=25), 1.0)
        (row,) = store.ask("regional-compute-opportunities")
        assert row["best_carbon_intensity"] == 200

    def test_equal_regions_share_a_rank(self, store: Store) -> None:
        for number in (2, 3):
            store.regional(number, SLOT, 50.0)
        assert [r["rank"] for r in store.ask("regional-compute-opportunities")] == [1, 1]

    def test_windows_are_counted_by_their_latest_snapshots(self, store: Store) -> None:
        store.regional(13, SLOT, 200.0)
        store.regional(14, SLOT, 210.0)
        window = store.window("a", region=13)
        store.window("b", region=13, seen=at(days=-3))
        store.window("over", region=13, hours=0.1)
        store.snapshot(window, "a", at(minutes=-60))
        london, south_east = store.ask("regional-compute-opportunities")
        assert london["available_windows"] == 2
        assert south_east["available_windows"] == 0

    def test_demand_is_the_actual_estimate_before_the_forecast_one(self, store: Store) -> None:
        store.regional(13, SLOT, 200.0)
        place = {"region_number": 13, "region_id": region_id(13), "method": "share"}
        store.add("demand_regional",
                  {**place, "timestamp": SLOT, "is_forecast": True, "demand_mw": 3000.0},
                  {**place, "timestamp": at(minutes=-30), "is_forecast": False,
                   "demand_mw": 2500.0})  # fmt: skip
        (row,) = store.ask("regional-compute-opportunities")
        assert row["demand_mw"] == 2500


class TestLatestGridConditions:
    def test_latest_is_per_window_not_one_moment_for_all(self, store: Store) -> None:
        window = store.window("cambridge", region=10, renewable_mix=60.0)
        store.window("manchester", seen=at(days=-2), renewable_mix=0.0)
        store.snapshot(window, "cambridge", at(minutes=30), renewable_mix=85.0)
        rows = {row["window_name"]: row for row in store.ask("latest-grid-conditions")}
        assert rows["cambridge"]["renewable_mix"] == 85
        assert rows["cambridge"]["grid_area"] == "East England"
        assert rows["manchester"]["renewable_mix"] == 0  # a measured zero
        assert rows["manchester"]["beckn_price_value"] is None

    def test_the_offer_is_the_cheapest_in_pounds_of_the_newest_set(self, store: Store) -> None:
        window = store.window("cambridge")
        store.offer(window, "cambridge", "old", 0.01, seen=at(hours=-5))
        store.offer(window, "cambridge", "euro", 0.02, "EUR", seen=at(minutes=3))
        store.offer(window, "cambridge", "dear", 0.20, seen=at(minutes=3))
        store.offer(window, "cambridge", "fair", 0.12, seen=at(minutes=3))
        (row,) = store.ask("latest-grid-conditions")
        assert (row["beckn_price_value"], row["price_currency"]) == (0.12, "GBP")


class TestWorkloadOptimizationOpportunities:
    def test_current_and_best_and_saving(self, store: Store) -> None:
        store.carbon(SLOT, 300, 200, 100, 120, 90, 400)
        store.price(SLOT, 80.0)
        store.mix(SLOT, wind=20)
        store.workload("training", 150)
        (row,) = store.ask("workload-optimization-opportunities")
        assert (row["current_carbon_intensity"], row["carbon_excess"]) == (300, 150)
        assert row["best_start"] == at(minutes=90)  # 120 and 90: the lowest hour
        assert row["best_carbon_intensity"] == pytest.approx(105)
        assert row["potential_carbon_saving_kg"] == pytest.approx(195)
        assert row["estimated_cost_gbp"] == pytest.approx(80)
        assert row["renewable_pct"] == 30
        assert row["hours_until_deadline"] == pytest.approx(24 - 1 / 6)

    def test_a_part_of_the_last_half_hour_counts_in_part(self, store: Store) -> None:
        store.carbon(SLOT, 300, 100, 200)
        store.workload("training", 150, estimated_duration_hours=0.75)
        (row,) = store.ask("workload-optimization-opportunities")
        assert row["best_carbon_intensity"] == pytest.approx((100 * 30 + 200 * 15) / 45)

    def test_only_work_that_may_wait_and_is_over_its_cap(self, store: Store) -> None:
        store.carbon(SLOT, 300, 100, 100)
        store.workload("under", 300)
        store.workload("no cap", None)
        store.workload("fixed", 100, is_deferrable=False)
        store.workload("running", 100, status="running")
        store.workload("waiting", 100, status="deferred")
        names = [r["workload_name"] for r in store.ask("workload-optimization-opportunities")]
        assert names == ["waiting"]

    def test_the_region_of_the_asset_and_its_cap_rule(self, store: Store) -> None:
        store.carbon(SLOT, 50, 50)
        store.regional(13, SLOT, 250, 90, 80, source="synthetic")
        (asset,) = store.add("compute_assets", {
            "asset_name": "hall", "asset_type": "hpc", "region_id": region_id(13),
            "carbon_intensity_cap_gco2_kwh": 120.0})  # fmt: skip
        store.workload("here", 200, asset_id=asset)
        (row,) = store.ask("workload-optimization-opportunities")
        assert (row["current_carbon_intensity"], row["carbon_cap"]) == (250, 120)
        assert row["best_carbon_intensity"] == pytest.approx(85)
        assert row["is_synthetic"] is True

    def test_a_gap_or_the_deadline_leaves_no_best(self, store: Store) -> None:
        store.carbon(SLOT, 300, 10)
        store.carbon(at(minutes=90), 10, 10)
        store.workload("soon", 100, latest_completion=at(hours=2))
        (row,) = store.ask("workload-optimization-opportunities")
        assert row["best_start"] is None
        assert row["potential_carbon_saving_kg"] is None

    def test_not_before_its_earliest_start(self, store: Store) -> None:
        store.carbon(SLOT, 300, 10, 10, 50, 50)
        store.workload("later", 100, earliest_start=at(minutes=90))
        (row,) = store.ask("workload-optimization-opportunities")
        assert row["best_start"] == at(minutes=90)


def test_views_follow_the_clock_without_as_of(store: Store, reader: Any) -> None:
    store.execute(
        """INSERT INTO carbon_intensity_national
               (id, timestamp, forecast_gco2_kwh, source, fetched_at, payload_id)
           SELECT natural_id('carbon_intensity_national', slot::VARCHAR), slot, 120, 'real',
                  now(), uuid()
           FROM (SELECT unnest(generate_series(
               time_bucket(INTERVAL 30 MINUTE, now()) - INTERVAL 2 HOUR,
               now() + INTERVAL 48 HOUR, INTERVAL 30 MINUTE)) AS slot)"""
    )
    ((is_now,),) = reader("SELECT timestamp <= now() AND now() < timestamp + INTERVAL 31 MINUTE "
                          "FROM current_grid_status")  # fmt: skip
    assert is_now
