"""What may be asked for, from options and from files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from schedule.stored import at

from gridctl.errors import DataError, UsageError
from gridctl.schedule.job.workload import Cap, from_request, make_workload
from gridctl.schedule.job.workload_file import read_workload_file

FOUR_HOURS = timedelta(hours=4)


@pytest.mark.parametrize(
    "given",
    [
        {"energy_kwh": 5000.0, "duration": FOUR_HOURS},
        {"energy_kwh": 5000.0, "power_kw": 1250.0},
        {"duration": FOUR_HOURS, "power_kw": 1250.0},
        {"energy_kwh": 5000.0, "duration": FOUR_HOURS, "power_kw": 1250.4},
    ],
)
def test_any_two_give_the_third(given):
    workload = make_workload(given)
    assert workload.duration == FOUR_HOURS
    assert workload.energy_kwh == 5000
    assert workload.power_kw == pytest.approx(1250, rel=1e-3)


def test_a_duration_alone_is_enough():
    workload = make_workload({"duration": FOUR_HOURS})
    assert workload.energy_kwh is None
    assert workload.power_kw is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"energy_kwh": 5000.0, "duration": FOUR_HOURS, "power_kw": 1000.0}, "4000 kWh, not the"),
        ({"energy_kwh": 5000.0}, "how long"),
        ({"power_kw": 50.0}, "how long"),
        ({}, "how long"),
        ({"duration": timedelta(0)}, "more than zero"),
        ({"duration": timedelta(days=40_000)}, "a hundred years"),
        ({"duration": FOUR_HOURS, "deadline": datetime(9999, 1, 1, tzinfo=UTC)}, "9999"),
        ({"duration": FOUR_HOURS, "energy_kwh": -1.0}, "energy_kwh must be more than zero"),
        ({"duration": FOUR_HOURS, "energy_kwh": float("nan")}, "energy_kwh must be more than zero"),
        ({"duration": FOUR_HOURS, "power_kw": 0.0}, "power_kw must be more than zero"),
        ({"energy_kwh": 1e12, "power_kw": 1e-12}, "more than a hundred years"),
        ({"duration": FOUR_HOURS, "energy_kwh": 1e308}, "at most 1e\\+12"),
        ({"duration": FOUR_HOURS, "max_carbon": -5.0}, "max_carbon"),
        ({"duration": FOUR_HOURS, "max_carbon": float("nan")}, "max_carbon"),
        ({"duration": FOUR_HOURS, "min_renewable": 101.0}, "per cent"),
        ({"duration": FOUR_HOURS, "max_price": float("inf")}, "max_price"),
        ({"duration": FOUR_HOURS, "carbon_price": -1.0}, "carbon_price"),
        ({"duration": FOUR_HOURS, "objective": "luck"}, "objective must be one of"),
        ({"duration": FOUR_HOURS, "priority": 101}, "priority"),
        (
            {
                "duration": FOUR_HOURS,
                "earliest": at("2023-11-25T00:00Z"),
                "deadline": at("2023-11-24T00:00Z"),
            },
            "not after",
        ),
        (
            {
                "duration": FOUR_HOURS,
                "earliest": at("2023-11-25T00:00Z"),
                "deadline": at("2023-11-25T03:59Z"),
            },
            "does not fit",
        ),
        (
            {
                "duration": FOUR_HOURS,
                "earliest": at("2023-11-25T00:00Z"),
                "deadline": at("2023-11-25T12:00Z"),
                "start": at("2023-11-25T09:00Z"),
                "deferrable": False,
            },
            "misses the deadline",
        ),
        (
            {
                "duration": FOUR_HOURS,
                "earliest": at("2023-11-25T09:00Z"),
                "start": at("2023-11-25T08:00Z"),
                "deferrable": False,
            },
            "before the earliest",
        ),
    ],
)
def test_no_use_or_contradictory(given, message):
    with pytest.raises(UsageError, match=message):
        make_workload(given)


def test_a_request_survives_json():
    workload = make_workload(
        {
            "name": "train",
            "energy_kwh": 5000.0,
            "duration": timedelta(hours=4, seconds=0.5),
            "earliest": at("2024-02-29T00:00:00.123456Z"),
            "deadline": at("2024-03-01T00:00Z"),
            "max_carbon": 150.0,
            "min_renewable": 20.0,
            "cap_mode": "mean",
            "regions": (13, 1),
            "home": 13,
            "deferrable": False,
            "objective": "balanced",
            "priority": 7,
        }
    )
    assert from_request(json.loads(json.dumps(workload.request()))) == workload


def test_home_comes_first():
    workload = make_workload({"duration": FOUR_HOURS, "regions": (1, 2, 13), "home": 13})
    assert workload.places == (13, 1, 2)
    assert make_workload({"duration": FOUR_HOURS}).places == (None,)


@pytest.mark.parametrize(
    ("cap", "value", "text"),
    [
        (Cap("max_carbon", "carbon", 50, "g/kWh", 0), 142.0, "142 g/kWh"),
        (Cap("max_carbon", "carbon", 50, "g/kWh", 0), 141.2, "142 g/kWh"),
        (Cap("min_renewable", "renewable", 50, "%", 1, -1), 31.28, "31.2 %"),
        (Cap("max_price", "price", 50, "GBP/MWh", 2), -3.456, "-3.45 GBP/MWh"),
    ],
)
def test_a_relaxed_cap_is_rounded_to_where_it_still_holds(cap, value, text):
    assert cap.text(value) == text


def test_files(tmp_path):
    content = {
        "workload_name": "train",
        "estimated_energy_kwh": 5000,
        "estimated_duration_hours": 4,
        "max_carbon_intensity_gco2_kwh": 150,
        "is_deferrable": True,
        "earliest_start": "2023-11-25T00:00:00Z",
        "latest_completion": None,
    }
    as_json, as_toml = tmp_path / "job.json", tmp_path / "job.toml"
    as_json.write_text(json.dumps(content))
    as_toml.write_text(
        'workload_name = "train"\nestimated_energy_kwh = 5000\nestimated_duration_hours = 4.0\n'
        "max_carbon_intensity_gco2_kwh = 150\nis_deferrable = true\n"
        "earliest_start = 2023-11-25T01:00:00+01:00\n"
    )
    one, other = read_workload_file(as_json), read_workload_file(as_toml)
    assert one == other
    assert one["earliest"] == at("2023-11-25T00:00Z")
    assert one["duration"] == FOUR_HOURS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "neither JSON"),
        ("[1]", "holds no workload"),
        ('{"estimated_energy": 5}', "did you mean estimated_energy_kwh"),
        ('{"estimated_energy_kwh": "5"}', "estimated_energy_kwh: a number"),
        ('{"estimated_energy_kwh": NaN}', "estimated_energy_kwh: a number"),
        ('{"estimated_energy_kwh": true}', "estimated_energy_kwh: a number"),
        ('{"estimated_duration_hours": -4}', "more than zero"),
        ('{"estimated_duration_hours": 1e300}', "estimated_duration_hours"),
        ('{"is_deferrable": "no"}', "is_deferrable: true or false"),
        ('{"priority": 1.5}', "priority: a whole number"),
        ('{"workload_name": 5}', "workload_name: a text"),
        ('{"earliest_start": "2023-11-25T00:00:00"}', "earliest_start: .*zone"),
        ('{"latest_completion": 5}', "latest_completion: a time"),
        ('{"requested_start": "soon"}', "requested_start: .*zone"),
    ],
)
def test_bad_files(tmp_path, text, message):
    file = tmp_path / "job.json"
    file.write_text(text)
    with pytest.raises(DataError, match=message):
        read_workload_file(file)


def test_toml_times_need_a_zone_too(tmp_path):
    file = tmp_path / "job.toml"
    file.write_text("earliest_start = 2023-11-25T00:00:00\n")
    with pytest.raises(DataError, match=r"earliest_start: .*no zone"):
        read_workload_file(file)
    with pytest.raises(DataError, match="cannot be read"):
        read_workload_file(tmp_path / "none.toml")
