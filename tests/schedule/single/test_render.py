"""The decision for people."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from schedule.stored import at

from gridctl.config import load_config
from gridctl.render.decision import decision_text, write_decision
from gridctl.render.forecast_chart import draw_forecast
from gridctl.schedule import schedule_workload
from gridctl.schedule.job.workload import make_workload

DAY = "2023-11-25T00:00Z"


@pytest.fixture
def decision(store):
    store.carbon(DAY, [200] * 16 + [80] * 8 + [200] * 72)

    def make(**given):
        given = {"energy_kwh": 5000.0, "duration": timedelta(hours=4), "earliest": at(DAY)} | given
        return schedule_workload(
            load_config(), make_workload(given), as_of=at("2023-11-24T23:00Z"), dry_run=True
        )

    return make


def test_says_what_when_and_what_it_saves_in_80_columns(decision):
    text = decision_text(decision(name="train"))
    assert text.startswith("train: defer to Sat 25 Nov 2023 08:00 UTC\n")
    assert "400.0 kg" in text
    assert "run 08:00-12:00 UTC" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_a_rejection_shows_what_would_do(decision):
    text = decision_text(decision(max_carbon=50.0))
    assert "no start meets the request" in text
    assert "with max_carbon to 80 g/kWh" in text
    assert max(map(len, text.splitlines())) <= 80


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_colour_only_on_a_terminal_that_wants_it(decision, monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    piped, shown = io.StringIO(), Terminal()
    write_decision(decision(), piped)
    write_decision(decision(), shown)
    assert "\x1b[" not in piped.getvalue()
    assert "\x1b[" in shown.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    write_decision(decision(), plain)
    assert "\x1b[3" not in plain.getvalue()


def test_a_terminal_without_unicode_gets_ascii(decision):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    write_decision(decision(), stream)
    stream.flush()
    assert b"====" in stream.buffer.getvalue()


def test_draws_the_run_where_it_is():
    drawn = draw_forecast(
        [100.0] * 12, at(DAY), runs=[(at("2023-11-25T02:00Z"), at("2023-11-25T04:00Z"))], rows=4
    ).splitlines()
    # 12 slots in 68 columns: 5 columns each.
    assert drawn[0] == "  g/kWh"
    bottom = next(line for line in drawn if line.startswith("     0"))
    assert len(bottom) == 8 + 60
    body = drawn[drawn.index(bottom) - 1][8:]
    assert body == "░" * 20 + "█" * 20 + "░" * 20
    assert drawn[-1].startswith(" " * 28 + "━" * 20)


def test_gaps_are_blank_and_the_cap_is_dotted():
    drawn = draw_forecast([100.0, float("nan"), 100.0, 50.0] * 4, at(DAY), cap=150.0, rows=4)
    assert "┄" in drawn
    assert "░    ░" in drawn
    assert draw_forecast([float("nan")] * 3, at(DAY)) == "no values to draw"
    assert draw_forecast([0.0, 0.0], at(DAY))


@pytest.mark.parametrize("slots", [1, 2, 7, 48, 96, 97, 300, 700])
def test_fits_whatever_the_length(slots):
    drawn = draw_forecast(
        [float(i % 50) for i in range(slots)],
        at("2023-11-25T11:30Z"),
        runs=[(at("2023-11-25T11:40Z"), at("2023-11-25T11:55Z"))],
    )
    assert max(map(len, drawn.splitlines())) <= 80


def test_every_run_is_marked():
    hours = [at(f"2023-11-25T0{hour}:00Z") for hour in (0, 1, 3, 5)]
    drawn = draw_forecast(
        [100.0] * 12, at(DAY), runs=[(hours[0], hours[1]), (hours[2], hours[3])], rows=4
    ).splitlines()
    assert drawn[-1] == " " * 8 + "━" * 10 + " " * 20 + "━" * 20 + " 2 runs"
    bottom = next(line for line in drawn if line.startswith("     0"))
    body = drawn[drawn.index(bottom) - 1][8:]
    assert body == "█" * 10 + "░" * 20 + "█" * 20 + "░" * 10


def test_small_amounts_keep_their_figures(decision):
    text = decision_text(decision(energy_kwh=2.0))
    assert "0.400 kg        0.160 kg        0.240 kg" in text


def test_a_long_list_of_runs_is_cut(store, decision):
    store.execute("UPDATE carbon_intensity_national SET forecast_gco2_kwh = 10 + minute(timestamp)")
    text = decision_text(decision(interruptible=True, duration=timedelta(hours=12)))
    assert "and 15 more, in --format json" in text
    assert max(map(len, text.splitlines())) <= 80
