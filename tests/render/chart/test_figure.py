"""Charts as pictures: their words, the same bytes each time, and gaps that stay gaps."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from render.chart.answers import PRICES, START, TIME, answer, plot, series
from render.chart.test_terminal import EVERY_KIND, WAVE, mix
from render.pictures import pixels, texts

pytest.importorskip("matplotlib")

from gridctl.errors import UsageError
from gridctl.render.chart.palette import fill_of, line_of
from gridctl.render.chart.plot import Heading, Plot
from gridctl.render.style import picture


def svg(drawn: Plot) -> bytes:
    return picture(drawn.figure, "svg")


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_has_its_words_as_text_and_the_same_bytes_each_time(kind, tmp_path):
    drawn = plot(*EVERY_KIND[kind])
    drawn.save(tmp_path / "a.svg")
    drawn.save(str(tmp_path / "b.svg"))
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    words = texts((tmp_path / "a.svg").read_bytes())
    assert "T" in words
    unit = {"area": "%", "bar": "A, GBP"}.get(kind, "Price, GBP/MWh")
    assert unit in words
    drawn.save(tmp_path / "a.png")
    width, height, greys = pixels((tmp_path / "a.png").read_bytes())
    assert (width, greys > 3) == (1440, True)
    assert 300 < height < 1700


def test_the_axis_says_dates_and_zone():
    words = texts(svg(plot(series(WAVE))))
    assert {"Tue 5 May", "Wed 6 May"} <= set(words)
    assert "UTC; British clocks show UTC + 1 h" in words
    local = texts(svg(plot(series(WAVE), zone=ZoneInfo("Europe/London"))))
    assert "time in Europe/London" in local


def test_gaps_are_not_drawn():
    gaps = [value if index < 40 or index > 55 else None for index, value in enumerate(WAVE)]
    figure = plot(series(gaps)).figure()
    stairs = figure.axes[0].patches[0].get_data()
    assert [math.isnan(value) for value in stairs.values] == [value is None for value in gaps]
    blank = plot(mix(gap=range(10, 20)), EVERY_KIND["area"][1]).figure()
    layer = blank.axes[0].patches[0].get_data()
    assert [hour for hour, value in enumerate(layer.values) if math.isnan(value)] == [
        *range(10, 20)
    ]


def test_a_caption_names_source_and_what_is_made_up():
    columns = {"timestamp": TIME, "price_gbp_mwh": "DOUBLE", "is_synthetic": "BOOLEAN"}
    given = answer(columns, (START, 1.0, True), (START + timedelta(hours=1), 2.0, True))
    drawn = Plot(given, PRICES, Heading("T", "hours 2", "Source: a model"))
    words = texts(svg(drawn))
    assert "hours 2" in words
    assert "Source: a model. Synthetic data: made up, not the grid." in words


def test_many_values_are_means_and_the_caption_says_so():
    words = texts(svg(plot(series([float(index % 7) for index in range(17_000)]))))
    assert "1,500 means drawn of 17,000 values from 0 to 6." in words
    assert len(svg(plot(series(WAVE * 100)))) < 150_000


def test_a_missing_bar_says_so():
    words = texts(svg(plot(*EVERY_KIND["bar"])))
    assert {"5.00", "-2.50", "no value"} <= set(words)


def test_layers_and_lines_differ_in_grey():
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    stack = ["nuclear", "biomass", "hydro", "wind", "solar", "imports", "other", "gas", "coal"]
    fills = [fill_of(name, index) for index, name in enumerate(stack)]
    for below, above in pairwise(fills):
        apart = abs(lightness(below.colour) - lightness(above.colour))
        assert below.hatch != above.hatch or apart > 30
    assert len({line_of(index) for index in range(14)}) == 14
    first = [line_of(index)[1] for index in range(5)]
    assert len(set(first)) == 5


def test_a_figure_of_nothing_is_refused_with_the_reason(tmp_path: Path):
    with pytest.raises(UsageError, match="nothing to draw: no values: price_gbp_mwh"):
        plot(series([None])).save(tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_shows_the_picture_and_print_the_characters(monkeypatch):
    drawn = plot(series(WAVE))
    assert drawn._repr_svg_().startswith("<?xml")
    assert str(drawn).startswith("T\n")
    monkeypatch.setattr("gridctl.render.chart.plot.find_spec", lambda _: None)
    assert drawn._repr_svg_() is None
