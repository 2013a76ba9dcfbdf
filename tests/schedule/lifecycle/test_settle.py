"""What a run came to: realised only with a meter and actuals, open until they are there."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.stored import HALF_HOUR, at

from gridctl.config import load_config
from gridctl.errors import DataError, UsageError
from gridctl.schedule.lifecycle.completion import _OPEN, complete, is_open, settle_open
from gridctl.schedule.lifecycle.job import read_jobs
from gridctl.schedule.lifecycle.metering import Metered, as_planned, flat, over_run, read_metering
from gridctl.schedule.lifecycle.settle import settle
from gridctl.schedule.lifecycle.transitions import start
from gridctl.schedule.money.asked import MoneyAsked
from gridctl.schedule.money.timed_csv import Timed
from gridctl.schedule.signals.signal import Provenance, Reading, Series, Signal
from gridctl.store.connect import open_reader

DAY = "2023-11-25T00:00Z"
FORECASTS = [200] * 16 + [80] * 8 + [200] * 96
ACTUALS = [210] * 16 + [90, 100, 110, 120, 100, 100, 100, 100] + [205] * 8
LATE = at("2023-11-26T12:00Z")


@pytest.fixture
def filled(store):
    """A forecast for two days, actuals of the first sixteen hours, and prices of both days."""
    store.carbon(DAY, FORECASTS, actuals=ACTUALS + [None] * (len(FORECASTS) - len(ACTUALS)),
                 issued="2023-11-24T23:00Z")  # fmt: skip
    store.prices(DAY, [50] * 16 + [40] * 104, kind="market_index")
    return store


@pytest.fixture
def run(filled, plan):
    """A planned workload that began at 08:00."""

    def begun(**given):
        wanted = plan(**given)
        start(load_config(), wanted, at("2023-11-25T08:00Z"), LATE)
        return wanted

    return begun


def test_metered_energy_on_actuals_is_realised(run, gridctl):
    wanted = run()
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T12:00Z"), energy_kwh=480.0)
    assert (job.status, job.actual_energy_kwh) == ("completed", 480)
    assert job.carbon_kg == pytest.approx(480 * 102.5 / 1000)
    assert job.cost_gbp == pytest.approx(480 * 40 / 1000)
    assert job.metadata["settlement"]["word"] == "realised"
    document = json.loads(gridctl("schedule", "show", wanted, "-f", "json").out)
    assert document["expected"]["carbon_kg"] == pytest.approx(32)
    assert document["settled"]["carbon_kg"] == pytest.approx(49.2)
    text = gridctl("schedule", "show", wanted).out
    assert "expected        realised" in text
    assert "49.2 kg" in text


def test_without_a_meter_it_is_estimated(run):
    job = complete(load_config(), run(), LATE, at=at("2023-11-25T12:00Z"))
    kept = job.metadata["settlement"]
    assert (kept["word"], kept["is_metered"]) == ("estimated", False)
    assert job.carbon_kg == pytest.approx(400 * 102.5 / 1000)
    assert job.actual_energy_kwh is None


def test_without_any_energy_only_the_mean_is_told(run):
    job = complete(load_config(), run(energy_kwh=None), LATE, at=at("2023-11-25T12:00Z"))
    kept = job.metadata["settlement"]
    assert (job.carbon_kg, job.cost_gbp, kept["carbon_kg"]) == (None, None, None)
    assert kept["carbon_intensity"] == pytest.approx(102.5)


def test_missing_actuals_leave_it_open_until_they_come(filled, run, gridctl, set_clock):
    wanted = run()
    set_clock("2023-11-26T12:00Z")
    ran = gridctl("schedule", "complete", wanted, "--at", "2023-11-25T16:10Z", "--energy", "480kWh")
    assert ran.code == 0, ran.err
    assert "1 half hour has no carbon actual yet: carbon left open" in ran.out
    assert filled.execute("SELECT carbon_emitted_kg, cost_gbp FROM compute_workloads") == [
        (None, pytest.approx(19.2))
    ]
    filled.execute(
        "UPDATE carbon_intensity_national SET actual_gco2_kwh = 300 WHERE actual_gco2_kwh IS NULL"
    )
    ran = gridctl("schedule", "settle", "-f", "json")
    [row] = json.loads(ran.out)
    parts = [90, 100, 110, 120, 100, 100, 100, 100, *[205] * 8]
    hours = 8 + 1 / 6
    expected = 480 / hours * (sum(parts) / 2 + 300 / 6) / 1000
    assert row["carbon_kg"] == pytest.approx(expected, rel=1e-6)
    assert row["carbon_is"] == "realised"
    assert ran.err == "1 settled, 0 still open\n"
    assert gridctl("schedule", "settle").err == "0 settled, 0 still open\n"


def test_a_region_is_only_ever_estimated(store, plan):
    store.carbon(DAY, FORECASTS, region=13, issued="2023-11-24T23:00Z")
    wanted = plan(regions=(13,), home=13)
    start(load_config(), wanted, at("2023-11-25T08:00Z"), LATE)
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T12:00Z"), energy_kwh=400.0)
    kept = job.metadata["settlement"]
    assert kept["word"] == "estimated"
    assert "regional intensity has no actuals" in kept["basis"]
    assert job.carbon_kg == pytest.approx(32)
    assert job.cost_gbp is None
    assert kept["without_price"] == 8


def test_a_run_not_yet_over_by_half_an_hour_waits(run):
    now = at("2023-11-25T12:10Z")
    job = complete(load_config(), run(), now, at=at("2023-11-25T12:00Z"), energy_kwh=400.0)
    assert job.carbon_kg is None  # the last actual is published half an hour after its slot
    [job] = settle_open(load_config(), None, at("2023-11-25T12:30Z")).jobs
    assert job.carbon_kg == pytest.approx(41)


def test_completing_again_corrects_it(run):
    wanted = run()
    complete(load_config(), wanted, LATE, at=at("2023-11-25T12:00Z"))
    job = complete(load_config(), wanted, LATE, energy_kwh=100.0)
    assert job.actual_end == at("2023-11-25T12:00Z")
    assert job.carbon_kg == pytest.approx(10.25)
    assert [step["step"] for step in job.metadata["steps"]] == ["start", "complete", "complete"]


def test_readings_weigh_by_when_they_were(run, tmp_path):
    wanted, file = run(), tmp_path / "meter.csv"
    file.write_text(
        "timestamp,kwh\n2023-11-25T08:00Z,0\n2023-11-25T09:30Z,100\n2023-11-25T10:00Z,0\n"
    )
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T12:00Z"), metering=file)
    assert job.actual_energy_kwh == 100
    assert job.carbon_kg == pytest.approx(100 * 120 / 1000)
    [again] = settle_open(load_config(), wanted, LATE).jobs
    assert again.carbon_kg == job.carbon_kg
    with pytest.raises(UsageError, match="not both"):
        complete(load_config(), wanted, LATE, energy_kwh=1.0, metering=file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,kwh\n", "there is no column timestamp"),
        ("timestamp,kwh\n", "holds no rows"),
        ("timestamp,kwh\n2023-11-25T08:00,1\n", "row 2: .* no time with a zone"),
        ("timestamp,kwh\n2023-11-25T08:00Z,x\n", "row 2: kwh is 'x', a number is wanted"),
        ("timestamp,kwh\n2023-11-25T08:00Z,-1\n", "row 2: kwh is -1, less than 0"),
        ("timestamp,kwh\n2023-11-25T08:00Z,nan\n", "row 2: kwh is 'nan'"),
        ("timestamp,kwh\n2023-11-25T08:00Z,\n", "row 2: kwh is ''"),
        ("timestamp,kwh\n2023-11-25T08:00Z,1\n\n2023-11-25T08:00Z,1\n", "row 4: .* same time"),
        ("timestamp,kwh\n2023-11-24T08:00Z,1\n2023-11-24T09:00Z,1\n", "row 2: .* outside the run"),
        ("timestamp,kwh\n2023-11-25T08:00Z,0\n", "come to 0 kWh"),
        ("timestamp,kwh\n2023-11-25T08:00Z\n", "row 2 has 1 columns"),
        (f"timestamp,kwh\n2023-11-25T08:00Z,{'1' * 200_000}\n", "no CSV that can be read"),
    ],
)
def test_readings_that_are_no_use(run, tmp_path, text, message):
    wanted, file = run(), tmp_path / "meter.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=message):
        complete(load_config(), wanted, LATE, at=at("2023-11-25T12:00Z"), metering=file)


def test_a_file_that_is_not_there(run, gridctl, tmp_path, set_clock):
    wanted = run()
    set_clock("2023-11-26T12:00Z")
    ran = gridctl("schedule", "complete", wanted, "--metering", tmp_path / "none.csv")
    assert ran.code == 5
    assert len(ran.err.splitlines()) == 1


@pytest.fixture
def price_file(tmp_path):
    """Prices of two days by the half hour, all 100 GBP/MWh."""
    file = tmp_path / "prices.csv"
    rows = [f"{(at(DAY) + i * HALF_HOUR).isoformat()},100" for i in range(96)]
    file.write_text("\n".join(["timestamp,price_gbp_mwh", *rows]) + "\n")
    return file


def test_a_price_file_that_is_gone_leaves_the_cost_open(filled, plan, price_file, gridctl):
    wanted = plan(money=MoneyAsked(price_series=price_file))
    start(load_config(), wanted, at("2023-11-25T08:00Z"), LATE)
    content = price_file.read_text()
    price_file.unlink()
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T12:00Z"), energy_kwh=480.0)
    assert (job.status, job.cost_gbp) == ("completed", None)
    assert job.carbon_kg == pytest.approx(49.2)
    text = gridctl("schedule", "show", wanted).out
    assert f"cost left open: {price_file} cannot be read: No such file" in " ".join(text.split())
    price_file.write_text(content)
    [job] = settle_open(load_config(), None, LATE).jobs
    assert job.cost_gbp == pytest.approx(48)
    assert settle_open(load_config(), None, LATE).jobs == []


def test_a_tariff_that_is_no_use_leaves_the_cost_open(run, monkeypatch):
    wanted = run()
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "flat")
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T12:00Z"), energy_kwh=480.0)
    assert (job.status, job.cost_gbp) == ("completed", None)
    assert "a flat tariff needs" in job.metadata["settlement"]["cost_trouble"]


def test_a_request_beyond_reading_leaves_the_cost_open(filled, run, gridctl):
    wanted = run()
    filled.execute("""UPDATE compute_workloads SET metadata = '{"request": {"money": 7}}'""")
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T12:00Z"), energy_kwh=480.0)
    assert (job.status, job.cost_gbp, job.carbon_kg) == ("completed", None, pytest.approx(49.2))
    text = gridctl("schedule", "show", wanted).out
    assert "cost left open: metadata.request of train" in text
    assert max(map(len, text.splitlines())) <= 80


def test_one_that_cannot_be_settled_keeps_no_other_from_it(filled, run, gridctl, set_clock):
    early = at("2023-11-25T12:10Z")
    for name in ("bad", "good"):
        complete(load_config(), run(name=name), early, at=at("2023-11-25T12:00Z"), energy_kwh=1.0)
    filled.execute(
        """UPDATE compute_workloads SET metadata = json_merge_patch(metadata, '{"metering": [1]}')
           WHERE workload_name = 'bad'"""
    )
    set_clock("2023-11-25T12:30Z")
    ran = gridctl("schedule", "settle", "-f", "json")
    assert ran.code == 5
    assert [row["name"] for row in json.loads(ran.out)] == ["good"]
    assert "error: metadata.metering of bad" in ran.err
    assert "1 settled, 0 still open" in ran.err


def test_settling_what_has_not_changed_writes_nothing(filled, run):
    early = at("2023-11-25T12:10Z")
    wanted = run()
    complete(load_config(), wanted, early, at=at("2023-11-25T12:00Z"), energy_kwh=480.0)
    before = filled.execute("SELECT * FROM compute_workloads")
    for _ in range(2):
        assert len(settle_open(load_config(), None, early).jobs) == 1
    assert filled.execute("SELECT * FROM compute_workloads") == before


@pytest.mark.parametrize(
    ("kept", "waits"),
    [
        (None, True),
        ("old", True),
        ({}, False),
        ({"without_actual": 0, "without_price": 0, "cost_trouble": None}, False),
        ({"without_actual": 1, "without_price": 0}, True),
        ({"without_price": 3}, True),
        ({"cost_trouble": "gone"}, True),
    ],
)
def test_what_is_open_is_the_same_to_the_database(filled, run, kept, waits):
    complete(load_config(), run(), LATE, at=at("2023-11-25T12:00Z"))
    filled.execute("UPDATE compute_workloads SET metadata = ?", [json.dumps({"settlement": kept})])
    with open_reader(filled.path, timedelta(seconds=5)) as con:
        [job] = read_jobs(con, "")
        assert is_open(job) is waits
        assert [job.id for job in read_jobs(con, f"WHERE {_OPEN}")] == [job.id] * waits


@pytest.mark.parametrize("day", ["2026-03-29", "2025-10-26"])
def test_days_of_the_clock_change_are_as_long_as_they_are(store, plan, day):
    midnight = at(f"{day}T00:00Z")
    store.carbon(f"{day}T00:00Z", [100.0] * 48, actuals=[float(i + 1) for i in range(48)],
                 issued=f"{day}T00:00Z")  # fmt: skip
    wanted = plan(f"{day}T00:00Z", duration=timedelta(hours=24), energy_kwh=48.0)
    start(load_config(), wanted, midnight, midnight)
    later = midnight + timedelta(days=3)
    job = complete(load_config(), wanted, later, at=midnight + timedelta(hours=24), energy_kwh=48.0)
    assert job.carbon_kg == pytest.approx(sum(range(1, 49)) / 1000)


def signal_of(values, place=None):
    readings = [
        Reading() if value is None else Reading(value, Provenance.ACTUAL, "carbon-intensity")
        for value in values
    ]
    series = Series.of(readings)
    return Signal(place, at(DAY), LATE, series, series, series, "wholesale")


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 400)), min_size=6, max_size=6),
    st.integers(0, 100), st.integers(1, 79),
)  # fmt: skip
def test_flat_power_is_the_sum_minute_by_minute(values, first, minutes):
    begun = at(DAY) + timedelta(minutes=first)
    ended = begun + timedelta(minutes=minutes)
    found = settle(
        flat(begun, ended, 7.0), signal_of(values), LATE, is_metered=True, knows_energy=True
    )
    each = [values[(first + minute) // 30] for minute in range(minutes)]
    if None in each:
        assert (found.carbon_kg, found.word) == (None, "estimated")
        assert found.without_actual == len(
            {(first + m) // 30 for m in range(minutes) if each[m] is None}
        )
    else:
        assert found.carbon_kg == pytest.approx(7 * sum(each) / minutes / 1000)
        assert found.word == "realised"


@settings(max_examples=40)
@given(st.lists(st.floats(0.1, 50), min_size=1, max_size=8))
def test_readings_of_any_split_keep_their_energy(energies):
    parts = [
        Metered(at(DAY) + i * timedelta(minutes=20), at(DAY) + (i + 1) * timedelta(minutes=20), e)
        for i, e in enumerate(energies)
    ]
    found = settle(parts, signal_of([100] * 6), LATE, is_metered=True, knows_energy=True)
    assert found.energy_kwh == pytest.approx(sum(energies))
    assert found.carbon_kg == pytest.approx(sum(energies) / 10)


def test_the_last_reading_is_as_long_as_the_one_before(tmp_path):
    file = tmp_path / "meter.csv"
    file.write_text("﻿timestamp,kwh\n2023-11-25T00:00+00:00,1\n2023-11-25T00:30Z,2\n")
    parts = over_run(file, read_metering(file), at(DAY), at("2023-11-25T02:00Z"))
    assert [(part.end - part.start, part.energy_kwh) for part in parts] == [
        (HALF_HOUR, 1), (HALF_HOUR, 2),
    ]  # fmt: skip


def test_a_reading_does_not_last_over_a_pause(tmp_path):
    """Half-hourly readings, none from 01:00 to 03:00."""
    times = [at(DAY) + i * HALF_HOUR for i in (0, 1, 6, 7)]
    rows = [Timed(row, moment, 1.0) for row, moment in enumerate(times, start=2)]
    parts = over_run(tmp_path, rows, at(DAY), at("2023-11-25T04:00Z"))
    assert [(part.start, part.end) for part in parts] == [(t, t + HALF_HOUR) for t in times]


def hours(*given):
    """Pieces of a plan: (first hour, last hour, kWh) of the day."""
    hour = timedelta(hours=1)
    return [(at(DAY) + a * hour, at(DAY) + b * hour, energy) for a, b, energy in given]


@pytest.mark.parametrize(
    ("pieces", "start", "end", "energy", "expected"),
    [
        ([(0, 1, 10), (5, 6, 30)], 0, 6, 80, [(0, 1, 20), (5, 6, 60)]),  # scaled
        ([(0, 1, 10), (5, 6, 30)], 2, 8, 40, [(2, 3, 10), (7, 8, 30)]),  # shifted
        ([(0, 1, 10), (5, 7, 20)], 0, 6, 40, [(0, 1, 20), (5, 6, 20)]),  # done sooner
        ([(0, 1, 10), (5, 6, 10)], 0, 7, 30, [(0, 1, 10), (5, 7, 20)]),  # took longer
        ([(0, 1, 10), (5, 6, 30)], 0, 3, 7, [(0, 1, 7)]),  # ended in the pause
        ([(0, 1, None), (5, 7, None)], 0, 7, 30, [(0, 1, 10), (5, 7, 20)]),
        ([(0, 1, 0)], 0, 2, 5, [(0, 2, 5)]),
        ([(0, 0, 5)], 0, 2, 5, [(0, 2, 5)]),
    ],
)
def test_energy_is_spread_as_the_plan_had_it(pieces, start, end, energy, expected):
    [(begun, ended, _)] = hours((start, end, None))
    parts = as_planned(hours(*pieces), begun, ended, energy)
    assert [(p.start, p.end, pytest.approx(p.energy_kwh)) for p in parts] == hours(*expected)


@given(st.integers(1, 300), st.integers(1, 300), st.lists(st.integers(1, 90), min_size=1))
def test_a_plan_of_constant_power_is_flat_however_long_it_took(shift, minutes, lengths):
    minute = timedelta(minutes=1)
    edges = [at(DAY) + sum(lengths[:i]) * minute for i in range(len(lengths) + 1)]
    pieces = [(a, b, (b - a) / minute) for a, b in pairwise(edges)]
    begun = at(DAY) + shift * minute
    parts = as_planned(pieces, begun, begun + minutes * minute, 7.0)
    assert (parts[0].start, parts[-1].end) == (begun, begun + minutes * minute)
    assert all(a.end == b.start for a, b in pairwise(parts))
    for part in parts:
        assert part.energy_kwh == pytest.approx(7 * ((part.end - part.start) / minute) / minutes)


def test_a_paused_job_is_settled_on_the_hours_it_ran_in(store, plan):
    """Two hours in two clean hours of an otherwise dirty morning, begun as planned."""
    values = [50.0] * 2 + [400.0] * 8 + [50.0] * 2 + [400.0] * 84
    store.carbon(DAY, values, actuals=values, issued="2023-11-24T23:00Z")
    wanted = plan(duration=timedelta(hours=2), energy_kwh=10.0, interruptible=True)
    start(load_config(), wanted, at(DAY), LATE)
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T06:00Z"))
    assert job.carbon_kg == pytest.approx(0.5)
    assert job.metadata["settlement"]["half_hours"] == 4


def test_what_a_restart_draws_is_in_the_estimate(store, plan):
    values = [50.0] * 2 + [400.0] * 8 + [50.0] * 2 + [400.0] * 84
    store.carbon(DAY, values, actuals=values, issued="2023-11-24T23:00Z")
    wanted = plan(
        duration=timedelta(hours=2), energy_kwh=10.0, interruptible=True, restart_energy_kwh=2.0
    )
    start(load_config(), wanted, at(DAY), LATE)
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T06:00Z"))
    assert job.metadata["settlement"]["energy_kwh"] == pytest.approx(12)
    assert job.carbon_kg == pytest.approx(0.6)


def test_the_real_year(year_2023, plan):
    """The mean of the published actuals from 02:00 to 06:00 on a day of 2023."""
    wanted = plan("2023-11-25T00:00Z", energy_kwh=5000.0)
    start(load_config(), wanted, at("2023-11-25T02:00Z"), LATE)
    job = complete(load_config(), wanted, LATE, at=at("2023-11-25T06:00Z"), energy_kwh=4810.0)
    [(mean,)] = year_2023.execute(
        """SELECT avg(actual_gco2_kwh) FROM carbon_intensity_national
           WHERE timestamp >= '2023-11-25 02:00:00+00' AND timestamp < '2023-11-25 06:00:00+00'"""
    )
    assert job.carbon_kg == pytest.approx(4.81 * mean)
    assert job.metadata["settlement"]["word"] == "realised"
    assert 300 < job.carbon_kg < 1500
