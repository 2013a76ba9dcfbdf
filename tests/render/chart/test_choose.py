"""Which chart an answer gets."""

from __future__ import annotations

import pytest
from render.chart.answers import START, TIME, answer

from gridctl.errors import UsageError
from gridctl.query.chart import Chart, read_chart
from gridctl.render.chart.choose import choose_chart, name_of, unit_of

DECLARED = read_chart("line timestamp : forecast_gco2_kwh actual_gco2_kwh : g/kWh")
CARBON = answer(
    {"timestamp": TIME, "place": "VARCHAR", "forecast_gco2_kwh": "DOUBLE",
     "actual_gco2_kwh": "DOUBLE", "wind_pct": "DOUBLE", "rank": "INTEGER"},
    (START, "GB", 1.0, 2.0, 3.0, 1),
)  # fmt: skip


def test_the_query_says_how_it_is_drawn():
    assert choose_chart(CARBON, DECLARED) == DECLARED


def test_kind_and_columns_replace_what_the_query_says():
    assert choose_chart(CARBON, DECLARED, "area", ["wind_pct"]) == Chart(
        "area", "timestamp", ("wind_pct",), "%"
    )
    heat = choose_chart(CARBON, DECLARED, "heatmap", ["actual_gco2_kwh"])
    assert (heat.kind, heat.down, heat.unit) == ("heatmap", None, "g/kWh")


def test_a_line_for_each_region_becomes_a_row_for_each_and_back():
    by = read_chart("line timestamp by place : wind_pct : %")
    heat = choose_chart(CARBON, by, "heatmap")
    assert (heat.by, heat.down) == (None, "place")
    assert choose_chart(CARBON, heat, "line") == by


def test_guesses_numbers_of_one_unit_over_time_without_ranks():
    assert choose_chart(CARBON, None) == DECLARED


def test_guesses_a_line_for_each_text_when_times_repeat():
    rows = answer(dict(CARBON.columns), *[(START, place, 1.0, 2.0, 3.0, 1) for place in "ab"])
    assert choose_chart(rows, None) == Chart(
        "line", "timestamp", ("forecast_gco2_kwh",), "g/kWh", by="place"
    )


def test_guesses_bars_of_texts():
    rows = answer({"n": "BIGINT", "region": "VARCHAR"}, (1, "a"))
    assert choose_chart(rows, None) == Chart("bar", "region", ("n",), "")


@pytest.mark.parametrize(
    ("kind", "columns", "words"),
    [
        (None, ["nope"], "no column 'nope'; numbers are in forecast_gco2_kwh"),
        (None, ["place"], "place holds no numbers"),
        (None, ["wind_pct", "rank"], r"wind_pct \(%\), rank \(none known\)"),
        ("heatmap", [], "draws one value: choose with --columns"),
    ],
)
def test_what_does_not_fit_is_refused_and_named(kind, columns, words):
    with pytest.raises(UsageError, match=words):
        choose_chart(CARBON, DECLARED, kind, columns)


def test_nothing_to_go_by_is_refused():
    with pytest.raises(UsageError, match="needs a column of times or texts, and one of numbers"):
        choose_chart(answer({"a": "INTEGER"}, (1,)), None)


def test_units_and_names_of_columns():
    assert [unit_of(name) for name in ("price_gbp_mwh", "cost_gbp", "mean_carbon_intensity")] == [
        "GBP/MWh", "GBP", "g/kWh",
    ]  # fmt: skip
    assert unit_of("half_hours") == ""
    assert [name_of(name) for name in ("forecast_gco2_kwh", "carbon_intensity", "mw")] == [
        "forecast", "carbon intensity", "mw",
    ]  # fmt: skip
