"""Power profiles and elastic curves: what is read and what is refused, with its row."""

from __future__ import annotations

import json

import pytest

from gridctl.errors import DataError, UsageError
from gridctl.schedule.job.tables import read_curve, read_profile
from gridctl.schedule.job.workload_file import read_workload_file

PROFILE = "hours,power_kw\n"
CURVE = "nodes,throughput,power\n"


def test_a_profile_as_typed():
    assert read_profile("1h:200kW, 90m:0.4MW,30m:0,1h:5") == (
        (1.0, 200.0), (1.5, 400.0), (0.5, 0.0), (1.0, 5.0),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "4h", "1h:200kW,", "1h:-5kW", "x:5kW", "1h:nan", "no.csv"])
def test_a_profile_that_is_none(text):
    with pytest.raises(UsageError, match=r"--profile"):
        read_profile(text)


def test_files(tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("\ufeffPower_kW, hours\n200, 1\n\n400, 2.5\n")
    assert read_profile(str(file)) == ((1.0, 200.0), (2.5, 400.0))
    file.write_text(CURVE + "0,0,0\n1,5.5,1000\n2,9,2500\n")
    assert read_curve(file) == ((0, 0.0, 0.0), (1, 5.5, 1.0), (2, 9.0, 2.5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PROFILE + "1,200\n0,5\n", "row 3: hours must be more than zero"),
        (PROFILE + "1,200\n\n2,-5\n", "row 4: power_kw must not be negative"),
        (PROFILE + "1,x\n", "row 2: power_kw is 'x', not a number"),
        (PROFILE + "1\n", "row 2: power_kw is '', not a number"),
        (PROFILE + "inf,2\n", "row 2: hours is .*, not a number"),
        (PROFILE, "no rows below its header"),
        ("hours,power\n1,2\n", "no column power_kw"),
        ("", "no column hours, power_kw"),
    ],
)
def test_a_bad_profile_names_its_row(tmp_path, text, message):
    file = tmp_path / "p.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=message):
        read_profile(str(file))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CURVE + "1,5,10\n1.5,6,20\n", "row 3: nodes must be a whole number"),
        (CURVE + "-1,5,10\n", "row 2: nodes"),
        (CURVE + "1,5,10\n1,6,20\n", "row 3: 1 nodes are there twice"),
        (CURVE + "1,-5,10\n", "row 2: throughput must not be negative"),
        (CURVE + "1,nan,10\n", "row 2: throughput is .*, not a number"),
        (CURVE + "1,5,0\n", "row 2: power must be more than zero"),
        (CURVE + "0,0,30\n1,5,50\n", "row 2: 0 nodes do no work"),
        (CURVE + "0,0,0\n1,0,50\n", "no row does any work"),
    ],
)
def test_a_bad_curve_names_its_row(tmp_path, text, message):
    file = tmp_path / "c.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=message):
        read_curve(file)


def test_what_is_no_text_is_refused(tmp_path):
    file = tmp_path / "c.csv"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not text"):
        read_curve(file)
    with pytest.raises(DataError, match="cannot be read"):
        read_curve(tmp_path)


def test_the_recorded_curve_is_read(real_data):
    file = real_data / "traces" / "nbody100k_power_profile.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    curve = read_curve(file)
    assert [servers for servers, _, _ in curve[:3]] == [0, 1, 2]
    assert curve[1][2] == pytest.approx(0.05478, abs=1e-5)


def test_the_workload_file_has_keys_for_all_of_it(tmp_path):
    file = tmp_path / "job.json"
    file.write_text(json.dumps({
        "is_interruptible": True, "min_run_hours": 0.5, "restart_energy_kwh": 5, "max_pauses": 2,
        "power_profile": [[1, 200], [3, 400]], "migration_energy_kwh": 20, "max_power_kw": 500,
        "elastic_curve": [[1, 5, 1.5]], "work_units": 100, "max_servers": 4,
    }))  # fmt: skip
    given = read_workload_file(file)
    assert given["power_profile"] == ((1.0, 200.0), (3.0, 400.0))
    assert given["curve"] == ((1, 5.0, 1.5),)
    assert given["min_run"].total_seconds() == 1800
    assert (given["max_pauses"], given["work"]) == (2, 100.0)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("power_profile", [], "a list of"),
        ("power_profile", [[1]], "item 1"),
        ("power_profile", [[1, "x"]], "a number is wanted"),
        ("power_profile", {"1": 2}, "a list of"),
        ("elastic_curve", [[1.5, 2, 3]], "whole numbers"),
        ("elastic_curve", [[1, 2, 3], [1, 3, 4]], "twice"),
        ("max_pauses", -1, "whole number from 0"),
        ("max_pauses", True, "whole number"),
        ("min_run_hours", 0, "more than zero"),
        ("work_units", 0, "more than zero"),
    ],
)
def test_a_bad_value_names_its_key(tmp_path, key, value, message):
    file = tmp_path / "job.json"
    file.write_text(json.dumps({key: value}))
    with pytest.raises(DataError, match=f"{key}: .*{message}"):
        read_workload_file(file)
