"""The options --forecast, --risk and --signal, from the command line to the record."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from schedule.stored import HALF_HOUR, at

DAYS = 10
FIRST = at("2023-06-01T00:00Z")
AS_OF = "2023-06-11T00:10Z"
ASK = ("--energy", "5MWh", "--duration", "2h", "--as-of", AS_OF)


def actual(slot):
    return 215 if slot % 48 >= 24 else 200


def text(instant):
    return instant.isoformat()


@pytest.fixture
def ten_days(store):
    """Every midnight a forecast for 24 h, 30 too low in its second half; and what came of them."""
    slots = DAYS * 48 + 48
    store.carbon(text(FIRST), [None] * slots, actuals=[actual(slot) for slot in range(slots)])
    for day in range(DAYS + 1):
        issued = FIRST + timedelta(days=day)
        values = [actual(day * 48 + step) - 30 * (step >= 24) for step in range(48)]
        store.vintage(text(issued + timedelta(minutes=1)), text(issued), values)
    return store


def decide(gridctl, *options):
    ran = gridctl("schedule-workload", *ASK, *options, "--format", "json")
    assert ran.code in (0, 1), ran.err
    return json.loads(ran.out)


def factors(store):
    (row,) = store.execute(
        "SELECT decision_factors FROM workload_schedules ORDER BY sequence DESC LIMIT 1"
    )
    return json.loads(row[0])


def request(store):
    (row,) = store.execute(
        "SELECT metadata FROM compute_workloads ORDER BY created_at DESC LIMIT 1"
    )
    return json.loads(row[0])["request"]


def test_corrected_raises_what_was_forecast_too_low(ten_days, gridctl):
    raw = decide(gridctl)
    assert raw["start"] == "2023-06-11T12:00:00Z"
    assert raw["signal"]["has_estimates"] is False
    assert factors(ten_days)["signal"]["carbon"] == {"forecast": 48}
    corrected = decide(gridctl, "--forecast", "corrected")
    assert corrected["signal"]["has_estimates"] is True
    assert corrected["start"] < "2023-06-11T11:00:00Z"
    assert raw["expected"]["carbon_intensity"] < 186 < corrected["expected"]["carbon_intensity"]
    found = factors(ten_days)
    assert found["signal"]["carbon"] == {"corrected": 48}
    assert (found["signal"]["forecast"], found["signal"]["risk"]) == ("corrected", None)
    assert any(note.startswith("forecast corrected: ") for note in found["notes"])
    assert request(ten_days)["forecast"] == "corrected"


def test_risk_raises_what_is_unsure_and_is_said_in_the_reason(ten_days, gridctl):
    ask = ("--max-carbon", "199", "--earliest", "2023-06-11T12:30Z")
    assert decide(gridctl, *ask)["action"] == "schedule"
    careful = decide(gridctl, *ask, "--risk", "0.8")
    assert careful["action"] == "reject"
    assert careful["alternatives"][0]["relaxes"] == "max_carbon to 215 g/kWh"
    assert "planned at risk 0.8" in careful["reason"]
    assert factors(ten_days)["signal"]["carbon"] == {"estimated": 23}
    assert request(ten_days)["risk"] == 0.8


def test_too_little_history_is_off_and_said(store, gridctl):
    store.vintage("2023-06-11T00:05Z", "2023-06-11T00:00Z", [200] * 8 + [100] * 8)
    ran = gridctl("schedule-workload", *ASK, "--forecast", "corrected", "--risk", "0.9")
    assert ran.code == 0
    assert "the forecast is not corrected: that needs forecasts and actuals of 7 different" in (
        " ".join(ran.out.split())
    )
    assert "risk 0.9 is off: it needs errors of 10 different days at each horizon" in (
        " ".join(ran.out.split())
    )
    assert factors(store)["signal"]["forecast"] == "raw"
    assert request(store)["forecast"] == "corrected"  # asked for: a replan may find enough


def test_as_of_is_deaf_to_what_came_later(ten_days, gridctl):
    """The same answer with a store that knows the future, wrong as it may be."""
    options = ("--forecast", "corrected", "--risk", "0.8", "--dry-run")
    before = decide(gridctl, *options)
    later = at(AS_OF) + timedelta(minutes=1)
    for hours in (0, 5, 30):
        issued = later + timedelta(hours=hours)
        ten_days.vintage(text(issued), text(at("2023-06-11T00:00Z")), [999.0] * 96)
    ten_days.execute(
        "UPDATE carbon_intensity_national SET actual_gco2_kwh = 5 WHERE timestamp > ?",
        [at(AS_OF) - 2 * HALF_HOUR],
    )
    assert decide(gridctl, *options) == before


def test_a_signal_of_ones_own(store, gridctl, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(
        "timestamp,carbon_gco2_kwh,price_gbp_mwh\n"
        "2023-06-11T00:00Z,300,10\n2023-06-11T01:00Z,250,\n2023-06-11T02:00Z,200,30\n"
        "2023-06-11T03:00Z,100,40\n2023-06-11T04:00Z,120,50\n"
    )
    document = decide(gridctl, "--signal", file)
    assert (document["start"], document["expected"]["carbon_kg"]) == ("2023-06-11T03:00:00Z", 550)
    assert document["expected"]["cost_gbp"] == 225
    assert document["signal"] == {
        "source": "mine.csv", "kind": "unstated", "issued_at": None,
        "ends_at": "2023-06-11T05:00:00Z", "is_synthetic": False, "has_estimates": False,
    }  # fmt: skip
    assert factors(store)["signal"]["factors"] == "as given in mine.csv"
    assert request(store)["signal_file"] == str(file)
    ran = gridctl("schedule-workload", *ASK, "--signal", file)
    said = " ".join(ran.out.split())
    assert "mine.csv: each step of 1h counts for 2 half hours alike" in said
    assert "intensity as given in mine.csv" in said
    assert "location-based" not in said


def test_a_signal_of_ones_own_needs_no_database_to_try(gridctl, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("timestamp,carbon_gco2_kwh\n2023-06-11T00:00Z,300\n2023-06-11T06:00Z,250\n")
    assert decide(gridctl, "--signal", file, "--dry-run")["start"] == "2023-06-11T06:00:00Z"
    assert not (tmp_path / "grid.duckdb").exists()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--risk", "1"), 2, "risk is a quantile, more than 0 and less than 1"),
        (("--signal", "none.csv"), 5, "none.csv cannot be read"),
        (("--forecast", "best"), 2, "best"),
        (("--signal", "{file}", "--region", "1", "--region", "2"), 2, "one place"),
        (("--signal", "{file}", "--duration", "30h"), 6, "must cover the whole window"),
        (("--signal", "{file}", "--objective", "cost"), 6, "must cover a column for the price"),
    ],
)
def test_bad_input_is_one_line_and_nothing_written(
    store, gridctl, tmp_path, options, code, message
):
    file = tmp_path / "mine.csv"
    file.write_text("timestamp,carbon_gco2_kwh\n2023-06-11T00:00Z,300\n2023-06-11T06:00Z,250\n")
    ran = gridctl("schedule-workload", *ASK, *(o.format(file=file) for o in options))
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert len(ran.err.strip().splitlines()) == 1 or code == 2
    assert store.execute("SELECT count(*) FROM workload_schedules") == [(0,)]
