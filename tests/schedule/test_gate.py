"""The gate: go, not yet, or an error; and never on what is not known."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.stored import at

from gridctl.errors import SignalError
from gridctl.schedule.gate import NOT_YET, judge, make_gate
from gridctl.schedule.signals.signal import Provenance, Reading, Refused, Series, Signal

DAY = "2023-11-25T00:00Z"
NOW = at("2023-11-25T01:10Z")


@pytest.fixture
def gate(store, gridctl, monkeypatch):
    """The command at ten past one, over a forecast of 200 g that falls to 80 at 03:00."""
    store.carbon(DAY, [200] * 6 + [80] * 8 + [200] * 34, issued="2023-11-24T23:00Z")
    store.carbon(DAY, [60] * 48, region=13, issued="2023-11-24T23:00Z")
    store.renewable(DAY, [30] * 48)
    store.prices(DAY, [90] * 6 + [40] * 42, kind="day_ahead_auction")
    monkeypatch.setattr("gridctl.clock.now", lambda: NOW)
    return lambda *words: gridctl("gate", *words)


def test_not_yet_with_the_next_chance(gate):
    ran = gate("--max-carbon", 120)
    assert (ran.code, ran.err) == (75, "")
    assert ran.out == (
        "hold: 200 g/kWh against cap 120 g/kWh; next at 2023-11-25T03:00Z (Great Britain)\n"
    )
    assert gate("--max-carbon", 120, "-q").out == ""


def test_go(gate):
    ran = gate("--max-carbon", 200, "--min-renewable", 30, "--max-price", 90)
    assert ran.code == 0
    assert ran.out.startswith("go: 200 g/kWh against cap 200 g/kWh, 30 % renewable against")
    assert gate("--max-carbon", 100, "--region", "London").code == 0


def test_every_bound_counts_and_only_the_broken_are_named(gate):
    ran = gate("--max-carbon", 300, "--max-price", 50)
    assert ran.code == 75
    assert "90 GBP/MWh against at most 50 GBP/MWh" in ran.out
    assert "g/kWh" not in ran.out
    assert gate("--min-renewable", 31).code == 75


def test_the_price_is_the_one_that_is_paid(gate, monkeypatch):
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "flat")
    monkeypatch.setenv("GRIDCTL_TARIFF_RATE_GBP_MWH", "250")
    ran = gate("--max-price", 100)
    assert ran.code == 75
    assert "250 GBP/MWh (tariff:flat) against at most 100 GBP/MWh (Great Britain)" in ran.out
    document = json.loads(gate("--max-price", 250, "-f", "json").out)
    assert (document["go"], document["price_gbp_mwh"]) == (True, 250)


def test_a_pass_through_tariff_adds_to_the_market(gate, monkeypatch):
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "pass_through")
    monkeypatch.setenv("GRIDCTL_TARIFF_ADDER_GBP_MWH", "30")
    document = json.loads(gate("--max-price", 100, "-f", "json").out)
    assert (document["price_gbp_mwh"], document["next_go"]) == (120, "2023-11-25T03:00:00Z")


def test_json_has_its_keys(gate):
    document = json.loads(gate("--max-carbon", 120, "-f", "json").out)
    assert list(document) == [
        "go", "forced", "reason", "region", "slot", "carbon_intensity", "renewable_pct",
        "price_gbp_mwh", "next_go", "source", "is_synthetic",
    ]  # fmt: skip
    assert (document["go"], document["carbon_intensity"]) == (False, 200)
    assert document["slot"] == "2023-11-25T01:00:00Z"
    assert document["next_go"] == "2023-11-25T03:00:00Z"


def test_a_wait_that_is_used_up_goes_anyway(gate, store):
    early = ("--max-wait", "6h", "--since", "2023-11-24T19:11Z")
    assert gate("--max-carbon", 120, *early).code == NOT_YET
    late = ("--max-wait", "6h", "--since", "2023-11-24T19:10Z")
    ran = gate("--max-carbon", 120, *late)
    assert ran.code == 0
    assert "waited 6h of 6h, so it goes anyway" in ran.out
    store.execute("DELETE FROM carbon_intensity_national")
    ran = gate("--max-carbon", 120, *late)
    assert (ran.code, "nothing known" in ran.out) == (0, True)


def test_a_missing_signal_is_6_unless_said(gate, store, tmp_path):
    store.execute("DELETE FROM carbon_intensity_national")
    ran = gate("--max-carbon", 120)
    assert (ran.code, ran.out) == (6, "")
    assert "no carbon forecast for Great Britain at 2023-11-25T01:00:00Z" in ran.err
    assert gate("--max-carbon", 120, "--on-failure", "go").code == 0
    assert gate("--max-carbon", 120, "--on-failure", "hold").code == 75
    assert gate("--max-carbon", 120, "--db", tmp_path / "none.duckdb").code == 3


def test_stale_and_synthetic_are_not_trusted(gate, store):
    store.execute(
        "UPDATE carbon_intensity_national SET forecast_issued_at = '2023-11-23 00:00:00+00'"
    )
    assert "is stale" in gate("--max-carbon", 120).err
    store.execute(
        """UPDATE carbon_intensity_national
           SET forecast_issued_at = '2023-11-25 00:00:00+00', source = 'synthetic'"""
    )
    ran = gate("--max-carbon", 120)
    assert ran.code == 6
    assert "synthetic" in ran.err
    made_up = gate("--max-carbon", 120, "--allow-synthetic")
    assert (made_up.code, "(synthetic)" in made_up.out) == (75, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "what must hold"),
        (("--max-carbon", "nan"), "max_carbon"),
        (("--max-carbon", -1), "max_carbon"),
        (("--min-renewable", 101), "min_renewable"),
        (("--max-carbon", 1, "--max-wait", "6h"), "go together"),
        (("--max-carbon", 1, "--since", "now"), "go together"),
        (("--max-carbon", 1, "--region", "Narnia"), "no region"),
        (("--max-carbon", 1, "--max-wait", "soon", "--since", "now"), "not a duration"),
    ],
)
def test_usage(gate, words, message):
    ran = gate(*words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def signal_of(values):
    readings = [
        Reading(refused=Refused.NOTHING_STORED) if v is None
        else Reading(float(v), Provenance.FORECAST, "carbon-intensity")
        for v in values
    ]  # fmt: skip
    series = Series.of(readings)
    return Signal(None, at(DAY), at(DAY), series, series, series, "wholesale")


@settings(max_examples=80)
@given(
    st.lists(st.one_of(st.none(), st.integers(1, 300)), min_size=4, max_size=12),
    st.integers(1, 300), st.integers(0, 119),
)  # fmt: skip
def test_it_goes_just_when_the_running_half_hour_is_known_and_low(values, cap, minute):
    gate = make_gate({"max_carbon": float(cap)}, None, None, None, "error")
    now = at(DAY) + timedelta(minutes=minute)
    value = values[minute // 30]
    if value is None:
        with pytest.raises(SignalError):
            judge(gate, signal_of(values), now)
        return
    verdict = judge(gate, signal_of(values), now)
    assert verdict.go == (value <= cap)
    later = [i for i in range(minute // 30 + 1, len(values)) if values[i] and values[i] <= cap]
    expected = at(DAY) + later[0] * timedelta(minutes=30) if later and not verdict.go else None
    assert verdict.next_go == expected
