"""From rows to what is drawn of them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from render.chart.answers import PRICES, START, TIME, answer, series

from gridctl.errors import UsageError
from gridctl.query.chart import Chart, read_chart
from gridctl.render.chart.build import body_of

HOUR = timedelta(hours=1)


def build(given, chart=PRICES, zone=UTC):
    return body_of(given, read_chart(chart) if isinstance(chart, str) else chart, zone)


def test_lines_count_hours_from_the_first_row_whatever_their_order():
    rows = [(START + HOUR, Decimal("2.5")), (START, 1), (START + 2 * HOUR, None)]
    body = build(answer({"timestamp": TIME, "price_gbp_mwh": "DOUBLE"}, *rows))
    assert body.start == START
    assert body.tracks[0].name == "price"
    assert body.tracks[0].edges.tolist() == [0, 1, 2, 3]
    assert body.tracks[0].values.tolist()[:2] == [1, 2.5]
    assert math.isnan(body.tracks[0].values[2])


def test_endless_numbers_are_missing_and_no_value_at_all_is_nothing_to_draw():
    assert build(series([None, math.inf, math.nan])) is None
    assert build(series([math.inf, 3.0])).tracks[0].known.tolist() == [3.0]


def test_a_series_without_a_value_is_left_out():
    rows = answer({"timestamp": TIME, "a_mw": "DOUBLE", "b_mw": "DOUBLE"}, (START, 1.0, None))
    assert [t.name for t in build(rows, "area timestamp : a_mw b_mw : MW").tracks] == ["a"]


def test_layers_of_fuels_have_their_own_order():
    names = ("gas_pct", "solar_pct", "nuclear_pct")
    rows = answer({"timestamp": TIME, **dict.fromkeys(names, "DOUBLE")}, (START, 1.0, 2.0, 3.0))
    drawn = build(rows, f"area timestamp : {' '.join(names)} : %")
    assert [track.name for track in drawn.tracks] == ["nuclear", "solar", "gas"]


def test_a_line_for_each_place_and_too_many_are_refused():
    columns = {"timestamp": TIME, "place": "VARCHAR", "price_gbp_mwh": "DOUBLE"}
    chart = "line timestamp by place : price_gbp_mwh : GBP/MWh"
    two = answer(columns, (START, "b", 1.0), (START, "a", 2.0), (START + HOUR, "b", 3.0))
    assert [(t.name, t.known.tolist()) for t in build(two, chart).tracks] == [
        ("b", [1.0, 3.0]), ("a", [2.0]),
    ]  # fmt: skip
    many = answer(columns, *[(START, str(n), 1.0) for n in range(15)])
    with pytest.raises(UsageError, match="at most 14; try --kind heatmap, or fewer"):
        build(many, chart)


def test_rows_that_share_a_time_are_refused_not_averaged():
    rows = [(START, 1.0), (START, 2.0)]
    with pytest.raises(UsageError, match="several rows share one timestamp"):
        build(answer({"timestamp": TIME, "price_gbp_mwh": "DOUBLE"}, *rows))


def test_lines_over_texts_are_refused():
    rows = answer({"region": "VARCHAR", "a_mw": "DOUBLE"}, ("x", 1.0))
    with pytest.raises(UsageError, match="region has texts: try bar"):
        build(rows, "line region : a_mw : MW")


def test_a_day_is_a_time_and_a_number_is_not():
    days = answer({"day": "DATE", "a_mw": "DOUBLE"}, (date(2026, 5, 5), 1.0))
    assert build(days, "line day : a_mw : MW").start == START
    numbers = answer({"ahead": "INTEGER", "a_mw": "DOUBLE"}, (1, 1.0), (2, 2.0))
    assert build(numbers, "line ahead : a_mw : MW").start is None


def test_bars_keep_their_order_and_what_is_missing():
    rows = answer({"r": "VARCHAR", "a_mw": "DOUBLE"}, ("z", 1.25), ("a", None))
    body = build(rows, "bar r : a_mw : MW")
    assert body.labels == ["z", "a"]
    assert body.texts(0) == ["1.25", "no value"]


def test_bars_of_a_label_twice_and_too_many_bars_are_refused():
    columns = {"r": "VARCHAR", "a_mw": "DOUBLE"}
    with pytest.raises(UsageError, match="several rows share one r: x"):
        build(answer(columns, ("x", 1.0), ("x", 2.0)), "bar r : a_mw : MW")
    with pytest.raises(UsageError, match="61 bars are too many: at most 60, see --limit"):
        build(answer(columns, *[(str(n), 1.0) for n in range(61)]), "bar r : a_mw : MW")


def test_a_heat_map_of_a_month_and_an_hour_has_all_between():
    columns = {"hour": "INTEGER", "month": "INTEGER", "a_mw": "DOUBLE"}
    rows = answer(columns, (3, 2, 5.0), (0, 1, 1.0), (1, 1, 2.0), (1, 1, 4.0))
    body = build(rows, "heatmap hour month : a_mw : MW")
    assert (body.across, body.down) == (["0", "1", "2", "3"], ["1", "2"])
    assert body.values[0, :2].tolist() == [1.0, 3.0]
    assert np.isnan(body.values[0, 2])
    assert body.values[1, 3] == 5.0


def test_a_heat_map_of_time_has_hours_and_days_of_the_zone():
    chart = Chart("heatmap", "timestamp", ("price_gbp_mwh",), "GBP/MWh")
    summer = series([1.0, 3.0, 5.0], datetime(2026, 5, 5, 22, tzinfo=UTC))
    body = build(summer, chart, ZoneInfo("Europe/London"))
    assert body.down == ["Tue 5 May", "Wed 6 May"]
    assert (body.across[0], body.across[-1], len(body.across)) == ("0", "23", 24)
    assert (body.values[0, 23], body.values[1, 0]) == (2.0, 5.0)
    assert body.across_title == "hour in Europe/London"


def test_a_long_heat_map_has_months_and_a_missing_month_its_row():
    chart = Chart("heatmap", "timestamp", ("price_gbp_mwh",), "GBP/MWh")
    rows = [(datetime(2025, month, 1, tzinfo=UTC), 1.0) for month in (10, 12)]
    body = build(answer({"timestamp": TIME, "price_gbp_mwh": "DOUBLE"}, *rows), chart)
    assert body.down == ["2025-10", "2025-11", "2025-12"]
    assert np.isnan(body.values[1]).all()


def test_columns_of_even_time_know_their_times():
    columns = {"timestamp": TIME, "r": "VARCHAR", "rank": "INTEGER"}
    rows = [(START + n * HOUR, "a", n) for n in (0, 1, 3)]
    body = build(answer(columns, *rows), "heatmap timestamp r : rank : rank")
    assert body.times == (START, START + 4 * HOUR)
    assert np.isnan(body.values[0, 2])
