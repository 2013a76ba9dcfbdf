"""What was known at T, slot by slot."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import numpy as np
import pytest
from schedule.stored import HALF_HOUR, at

from gridctl.model import Window
from gridctl.schedule.signals.signal import Knowledge, Provenance, Refused, load_signals

DAY = "2023-03-14T00:00Z"


def read(store, places, start, end, known_at, *, synthetic=False):
    known = Knowledge(at(known_at), timedelta(hours=24), synthetic)
    with duckdb.connect(str(store.path), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return load_signals(con, places, Window(at(start), at(end)), known)


def national(store, start, end, known_at, **options):
    return read(store, [None], start, end, known_at, **options)[None]


def test_an_actual_counts_half_an_hour_after_its_slot(store):
    store.carbon(DAY, [100, 100, 100], actuals=[90, 91, 92])
    signal = national(store, DAY, "2023-03-14T01:30Z", "2023-03-14T01:30Z")
    assert signal.carbon.values.tolist() == [90, 91, 100]
    assert signal.carbon.provenance == [
        Provenance.ACTUAL,
        Provenance.ACTUAL,
        Provenance.LAST_REVISION,
    ]


def test_the_newest_vintage_issued_by_then_wins_slot_by_slot(store):
    store.vintage("2023-03-13T22:00Z", DAY, [1, 2, 3, 4])
    store.vintage("2023-03-13T23:00Z", DAY, [10, None, 30])
    store.vintage("2023-03-14T09:00Z", DAY, [100, 200, 300, 400])
    signal = national(store, DAY, "2023-03-14T02:00Z", "2023-03-13T23:30Z")
    assert signal.carbon.values.tolist() == [10, 2, 30, 4]
    assert signal.ends_at == at("2023-03-14T02:00Z")


def test_a_vintage_goes_before_the_stored_forecast(store):
    store.carbon(DAY, [7, 7], issued="2023-03-13T23:00Z")
    store.vintage("2023-03-13T22:00Z", DAY, [1])
    signal = national(store, DAY, "2023-03-14T01:00Z", "2023-03-13T23:30Z")
    assert signal.carbon.values.tolist() == [1, 7]
    assert set(signal.carbon.provenance) == {Provenance.FORECAST}


def test_a_forecast_issued_after_then_is_hidden(store):
    store.carbon(DAY, [7], issued="2023-03-13T23:45Z")
    signal = national(store, DAY, "2023-03-14T00:30Z", "2023-03-13T23:30Z")
    assert np.isnan(signal.carbon.values).all()
    assert signal.carbon.readings[0].refused is Refused.NOT_YET_KNOWN
    assert signal.ends_at is None


def test_a_last_revision_fetched_later_is_hindsight(store):
    store.carbon(DAY, [7], fetched="2023-03-20T00:00Z")
    store.carbon("2023-03-14T00:30Z", [8], fetched="2023-03-13T20:00Z")
    signal = national(store, DAY, "2023-03-14T01:00Z", "2023-03-13T23:30Z")
    assert [reading.hindsight for reading in signal.carbon.readings] == [True, False]


def test_missing_is_not_zero(store):
    store.carbon(DAY, [0, None, 5])
    signal = national(store, DAY, "2023-03-14T02:00Z", "2023-03-13T23:30Z")
    assert signal.carbon.values[[0, 2]].tolist() == [0, 5]
    assert np.isnan(signal.carbon.values[[1, 3]]).all()
    assert signal.ends_at == at("2023-03-14T01:30Z")


def test_a_stale_forecast_is_not_planned_on_but_the_past_is_read(store):
    store.carbon(DAY, [7] * 96, issued="2023-03-13T23:00Z")
    signal = national(store, DAY, "2023-03-16T00:00Z", "2023-03-15T00:00Z")
    assert np.isfinite(signal.carbon.values[:48]).all()
    assert np.isnan(signal.carbon.values[48:]).all()
    assert signal.carbon.readings[60].refused is Refused.STALE


def test_something_fresher_fills_where_a_vintage_is_stale(store):
    store.vintage("2023-03-12T00:00Z", DAY, [1, 1])
    store.carbon(DAY, [7], issued="2023-03-13T23:00Z")
    signal = national(store, DAY, "2023-03-14T01:00Z", "2023-03-13T23:30Z")
    assert signal.carbon.values[0] == 7
    assert signal.carbon.readings[1].refused is Refused.STALE


def test_synthetic_needs_leave_and_yields_to_real(store):
    store.carbon(DAY, [7, 7], source="synthetic")
    store.vintage("2023-03-13T23:00Z", DAY, [1], source="carbon-intensity")
    store.vintage("2023-03-13T23:15Z", DAY, [2], source="synthetic")
    refused = national(store, DAY, "2023-03-14T01:00Z", "2023-03-13T23:30Z")
    assert refused.carbon.values[0] == 1
    assert refused.carbon.readings[1].refused is Refused.SYNTHETIC
    allowed = national(store, DAY, "2023-03-14T01:00Z", "2023-03-13T23:30Z", synthetic=True)
    assert allowed.carbon.values.tolist() == [1, 7]
    assert allowed.carbon.provenance == [Provenance.FORECAST, Provenance.SYNTHETIC]


def test_regions_have_their_own_forecasts_and_no_actuals(store):
    store.carbon(DAY, [50, 51], region=13)
    store.carbon(DAY, [5, 6], region=1)
    store.carbon(DAY, [100, 101], actuals=[99, 98])
    store.vintage("2023-03-13T23:00Z", DAY, [55], region=13)
    store.renewable(DAY, [70, 71], region=1)
    signals = read(store, [13, 1], DAY, "2023-03-14T01:00Z", "2023-03-13T23:30Z")
    assert signals[13].carbon.values.tolist() == [55, 51]
    assert signals[1].carbon.values.tolist() == [5, 6]
    assert signals[1].renewable.values.tolist() == [70, 71]
    assert signals[1].geography == "North Scotland"
    assert (signals[1].kind, signals[1].basis) == ("average", "attributional")


@pytest.mark.parametrize(
    ("start", "end", "half_hours"),
    [
        ("2023-03-26T00:00+00:00", "2023-03-27T00:00+01:00", 46),
        ("2023-10-29T00:00+01:00", "2023-10-30T00:00+00:00", 50),
    ],
)
def test_clock_change_days_have_46_and_50_half_hours(store, start, end, half_hours):
    store.carbon(start, list(range(half_hours)))
    signal = national(store, start, end, "2023-03-01T00:00Z")
    assert signal.carbon.values.tolist() == list(range(half_hours))
    assert signal.ends_at == at(end)


def test_an_auction_price_goes_before_the_market_index_of_the_past(store):
    store.carbon(DAY, [1] * 4)
    store.prices(DAY, [50, 51, 52, 53])
    store.prices("2023-03-14T00:30Z", [61], kind="day_ahead_auction")
    signal = national(store, DAY, "2023-03-14T02:00Z", "2023-03-14T01:00Z")
    # The market index of a slot still to come was not known; the median needs history.
    assert signal.price.values[:2].tolist() == [50, 61]
    assert signal.price_kind == "wholesale"


def test_prices_ahead_are_the_median_of_that_half_hour_of_the_week(store):
    for week, price in enumerate([10, 20, 60, 90]):
        day = at(DAY) - timedelta(days=7 * (week + 1))
        store.prices(day.isoformat(), [price])
    store.prices((at(DAY) - timedelta(days=35)).isoformat(), [1000])
    signal = national(store, DAY, "2023-03-14T01:00Z", "2023-03-14T00:00Z")
    assert signal.price.values[0] == 40
    assert signal.price.provenance == [Provenance.ESTIMATED, Provenance.MISSING]
    assert signal.price.readings[0].estimated


def test_a_half_hour_without_an_auction_before_it_takes_the_market_index(store):
    week_before = at(DAY) - timedelta(days=7)
    store.prices(week_before.isoformat(), [10, 20])
    store.prices(week_before.isoformat(), [15], kind="day_ahead_auction")
    signal = national(store, DAY, "2023-03-14T01:00Z", "2023-03-13T12:00Z")
    assert signal.price.values.tolist() == [15, 20]


def test_an_auction_not_yet_held_then_is_not_known(store):
    store.prices("2023-03-20T00:00Z", [61, 62], kind="day_ahead_auction")
    before = national(store, "2023-03-20T00:00Z", "2023-03-20T01:00Z", "2023-03-18T12:00Z")
    after = national(store, "2023-03-20T00:00Z", "2023-03-20T01:00Z", "2023-03-19T17:00Z")
    assert np.isnan(before.price.values).all()
    assert after.price.values.tolist() == [61, 62]


def test_retail_is_used_only_when_every_place_has_it(store):
    store.prices(DAY, [200, 201], kind="agile_retail", region=13)
    store.prices(DAY, [50, 51], kind="day_ahead_auction")
    alone = read(store, [13], DAY, "2023-03-14T01:00Z", "2023-03-14T00:00Z")
    assert alone[13].price.values.tolist() == [200, 201]
    assert alone[13].price_kind == "agile_retail"
    both = read(store, [13, 1], DAY, "2023-03-14T01:00Z", "2023-03-14T00:00Z")
    assert both[13].price.values.tolist() == both[1].price.values.tolist() == [50, 51]


def test_stress_is_of_the_nearest_kind_of_forecast_issued_by_then(store):
    for kind, issued, scores in (
        ("day_ahead", "2023-03-13T22:00Z", [0.1, None]),
        ("two_to_fourteen_day", None, [0.5, 0.6]),
        ("two_day_ahead", "2023-03-14T05:00Z", [0.8, 0.9]),
    ):
        for slot, score in enumerate(scores):
            store.execute(
                """INSERT INTO demand_forecast_national (id, forecast_type, timestamp,
                       grid_stress_score, forecast_issued_at, source, fetched_at, payload_id)
                   VALUES (uuid(), ?, ?, ?, ?, 'neso', ?, uuid())""",
                [
                    kind,
                    at(DAY) + slot * HALF_HOUR,
                    score,
                    issued and at(issued),
                    at("2023-03-13T22:00Z"),
                ],
            )
    signal = national(store, DAY, "2023-03-14T01:30Z", "2023-03-13T23:30Z")
    np.testing.assert_array_equal(signal.stress.values, [0.1, 0.6, np.nan])
    assert signal.stress.provenance == [
        Provenance.FORECAST, Provenance.LAST_REVISION, Provenance.MISSING,
    ]  # fmt: skip
