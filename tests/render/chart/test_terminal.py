"""Charts in characters: they fit, say what they show, and hold in any encoding."""

from __future__ import annotations

import io
import math
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import plotille
import pytest
from render.chart.answers import START, TIME, answer, plot, series

FUELS = ("wind_pct", "gas_pct", "nuclear_pct")
WAVE = [40 + 30 * math.sin(index / 7) for index in range(96)]


def mix(count=48, gap=()):
    rows = [
        (START + timedelta(hours=n), 30.0, None if n in gap else 50.0, 20.0) for n in range(count)
    ]
    return answer({"timestamp": TIME, **dict.fromkeys(FUELS, "DOUBLE")}, *rows)


def regions(*values):
    names = ("North Scotland", "North Wales and Merseyside", "London")
    return answer({"region_name": "VARCHAR", "a_gbp": "DOUBLE"}, *zip(names, values, strict=True))


EVERY_KIND = {
    "line": (series(WAVE), None),
    "area": (mix(), f"area timestamp : {' '.join(FUELS)} : %"),
    "bar": (regions(5.0, -2.5, None), "bar region_name : a_gbp : GBP"),
    "heatmap": (series(WAVE), None, "heatmap"),
}


def plotted(text):
    """The rows of the plot itself, without scale and axis."""
    return [line[re.search(r"[│┤|]", line).end() :] for line in text.splitlines() if "│" in line
            or "┤" in line]  # fmt: skip


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("width", [80, 140])
def test_fits_the_terminal_and_names_title_and_unit(kind, width):
    lines = plot(*EVERY_KIND[kind]).text(width).splitlines()
    assert max(map(len, lines)) < width
    assert len(lines) <= 26
    assert lines[0] == "T"
    unit = {"area": "%", "bar": "GBP"}.get(kind, "GBP/MWh")
    assert unit in lines[2]


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_the_characters_gets_plain_ones(kind, encoding, monkeypatch):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stdout)
    text = plot(*EVERY_KIND[kind]).text(80)
    assert text.isascii()
    assert len(text.splitlines()) > 5


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_colour_only_where_it_is_shown(kind, monkeypatch):
    drawn = plot(*EVERY_KIND[kind])
    plain = drawn.text(80)
    assert "\x1b" not in plain
    monkeypatch.setattr(plotille._colors, "_isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert drawn.text(80) == plain
    monkeypatch.delenv("NO_COLOR")
    coloured = drawn.text(80)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_a_gap_is_blank_and_said():
    values = [50.0 if index < 16 or index >= 32 else None for index in range(48)]
    text = plot(series(values)).text(80)
    top = plotted(text)[0]
    third = len(top) // 3
    assert set(top[third + 1 : 2 * third - 1]) == {" "}
    assert " " not in top[1 : third - 1] + top[2 * third + 2 : -1]
    assert "blank where there is no value" in text
    assert "blank" not in plot(series(WAVE)).text(80)


def test_a_lone_value_between_gaps_is_drawn():
    values = [50.0 if index == 24 else None for index in range(48)]
    rows = plotted(plot(series([10.0, *values])).text(80))
    assert any(cell not in " \u2800" for cell in rows[0])


def test_an_area_is_blank_where_a_layer_is_missing():
    text = plot(mix(gap=range(16, 32)), EVERY_KIND["area"][1]).text(80)
    row = plotted(text)[-2]
    third = len(row) // 3
    assert set(row[third + 1 : 2 * third - 1]) == {" "}
    assert row[:third].strip()


def test_layers_stand_on_each_other_in_the_order_of_fuels():
    text = plot(*EVERY_KIND["area"]).text(80)
    column = "".join(row[10] for row in plotted(text))
    assert re.fullmatch(r"▓+░+█+", column)  # gas on wind on nuclear
    assert "██ nuclear   ░░ wind   ▓▓ gas" in text


def test_several_lines_differ_without_colour():
    rows = [(START + timedelta(hours=n), 10.0, 40.0) for n in range(24)]
    given = answer({"timestamp": TIME, "a_mw": "DOUBLE", "b_mw": "DOUBLE"}, *rows)
    text = plot(given, "line timestamp : a_mw b_mw : MW").text(80)
    assert "─o─ a   ─x─ b" in text
    top, low = (next(r for r in plotted(text) if mark in r) for mark in "xo")
    assert top.count("x") > 5
    assert "o" not in top
    assert "x" not in low


def test_negative_prices_hang_below_a_line_at_zero():
    rows = plotted(plot(series([20.0] * 24 + [-20.0] * 24)).text(80))
    zero = next(index for index, row in enumerate(rows) if "┄" in row)
    above, below = "".join(rows[:zero]), "".join(rows[zero + 1 :])
    assert above.strip(" ")
    assert below.strip(" ")
    half = len(rows[0]) // 2
    assert not any(row[: half - 1].strip() for row in rows[zero + 1 :])


def test_bars_begin_at_zero_on_either_side_and_missing_is_no_bar():
    lines = plot(*EVERY_KIND["bar"]).text(80).splitlines()[4:7]
    assert lines[0].endswith(" 5.00")
    assert lines[1].endswith(" -2.50")
    assert lines[2].split() == ["London", "no", "value"]
    assert lines[0].index("█") == lines[1].rindex("█") + 1
    assert lines[0].count("█") == pytest.approx(2 * lines[1].count("█"), abs=1)


def test_the_axis_is_of_the_zone_asked_for():
    text = plot(series(WAVE), zone=ZoneInfo("Europe/London")).text(80)
    assert "time in Europe/London" in text
    assert "01:00" not in text
    assert "Wed 6 May" in text
    assert "time in UTC" in plot(series(WAVE)).text(80)


def test_many_values_are_means_and_say_so_with_their_span():
    values = [float(index % 2 * 100) for index in range(17_000)]
    text = plot(series(values)).text(80)
    assert re.search(r"means over 2d\d+h of values from 0 to 100", text)
    scale = [float(tick) for tick in re.findall(r"^ *([\d.]+) ┤", text, re.MULTILINE)]
    assert 40 < min(scale) < 50 < max(scale) < 60


@pytest.mark.parametrize("values", [[42.0], [50.0] * 48, [0.0] * 48, [-3.0], [1e-9] * 2, [1e15]])
def test_one_value_and_equal_values_are_drawn(values):
    rows = plotted(plot(series(values)).text(80))
    assert sum(bool(row.strip("\u2800 ┄")) for row in rows) in (1, 16)
    assert plot(series(values), kind="heatmap").text(80)
    assert plot(series(values), kind="area").text(80)


def test_a_heat_map_has_a_level_for_each_value_and_blanks():
    text = plot(series([*[0.0] * 24, *[100.0] * 22]), kind="heatmap").text(80)
    row = next(line for line in text.splitlines() if line.startswith("Tue 5 May"))
    cells = row.removeprefix("Tue 5 May ")
    assert cells.rstrip() == "▁" * 24 + "█" * 22
    assert "0 ▁▂▃▄▅▆▇█ 100 GBP/MWh   blank: no value" in text


def test_more_columns_than_fit_are_means_and_say_so():
    rows = [(START + timedelta(hours=n), "a", float(n)) for n in range(200)]
    given = answer({"timestamp": TIME, "r": "VARCHAR", "a_mw": "DOUBLE"}, *rows)
    text = plot(given, "heatmap timestamp r : a_mw : MW").text(80)
    assert "means of 3 columns" in text
    assert "timestamp, UTC" in text


def test_made_up_data_is_named_with_its_share():
    columns = {"timestamp": TIME, "price_gbp_mwh": "DOUBLE", "is_synthetic": "BOOLEAN"}
    rows = [(START + timedelta(hours=n), 1.0, n < 2) for n in range(4)]
    assert "synthetic data: made up, not the grid (2 of 4 rows)" in plot(
        answer(columns, *rows)
    ).text(80)
    assert "synthetic data: made up, not the grid\n" in plot(answer(columns, *rows[:2])).text(80)
    assert "synthetic" not in plot(answer(columns, *rows[2:])).text(80)


def test_interpolated_values_are_named():
    columns = {"timestamp": TIME, "price_gbp_mwh": "DOUBLE", "is_interpolated": "BOOLEAN"}
    rows = [(START + timedelta(hours=n), 1.0, n == 1) for n in range(3)]
    assert "interpolated values (1 of 3 rows)" in plot(answer(columns, *rows)).text(80)


def test_a_line_without_any_value_is_named():
    given = answer({"timestamp": TIME, "a_mw": "DOUBLE", "b_mw": "DOUBLE"}, (START, 1.0, None))
    text = plot(given, "line timestamp : a_mw b_mw : MW").text(80)
    assert "- no value at all: b\n" in text


def test_nothing_to_draw_is_a_line_of_why():
    empty = plot(series([None, None]))
    assert empty.is_empty
    assert empty.text(80) == "no values: price_gbp_mwh is missing in every row\n"
