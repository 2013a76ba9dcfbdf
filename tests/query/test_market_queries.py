"""Known answers of the queries about prices, Beckn, flexibility and jobs."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from query.querystore import Store, at, region_id


class TestNegativePrices:
    def test_stretches_with_their_mean_and_lowest(self, store: Store) -> None:
        for index, value in enumerate([5, -1, -4, 0, -2, None, -3]):
            if value is not None:
                store.price(at(hours=-6, minutes=30 * index), value, volume_mwh=100.0)
        store.price(at(hours=-5), -50.0, kind="system_price")
        rows = store.ask("negative-prices")
        assert [(r["start"], r["end"], r["hours"], r["lowest_price_gbp_mwh"]) for r in rows] == [
            (at(hours=-5.5), at(hours=-4.5), 1, -4),
            (at(hours=-4), at(hours=-3.5), 0.5, -2),
            (at(hours=-3), at(hours=-2.5), 0.5, -3),
        ]  # fmt: skip
        assert (rows[0]["mean_price_gbp_mwh"], rows[0]["volume_mwh"]) == (-2.5, 200)
        assert (rows[0]["lowest_at"], rows[0]["place"]) == (at(hours=-5), "Great Britain")

    def test_regions_have_stretches_of_their_own(self, store: Store) -> None:
        for number in (13, 14):
            place = {"region_number": number, "region_id": region_id(number)}
            for minutes in (0, 30):
                start = at(hours=-2, minutes=minutes)
                store.price(start, float(-number), kind="agile_retail", **place)
        rows = store.ask("negative-prices", type="agile_retail")
        assert [(r["place"], r["hours"]) for r in rows] == [
            ("London", 1),
            ("South East England", 1),
        ]
        (london,) = store.ask("negative-prices", type="agile_retail", region="London")
        assert london["lowest_price_gbp_mwh"] == -13

    @settings(max_examples=10, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
    @given(st.lists(st.one_of(st.none(), st.integers(-2, 1)), min_size=1, max_size=30))
    def test_against_walking_along_the_prices(self, store: Store, prices: list[int | None]) -> None:
        store.execute("DELETE FROM wholesale_prices")
        for index, price in enumerate(prices):
            if price is not None:
                store.price(at(hours=-20, minutes=30 * index), float(price))
        stretches = []
        for is_negative, group in groupby(
            enumerate(prices), key=lambda pair: pair[1] is not None and pair[1] < 0
        ):
            found = list(group)
            if is_negative:
                lowest = min(price for _, price in found if price is not None)
                stretches.append((at(hours=-20, minutes=30 * found[0][0]), len(found) / 2, lowest))
        rows = store.ask("negative-prices")
        assert [(r["start"], r["hours"], r["lowest_price_gbp_mwh"]) for r in rows] == stretches


def test_price_spread_leaves_missing_missing(store: Store) -> None:
    store.price(at(hours=-1), 90.0, kind="system_price")
    store.price(at(hours=-1), 70.0, source="synthetic")
    store.price(at(minutes=-30), 75.0)
    both, one = store.ask("price-spread")
    assert (both["spread_gbp_mwh"], both["is_synthetic"]) == (20, True)
    assert (one["price_gbp_mwh"], one["against_gbp_mwh"], one["spread_gbp_mwh"]) == (
        None, 75, None)  # fmt: skip


class TestBeckn:
    def test_windows_open_or_coming_as_last_seen_by_then(self, store: Store) -> None:
        window = store.window("near", region=13, seen=at(hours=-2), carbon_intensity=100.0)
        store.snapshot(window, "near", at(hours=-1), carbon_intensity=90.0)
        store.snapshot(window, "near", at(hours=5), carbon_intensity=1.0)  # not seen yet
        (over,) = store.add("compute_windows", {"item_id": "over", "window_name": "over"})
        store.snapshot(over, "over", at(hours=-9), hours=-1, window_start=at(hours=-3))
        (far,) = store.add("compute_windows", {"item_id": "far", "window_name": "far"})
        store.snapshot(far, "far", at(), hours=60, window_start=at(hours=50))
        (row,) = store.ask("beckn-windows")
        assert (row["window_name"], row["carbon_intensity"], row["snapshots"]) == ("near", 90, 2)
        assert (row["region_number"], row["hours_until_start"]) == (13, 0)
        names = [r["window_name"] for r in store.ask("beckn-windows", hours=72)]
        assert names == ["near", "far"]
        assert store.ask("beckn-windows", region="South Wales") == []

    def test_zones_sum_their_windows(self, store: Store) -> None:
        first = store.window("one", region=13, carbon_intensity=100.0, available_capacity_mw=2.0)
        store.offer(first, "one", "pounds", 0.1)
        store.offer(first, "one", "pence", 0.001, price_unit="per_MWh")
        (second,) = store.add("compute_windows", {"item_id": "two", "window_name": "two"})
        store.snapshot(second, "two", at(), carbon_intensity=50.0, available_capacity_mw=3.0)
        store.offer(second, "two", "euros", 0.05, currency="EUR")
        unknown, london = store.ask("beckn-zones")
        assert (unknown["grid_area"], unknown["lowest_price_gbp_kwh"]) == ("unknown", None)
        assert (london["grid_area"], london["windows"]) == ("London", 1)
        assert (london["available_capacity_mw"], london["lowest_price_gbp_kwh"]) == (2, 0.1)

    def test_offers_are_ranked_within_currency_and_unit(self, store: Store) -> None:
        window = store.window("one")
        for name, price, currency, unit in (
            ("b", 0.2, "GBP", "per_kWh"), ("a", 0.1, "GBP", "per_kWh"),
            ("d", 9.0, "EUR", "per_MWh"), ("c", 0.3, "EUR", "per_kWh"),
            ("e", None, "GBP", "per_kWh"),
        ):  # fmt: skip
            store.offer(window, "one", name, price, currency, price_unit=unit)
        store.offer(window, "one", "old", 0.0, seen=at(hours=-5))
        rows = store.ask("beckn-offers")
        assert [(r["offer_id"], r["rank"]) for r in rows] == [
            ("d", 1), ("c", 1), ("a", 1), ("b", 2), ("e", 3),
        ]  # fmt: skip
        pounds = store.ask("beckn-offers", currency="gbp")
        assert {row["price_currency"] for row in pounds} == {"GBP"}

    def test_messages_newest_first(self, store: Store) -> None:
        window = store.window("one")
        for index, action in enumerate(["select", "init"]):
            store.add("beckn_transactions", {
                "transaction_id": f"t{index}", "message_id": f"m{index}", "action": action,
                "compute_window_id": window, "timestamp": at(hours=index - 3)})  # fmt: skip
        rows = store.ask("beckn-messages")
        assert [(r["action"], r["window_name"]) for r in rows] == [
            ("init", "one"),
            ("select", "one"),
        ]
        assert [r["action"] for r in store.ask("beckn-messages", transaction="t0")] == ["select"]


class TestFlexibilityEvents:
    @staticmethod
    def record(store: Store, kind: str, minutes: int, **more: Any) -> None:
        event = {"service_type": "dfs", "event_id": "7", "zone": "", "provider_unit": ""}
        store.add("flexibility_prices", {
            **event, "record_type": kind, "timestamp": at(hours=-5, minutes=minutes),
            "direction": "turn_down", **more})  # fmt: skip

    def test_what_was_asked_bid_and_bought(self, store: Store) -> None:
        self.record(store, "requirement", 0, volume_mw=500.0, status="live")
        for unit, price, volume, status in (
            ("a", 100.0, 10.0, "accepted"), ("b", 300.0, 20.0, "accepted"),
            ("c", 900.0, 5.0, "rejected"),
        ):  # fmt: skip
            bid = {"provider_unit": unit, "price_gbp_mwh": price, "volume_mw": volume}
            self.record(store, "bid", 0, status=status, **bid)
        self.record(store, "summary", 0, volume_mw=30.0, cost_gbp=3_500.0, status="live")
        self.record(store, "summary", 30, volume_mw=10.0, cost_gbp=500.0, status="live")
        (row,) = store.ask("flexibility-events")
        assert (row["event_kind"], row["required_mw"]) == ("live", 500)
        assert (row["event_start"], row["event_end"]) == (at(hours=-5), at(hours=-4))
        assert (row["bids"], row["accepted_bids"]) == (3, 2)
        assert (row["bid_mwh"], row["accepted_mwh"]) == (17.5, 15)
        assert (row["lowest_accepted_gbp_mwh"], row["highest_accepted_gbp_mwh"]) == (100, 300)
        assert (row["procured_mwh"], row["cost_gbp"]) == (20, 4_000)
        assert row["mean_price_gbp_mwh"] == pytest.approx(200)

    def test_what_is_not_published_is_missing(self, store: Store) -> None:
        self.record(store, "summary", 0, volume_mw=0.0, cost_gbp=0.0)
        (row,) = store.ask("flexibility-events")
        assert (row["procured_mwh"], row["mean_price_gbp_mwh"]) == (0, None)
        missing = ("required_mw", "bids", "accepted_bids", "bid_mwh", "accepted_mwh")
        assert {row[name] for name in missing} == {None}
        assert store.ask("flexibility-events", service="p415_wholesale") == []


def test_workloads_newest_first_and_by_state(store: Store) -> None:
    old = store.workload("old", None, status="completed", created_at=at(hours=-9))
    store.workload("new", 100.0, created_at=at(hours=-1))
    store.add("workload_schedules", {
        "sequence": 1, "workload_id": old, "decision_timestamp": at(), "action": "schedule",
        "reason": "", "row_hash": "", "decision_factors": '{"signal": {"is_synthetic": true}}',
    })  # fmt: skip
    rows = store.ask("workloads")
    assert [(r["workload_name"], r["is_synthetic"]) for r in rows] == [
        ("new", False),
        ("old", True),
    ]
    assert [r["workload_name"] for r in store.ask("workloads", status="completed")] == ["old"]
