"""Each section on a few rows whose answer can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from query.querystore import NOW, SLOT, Store, at, region_id

from gridctl.report.accuracy import read_accuracy
from gridctl.report.carbon import read_carbon
from gridctl.report.decisions import MOST, read_decisions
from gridctl.report.gather import gather
from gridctl.report.market import read_demand, read_prices
from gridctl.report.mix import read_mix
from gridctl.report.outlook import read_outlook
from gridctl.report.period import Period, make_period
from gridctl.report.quality import read_quality
from gridctl.report.regions import read_regions
from gridctl.store.connect import open_reader

AGE = timedelta(hours=24)


@contextmanager
def reading(store: Store) -> Iterator[Any]:
    with open_reader(store.config.database, timedelta(seconds=1), NOW) as con:
        yield con


@pytest.fixture
def period() -> Period:
    """Six half hours: from two and a half hours before the one in force, to its end."""
    return make_period(NOW, timedelta(hours=3))


def test_carbon_has_its_mean_extremes_and_gaps(store: Store, period: Period) -> None:
    store.carbon(at(hours=-2), 100, 120, actual_gco2_kwh=110.0)
    store.carbon(at(hours=-0.5), 50, 80)
    store.carbon(at(hours=0.5), 999)  # to come: not of the period
    with reading(store) as con:
        carbon = read_carbon(con, period)
    assert [row[1:] for row in carbon.timeline.rows] == [
        (None, None), (110, 100), (110, 120), (None, None), (None, 50), (None, 80)
    ]  # fmt: skip
    assert (carbon.timeline.present, carbon.timeline.expected) == (4, 6)
    assert carbon.mean == (110 + 110 + 50 + 80) / 4
    assert (carbon.lowest, carbon.lowest_at) == (50, at(hours=-0.5))
    assert (carbon.highest, carbon.highest_at) == (110, at(hours=-2))
    assert carbon.empty is None
    assert not carbon.timeline.is_synthetic


def test_longer_periods_are_drawn_as_means(store: Store) -> None:
    store.carbon(SLOT - timedelta(days=60), 100, 200, actual_gco2_kwh=None, source="synthetic")
    with reading(store) as con:
        timeline = read_carbon(con, make_period(NOW, timedelta(days=60, hours=1))).timeline
    assert timeline.step == timedelta(hours=1)
    assert [row for row in timeline.rows if row[2] is not None] == [
        (SLOT - timedelta(days=60), None, 150)
    ]
    assert len(timeline.rows) == 60 * 24 + 2
    assert len(timeline.listed) <= 62
    assert timeline.is_synthetic


def test_an_empty_table_says_what_to_run_and_a_full_one_what_it_has(
    store: Store, period: Period
) -> None:
    with reading(store) as con:
        assert "run gridctl fetch carbon-intensity" in (read_carbon(con, period).empty or "")
    store.carbon(SLOT - timedelta(days=9), 100)
    with reading(store) as con:
        assert "stored are 2026-04-27T12:00:00Z" in (read_carbon(con, period).empty or "")


def test_the_mix_has_its_means(store: Store, period: Period) -> None:
    store.mix(at(hours=-1), 20)
    store.mix(at(hours=-0.5), 40)
    with reading(store) as con:
        mix = read_mix(con, period)
    assert (mix.mean_renewable, mix.mean_zero_carbon, mix.most_renewable) == (40, 40, 50)
    shares = dict(zip(mix.timeline.names, mix.timeline.rows[4][1:], strict=True))
    assert (shares["wind"], shares["gas"], shares["coal"]) == (40, 50, 0)


def test_demand_and_prices_have_their_extremes(store: Store, period: Period) -> None:
    for hours, demand in ((-2, 30000.0), (-1, 35000.0)):
        store.add("demand_actual_national", {"timestamp": at(hours=hours), "demand_mw": demand})
    store.add("demand_forecast_national", *(
        {"forecast_type": kind, "timestamp": at(hours=-1), "demand_mw": mw}
        for kind, mw in (("day_ahead", 34000.0), ("seven_day_ahead", 1.0))))  # fmt: skip
    store.price(at(hours=-2), -5.0)
    store.price(at(hours=-1), 105.0)
    store.price(at(hours=-1), 400.0, "system_price")
    store.price(at(hours=-1), 7.0, "agile_retail", region_number=13, region_id=region_id(13))
    with reading(store) as con:
        demand, prices = read_demand(con, period), read_prices(con, period)
    assert (demand.peak, demand.peak_at) == (35000, at(hours=-1))
    assert demand.timeline.rows[3][1:] == (35000, 34000)
    assert (prices.mean, prices.lowest, prices.highest) == (50, -5, 105)
    assert prices.negative_half_hours == 1
    assert prices.timeline.rows[3][1:] == (105, None, 400)


def test_regions_are_ranked_and_those_without_data_come_last(store: Store, period: Period) -> None:
    store.regional(13, at(hours=-1), 100, 300)
    store.regional(2, at(hours=-1), 0, -2, source="synthetic")
    store.mix(at(hours=-1), 30, number=13)
    with reading(store) as con:
        regions = read_regions(con, period)
    first, second, *others = regions.means
    assert (first.name, first.mean, first.is_synthetic) == ("South Scotland", -1, True)
    assert (second.name, second.mean, second.lowest, second.highest) == ("London", 200, 100, 300)
    assert (second.mean_renewable, second.half_hours) == (40, 2)
    assert len(others) == 12
    assert {other.mean for other in others} == {None}
    assert (at(hours=-1), 13, 100.0) in regions.cells
    assert len(regions.cells) == 4


def test_the_outlook_is_what_was_known_then(store: Store) -> None:
    store.carbon(at(hours=-1), 90, 90, actual_gco2_kwh=95.0)
    store.carbon(SLOT, *[500.0] * 20, forecast_issued_at=NOW + timedelta(hours=1))  # too late
    values = [200.0, *[100.0] * 8, 200.0]
    store.add("forecast_vintages", {
        "series": "carbon_intensity", "issued_at": NOW - timedelta(minutes=5),
        "first_timestamp": SLOT, "step_minutes": 30, "forecast_values": values})  # fmt: skip
    with reading(store) as con:
        outlook = read_outlook(con, NOW, AGE)
    known = {slot.start: slot for slot in outlook.slots}
    assert known[at(hours=-1)].actual == 95
    assert known[at(hours=-1)].forecast is None
    assert known[at(hours=-0.5)].actual is None  # published half an hour after its half hour
    assert [known[SLOT + i * timedelta(minutes=30)].forecast for i in range(11)] == [*values, None]
    assert outlook.greenest == (at(hours=0.5), at(hours=4.5), 100)
    assert "no band" in (outlook.no_band or "")
    assert outlook.empty is None


def test_a_forecast_of_unknown_issue_has_no_band(store: Store) -> None:
    store.carbon(SLOT, 150, 150)
    with reading(store) as con:
        outlook = read_outlook(con, NOW, AGE)
    assert [slot.forecast for slot in outlook.slots if slot.forecast is not None] == [150, 150]
    assert "when this forecast was issued is not known" in (outlook.no_band or "")


def test_the_band_holds_the_errors_seen(store: Store) -> None:
    """Eleven days on which forecasts were 10 too low, but once: 100 too low."""
    for day in range(1, 12):
        start = SLOT - timedelta(days=day)
        store.add("forecast_vintages", {
            "series": "carbon_intensity", "issued_at": start, "first_timestamp": start,
            "step_minutes": 30, "forecast_values": [100.0]})  # fmt: skip
        store.carbon(start, 100, actual_gco2_kwh=200.0 if day == 5 else 110.0)
    store.add("forecast_vintages", {
        "series": "carbon_intensity", "issued_at": NOW - timedelta(minutes=5),
        "first_timestamp": SLOT, "step_minutes": 30, "forecast_values": [150.0] * 4})  # fmt: skip
    with reading(store) as con:
        outlook = read_outlook(con, NOW, AGE)
    ahead = [slot for slot in outlook.slots if slot.forecast is not None]
    assert (ahead[0].low, ahead[0].high) == (160, 160)
    assert (ahead[3].low, ahead[3].high) == (None, None)  # of over an hour ahead none is known
    assert outlook.no_band is None


def test_accuracy_is_that_of_the_query(store: Store, period: Period) -> None:
    store.carbon(at(hours=-2), 100, 120, actual_gco2_kwh=110.0)
    with reading(store) as con:
        accuracy = read_accuracy(con, period)
    (last,) = accuracy.horizons
    assert (last.name, last.count, last.bias, last.mean_absolute) == ("last revision", 2, 0, 10)


def decision(
    store: Store, sequence: int, workload: Any, action: str = "defer", **more: Any
) -> None:
    store.add("workload_schedules", {
        "sequence": sequence, "workload_id": workload, "action": action, "reason": "so",
        "decision_timestamp": at(hours=-1), "original_start": at(hours=-1),
        "new_start": at(hours=2), "new_end": at(hours=4), "row_hash": str(sequence), **more,
    })  # fmt: skip


def test_the_last_decision_of_a_job_counts(store: Store, period: Period) -> None:
    first, second, third = (store.workload(name, None) for name in ("first", "second", "third"))
    kg = {"baseline_carbon_kg": 10.0, "expected_carbon_kg": 9.0}
    decision(store, 1, first, **kg)
    kg["expected_carbon_kg"] = 4.0
    pieces = [(2, 2.5), (2.5, 3), (4, 4.5)]
    segments = [{"start": at(hours=a).isoformat(), "end": at(hours=b).isoformat()}
                for a, b in pieces]  # fmt: skip
    decision(store, 2, first, "reschedule", **kg, segments=json.dumps(segments),
             baseline_cost_gbp=3.0, expected_cost_gbp=5.0)  # fmt: skip
    decision(store, 3, second, "cancel", **kg)
    decision(store, 4, third)
    with reading(store) as con:
        decisions = read_decisions(con, period)
    assert [told.workload for told in decisions.told] == ["third", "second", "first"]
    assert decisions.told[0].pieces == [(at(hours=2), at(hours=4))]
    assert decisions.told[1].pieces == []
    assert decisions.told[2].pieces == [(at(hours=2), at(hours=3)), (at(hours=4), at(hours=4.5))]
    assert decisions.told[2].saved_kg == 6
    assert (decisions.count, decisions.unknown) == (3, 1)
    assert (decisions.baseline_kg, decisions.expected_kg, decisions.saved_gbp) == (10, 4, -2)


def test_only_the_newest_decisions_are_told_one_by_one(store: Store, period: Period) -> None:
    for number in range(MOST + 2):
        decision(store, number, store.workload(f"job {number}", None))
    decision(store, 99, store.workload("too early", None), decision_timestamp=at(days=-9))
    with reading(store) as con:
        decisions = read_decisions(con, period)
    assert len(decisions.told) == MOST
    assert decisions.told[0].workload == f"job {MOST + 1}"
    assert decisions.count == MOST + 2


def test_quality_counts_what_is_there(store: Store, period: Period) -> None:
    store.carbon(at(hours=-2), 1, 2, 3)
    store.regional(13, at(hours=-2), 1, source="synthetic")
    with reading(store) as con:
        quality = read_quality(con, period, rejects=7)
    counted = {coverage.dataset: coverage for coverage in quality.coverage}
    national, regional = counted["carbon, national"], counted["carbon, regional"]
    index = counted["market index"]
    assert (index.present, index.missing) == (0, 5)  # the sixth half hour is still running
    assert [time for time, _ in index.cells] == [time for time, _ in national.cells][:-1]
    assert (national.present, national.missing) == (3, 3)
    assert dict(national.cells)[at(hours=-2)] == 100
    assert dict(national.cells)[at(hours=-0.5)] == 0
    assert (regional.expected, regional.synthetic) == (6 * 14, 1)
    assert dict(regional.cells)[at(hours=-2)] == pytest.approx(100 / 14)
    assert quality.sources == ["carbon-intensity", "synthetic"]
    assert quality.rejects == 7


def test_nothing_is_missing_of_what_cannot_have_been_measured_yet(store: Store) -> None:
    period = make_period(NOW, timedelta(hours=1))
    over, running = period.start, period.measured_end
    assert over < running < period.end
    store.add("demand_actual_national", {"timestamp": over, "demand_mw": 1.0})
    store.price(over, 1.0)
    with reading(store) as con:
        for timeline in (read_demand(con, period).timeline, read_prices(con, period).timeline):
            assert (timeline.present, timeline.expected) == (1, 1)
        counted = {c.dataset: c for c in read_quality(con, period, 0).coverage}
    assert (counted["demand, outturn"].missing, counted["market index"].missing) == (0, 0)
    store.price(over, 1.0, "day_ahead_auction")
    with reading(store) as con:  # a forecast is expected of the running half hour too
        timeline = read_prices(con, period).timeline
        counted = {c.dataset: c for c in read_quality(con, period, 0).coverage}
    assert (timeline.present, timeline.expected) == (1, 2)
    assert counted["day ahead auction"].missing == 1


def test_what_was_measured_later_does_not_hide_a_gap(store: Store) -> None:
    period = make_period(NOW, timedelta(hours=1))
    store.add("demand_actual_national", {"timestamp": period.measured_end, "demand_mw": 1.0})
    with reading(store) as con:
        timeline = read_demand(con, period).timeline
        counted = {c.dataset: c for c in read_quality(con, period, 0).coverage}
    assert (timeline.present, timeline.expected) == (0, 1)
    assert counted["demand, outturn"].missing == 1


def test_a_report_names_the_licences_of_what_it_shows(store: Store) -> None:
    store.carbon(at(hours=-2), 1)
    report = gather(store.config, make_period(NOW), NOW)
    assert any("CC BY 4.0" in licence for licence in report.licences)
    assert not report.is_synthetic
    store.price(at(hours=-2), 1.0, source="synthetic")
    mixed = gather(store.config, make_period(NOW), NOW)
    assert (mixed.is_synthetic, mixed.is_all_synthetic) == (True, False)


def test_all_is_made_up_when_no_row_and_no_decision_is_otherwise(store: Store) -> None:
    period = make_period(NOW)
    assert not gather(store.config, period, NOW).is_all_synthetic  # nothing is not made up
    store.price(at(hours=-2), 1.0, source="synthetic")
    factors = json.dumps({"signal": {"is_synthetic": True}})
    decision(store, 1, store.workload("made up", None), decision_factors=factors)
    assert gather(store.config, period, NOW).is_all_synthetic
    decision(store, 2, store.workload("by a file of one's own", None))
    assert not gather(store.config, period, NOW).is_all_synthetic


def test_an_empty_database_has_only_reasons(store: Store) -> None:
    report = gather(store.config, make_period(NOW), datetime(2026, 5, 7, tzinfo=UTC))
    parts = (report.carbon, report.outlook, report.mix, report.regions, report.demand,
             report.prices, report.accuracy, report.decisions, report.quality)  # fmt: skip
    assert all(part.empty for part in parts)
    assert not report.is_synthetic
