"""Pictures of decisions: what stands in them, and that gaps stay gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from render.pictures import pixels, texts
from schedule.stored import HALF_HOUR, at

pytest.importorskip("matplotlib")

from gridctl.render.panels import panels_of, powers_of, span_of
from gridctl.render.picture import draw_decision
from gridctl.render.steps import Steps
from gridctl.render.style import picture
from gridctl.schedule.job.workload import make_workload
from gridctl.schedule.signals.signal import Provenance, Reading, Series, Signal
from gridctl.schedule.single.decide import decide

NOW = at("2026-05-05T12:00Z")


def series(values, kinds=Provenance.FORECAST):
    kinds = kinds if isinstance(kinds, list) else [kinds] * len(values)
    return Series.of(
        [
            Reading() if value is None else Reading(value, kind, "carbon-intensity")
            for value, kind in zip(values, kinds, strict=True)
        ]
    )


def signal(carbon, *, price=None, kinds=Provenance.FORECAST, place=None, start=NOW):
    prices = series(price or [None] * len(carbon), Provenance.ACTUAL)
    nothing = series([None] * len(carbon))
    return Signal(place, start, NOW, series(carbon, kinds), nothing, prices, "wholesale")


def decided(*signals, **given):
    workload = make_workload({"duration": timedelta(hours=1), "energy_kwh": 10.0} | given)
    return decide(workload, {each.place: each for each in signals}, NOW)


def words_of(decision):
    return texts(picture(lambda: draw_decision(decision), "svg"))


CURVE = [200.0, 180.0, 90.0, 100.0, 150.0, 210.0] * 4


def test_says_what_was_decided_from_what_and_in_which_units():
    decision = decided(signal(CURVE), name="train", max_carbon=160.0)
    words = words_of(decision)
    together = " ".join(words)
    assert "train: deferred to Tue 5 May 2026, 13:00 to 14:00 UTC" in words
    assert "Carbon intensity, gCO₂/kWh" in words
    assert "run: 95 g/kWh" in words
    assert "when asked: 190 g/kWh" in words
    assert {"forecast", "cap 160 g/kWh", "decided"} <= set(words)
    assert "UTC; British clocks show UTC + 1 h" in words
    assert "Source: carbon-intensity" in together
    assert "ocation-based average intensity, operational electricity only" in together
    assert "no data" not in words
    assert "GBP/MWh" not in together


@pytest.mark.parametrize("kind", [kind for kind in Provenance if kind is not Provenance.MISSING])
def test_every_origin_of_a_value_is_drawn_and_named(kind):
    grid = signal(CURVE, price=[50.0] * 24, kinds=kind)
    words = words_of(decided(grid, objective="balanced", carbon_price=80.0))
    assert panels_of(decided(grid))[0].names[kind] in words


def test_a_signal_from_a_file_is_not_called_the_grids():
    given = replace(signal(CURVE, kinds=Provenance.GIVEN), file="mine.csv")
    together = " ".join(words_of(decided(given)))
    assert "ntensity as given in mine.csv" in together
    assert "ocation-based" not in together


@pytest.mark.parametrize(
    ("kind", "title"),
    [("tariff:flat", "Price by the tariff"), ("agile_retail", "Retail price"),
     ("file", "Price as given"), ("series", "Price by the series")],
)  # fmt: skip
def test_the_price_panel_says_whose_price_it_is(kind, title):
    grid = replace(signal(CURVE, price=[50.0] * 24), price_kind=kind)
    words = words_of(decided(grid, objective="cost"))
    assert f"{title}, GBP/MWh" in words


def test_price_has_a_panel_when_the_objective_or_a_cap_is_about_it():
    grid = signal(CURVE, price=[50.0 + slot for slot in range(24)])
    assert [p.unit for p in panels_of(decided(grid))] == ["g/kWh"]
    capped = decided(grid, max_price=90.0)
    assert [p.unit for p in panels_of(capped)] == ["g/kWh", "GBP/MWh"]
    words = words_of(decided(grid, objective="balanced", carbon_price=80.0))
    assert "Wholesale price, GBP/MWh" in words
    assert "published price" in words
    assert any("a shadow price" in line for line in words)
    share = replace(grid, renewable=series([50.0] * 24))
    assert "Renewable share, %" in words_of(decided(share, min_renewable=40.0))


def test_what_is_not_data_is_labelled():
    kinds = [Provenance.ACTUAL, Provenance.FORECAST, Provenance.ESTIMATED] + 21 * [
        Provenance.SYNTHETIC
    ]
    words = words_of(decided(signal(CURVE, kinds=kinds)))
    assert {"actual", "forecast", "estimated", "synthetic: made up"} <= set(words)
    assert any("Synthetic data: made up, not the grid" in line for line in words)


def axes_of(decision):
    import matplotlib

    with matplotlib.rc_context():
        return draw_decision(decision).axes


def test_gaps_are_bands_and_never_a_line_at_zero():
    gappy = [*CURVE[:8], None, None, None, *CURVE[11:]]
    decision = decided(signal(gappy))
    assert "no data" in words_of(decision)
    (ax,) = axes_of(decision)
    bands = [patch for patch in ax.patches if patch.get_hatch() == "..."]
    assert [(band.get_x(), band.get_width()) for band in bands] == [(4.0, 1.5)]
    lines = [patch for patch in ax.patches if hasattr(patch, "get_data")]
    heights = [value for line in lines for value in line.get_data().values.tolist()]
    assert lines
    assert 0.0 not in heights


def test_a_run_is_cut_inside_its_slots():
    steps = Steps(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.0, 1.5]), ())
    part = steps.between(0.6, 1.2)
    assert part.values.tolist() == [2.0, 3.0]
    assert part.edges.tolist() == [0.6, 1.0, 1.2]
    assert steps.between(0.5, 1.0).values.tolist() == [2.0]
    assert steps.between(-1.0, 9.0).edges.tolist() == [0.0, 0.5, 1.0, 1.5]
    for begins, ends in ((1.5, 2.0), (-2.0, -1.0)):
        assert len(steps.between(begins, ends).values) == 0


def test_a_run_of_hours_in_a_year_is_still_seen():
    grid = signal([100.0] * 17520, kinds=Provenance.ACTUAL)
    (ax,) = axes_of(decided(grid))
    bands = [patch for patch in ax.patches if getattr(patch, "get_width", None)]
    assert max(band.get_width() for band in bands) == pytest.approx(0.004 * 8760)
    assert "UTC; British clocks show UTC + 1 h in summer" in [ax.get_xlabel()]


def test_several_stretches_and_changing_power():
    decision = decided(signal(CURVE), duration=timedelta(hours=3))
    assert len(decision.pieces) == 1
    assert powers_of(decision) == []
    paused = replace(decision, segments=[decision.segments[i] for i in (0, 1, 4, 5)])
    stretches = paused.pieces
    assert [end - begin for begin, end in stretches] == [2 * HALF_HOUR, 2 * HALF_HOUR]
    words = words_of(paused)
    assert any(word.endswith("UTC, in 2 stretches") for word in words)
    assert any(word.startswith("run, with pauses: ") for word in words)
    half = replace(decision.segments[0], energy_kwh=decision.segments[0].energy_kwh / 2)
    elastic = replace(decision, segments=[half, *decision.segments[1:]])
    assert powers_of(elastic)[:2] == pytest.approx([5 / 3, 10 / 3])
    assert "Power, kW" in words_of(elastic)
    unknown = replace(half, energy_kwh=None)
    assert powers_of(replace(decision, segments=[half, unknown])) == []


def test_a_baseline_elsewhere_is_its_mean_and_negative_values_have_room():
    home = signal([200.0] * 24, place=13)
    there = signal([-20.0] * 12 + [90.0] * 12, place=1)
    decision = decided(home, there, regions=(13, 1), home=13)
    words = words_of(decision)
    assert "when asked in London, mean: 200 g/kWh" in words
    assert any(word.startswith("workload: moved to North Scotland, Tue 5 May") for word in words)
    low, high = axes_of(decision)[0].get_ylim()
    assert low < -20
    assert high > 200


def test_a_rejection_is_drawn_without_a_run():
    words = words_of(decided(signal(CURVE), max_carbon=20.0))
    assert "workload: no start meets the request" in words
    assert "cap 20 g/kWh" in words
    assert not any(word.startswith("run") for word in words)
    assert any("it would work with max_carbon to 100" in word for word in words)


def test_a_cap_far_away_does_not_flatten_the_picture():
    decision = decided(signal(CURVE), max_carbon=90000.0)
    assert "cap 90000 g/kWh, outside the picture" in words_of(decision)
    assert axes_of(decision)[0].get_ylim()[1] < 300


def test_the_time_drawn_covers_window_and_baseline_and_a_little_more():
    grid = signal([100.0] * 96, start=NOW)
    decision = decided(
        grid, earliest=NOW + timedelta(hours=10), deadline=NOW + timedelta(hours=20),
        start=NOW + timedelta(hours=8),
    )  # fmt: skip
    assert span_of(decision) == (NOW + timedelta(hours=5), NOW + timedelta(hours=23))
    whole = decided(grid)
    assert span_of(whole) == (NOW, NOW + timedelta(hours=48))


def test_the_same_decision_is_the_same_file_and_a_png_is_not_blank():
    decision = decided(signal(CURVE, price=[50.0] * 24), objective="cost")
    for format in ("svg", "png"):
        once, twice = (picture(lambda: draw_decision(decision), format) for _ in range(2))
        assert once == twice
    width, height, greys = pixels(once)
    assert width == 1440
    assert 700 < height < 1300
    assert greys > 20


@pytest.mark.parametrize(
    "name", ["$x_1$ & <b>", "a\nb\x1b[31m\x00", "日本" * 50, "x" * 300, "\udc80", "𝛼" * 9]
)
def test_any_name_can_stand_in_the_title(name):
    for format in ("svg", "png"):
        assert picture(lambda: draw_decision(decided(signal(CURVE), name=name)), format)
    title = next(w for w in words_of(decided(signal(CURVE), name=name)) if "deferred to" in w)
    assert "\x1b" not in title
    assert len(title) < 110
    assert title.startswith(name[:3].replace("\n", "\\n").replace("\udc80", "\\udc80"))


def test_the_users_own_look_and_fonts_do_not_matter():
    import matplotlib

    decision = decided(signal(CURVE))
    usual = picture(lambda: draw_decision(decision), "svg")
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 30, "text.usetex": True}):
        assert picture(lambda: draw_decision(decision), "svg") == usual
        assert matplotlib.rcParams["font.size"] == 30
