"""The command: options, formats, exit codes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time

import pytest

DAY = "2023-11-25T00:00Z"
ASK = (
    "--energy", "5MWh", "--duration", "4h", "--earliest", DAY, "--deadline", "2023-11-26T00:00Z",
    "--as-of", "2023-11-24T23:00Z",
)  # fmt: skip


@pytest.fixture
def filled(store):
    store.carbon(DAY, [200] * 16 + [80] * 8 + [200] * 24)
    return store


@pytest.fixture
def london(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/London")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_json_is_one_document_with_the_published_keys(filled, gridctl):
    for words in (("schedule-workload",), ("schedule", "workload")):
        ran = gridctl(*words, *ASK, "--format", "json")
        assert ran.code == 0, ran.err
        document = json.loads(ran.out)
        assert list(document) == [
            "workload_id", "decision_id", "action", "reason", "start", "end", "region",
            "segments", "expected", "baseline", "savings", "alternatives", "signal", "objective",
            "grid_stress",
        ]  # fmt: skip
        assert document["start"] == "2023-11-25T08:00:00Z"
        assert document["segments"][0] == {
            "start": "2023-11-25T08:00:00Z",
            "end": "2023-11-25T08:30:00Z",
            "energy_kwh": 625.0,
            "carbon_intensity": 80.0,
            "renewable_pct": None,
            "price_gbp_mwh": None,
        }
        assert document["expected"] == {
            "carbon_kg": 400.0, "cost_gbp": None, "carbon_intensity": 80.0, "renewable_pct": None,
        }  # fmt: skip
        assert list(document["baseline"]) == ["start", "carbon_kg", "cost_gbp", "carbon_intensity"]
        assert document["savings"]["carbon_pct"] == 60.0
        assert document["savings"]["flexibility_revenue_gbp"] is None
        assert document["signal"] == {
            "source": "carbon-intensity", "kind": "average", "issued_at": None,
            "ends_at": "2023-11-26T00:00:00Z", "is_synthetic": False, "has_estimates": False,
        }  # fmt: skip
        assert list(document["alternatives"][0]) == [
            "start", "end", "region", "carbon_kg", "cost_gbp", "carbon_intensity", "relaxes",
        ]  # fmt: skip


def test_the_start_alone_in_local_time(filled, gridctl, london):
    assert gridctl("schedule-workload", *ASK, "--format", "start").out == "2023-11-25T08:00:00\n"
    assert gridctl("schedule-workload", *ASK, "--format", "at").out == "202311250800\n"
    filled.carbon("2023-07-01T00:00Z", [200] * 8 + [100] * 8)
    summer = gridctl(
        "schedule-workload", "--duration", "4h", "--earliest", "2023-07-01T00:00Z",
        "--as-of", "2023-06-30T23:00Z", "--format", "start", "--dry-run",
    )  # fmt: skip
    assert summer.out == "2023-07-01T05:00:00\n"


@pytest.mark.parametrize(
    ("seconds", "deadline", "start"), [(20, "12:01:30", "08:01:00"), (45, "12:00:50", "08:00:00")]
)
def test_the_minute_is_up_while_the_deadline_holds(
    store, gridctl, london, seconds, deadline, start
):
    store.carbon(DAY, [200] * 16 + [80] * 9)
    ran = gridctl(
        "schedule-workload", "--duration", "4h", "--as-of", "2023-11-24T23:00Z",
        "--earliest", f"2023-11-25T08:00:{seconds}Z", "--deadline", f"2023-11-25T{deadline}Z",
        "--format", "start",
    )  # fmt: skip
    assert ran.out == f"2023-11-25T{start}\n"


def test_infeasible_exits_1_with_its_json_and_no_start(filled, gridctl):
    ran = gridctl("schedule-workload", *ASK, "--max-carbon", "50", "--format", "json")
    assert ran.code == 1
    document = json.loads(ran.out)
    assert document["action"] == "reject"
    assert document["alternatives"][0]["relaxes"] == "max_carbon to 80 g/kWh"
    for format in ("start", "at"):
        for mode in ("error", "now", "hold"):
            ran = gridctl(
                "schedule-workload", *ASK, "--max-carbon", "50", "--format", format,
                "--on-failure", mode,
            )  # fmt: skip
            assert (ran.code, ran.out) == (1, "")
            assert "cap 50 g/kWh" in ran.err


def test_when_nothing_can_be_decided(store, gridctl):
    ran = gridctl("schedule-workload", *ASK, "--format", "json")
    assert (ran.code, ran.out) == (6, "")
    assert ran.err.startswith("error: no carbon forecast")
    error = gridctl("schedule-workload", *ASK, "--format", "start")
    assert (error.code, error.out) == (6, "")
    now = gridctl("schedule-workload", *ASK, "--format", "at", "--on-failure", "now")
    assert now.code == 0
    assert time.strptime(now.out.strip(), "%Y%m%d%H%M")
    assert "no carbon forecast" in now.err
    hold = gridctl("schedule-workload", *ASK, "--format", "start", "--on-failure", "hold")
    assert (hold.code, hold.out) == (0, "")


def test_no_database_is_3(gridctl, tmp_path):
    ran = gridctl("schedule-workload", *ASK, "--db", tmp_path / "none.duckdb")
    assert (ran.code, ran.out) == (3, "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--energy", "5000kWh"), "how long"),
        (("--duration", "4h", "--energy", "5000", "--power", "1000kW"), "4000 kWh"),
        (("--duration", "-4h"), "not a duration"),
        (("--duration", "0h"), "more than zero"),
        (("--duration", "4h", "--energy", "lots"), "not an energy"),
        (("--duration", "4h", "--region", "Narnia"), "no region"),
        (("--duration", "4h", "--max-carbon", "nan"), "max_carbon"),
        (("--duration", "4h", "--objective", "luck"), "objective"),
        (("--duration", "4h", "--min-run", "1h"), "add --interruptible"),
        (("--duration", "4h", "--earliest", DAY, "--deadline", "2023-11-25T03:00Z"), "not fit"),
    ],
)
def test_usage(filled, gridctl, words, message):
    ran = gridctl("schedule-workload", *words, "--as-of", "2023-11-24T23:00Z")
    assert (ran.code, ran.out) == (2, "")
    assert message.lower() in ran.err.lower()
    assert len(ran.err.splitlines()) == 1
    assert filled.execute("SELECT count(*) FROM compute_workloads") == [(0,)]


def test_options_override_the_file(filled, gridctl, tmp_path):
    job = tmp_path / "job.json"
    job.write_text(json.dumps({
        "workload_name": "nightly", "estimated_energy_kwh": 100, "estimated_duration_hours": 4,
        "earliest_start": DAY, "max_carbon_intensity_gco2_kwh": 20, "is_deferrable": True,
    }))  # fmt: skip
    common = ("schedule-workload", "--file", job, "--as-of", "2023-11-24T23:00Z", "-f", "json")
    assert gridctl(*common).code == 1
    assert json.loads(gridctl(*common, "--max-carbon", "90").out)["action"] == "defer"
    pinned = gridctl(*common, "--max-carbon", "300", "--not-deferrable")
    assert json.loads(pinned.out)["action"] == "schedule"
    assert filled.execute("SELECT DISTINCT workload_name FROM compute_workloads") == [("nightly",)]
    job.write_text('{"estimated_energy": 5}')
    bad = gridctl(*common)
    assert bad.code == 5
    assert "did you mean" in bad.err


def test_regions_by_name_and_any(store, gridctl):
    store.carbon(DAY, [200] * 48, region=13)
    store.carbon(DAY, [20] * 48, region=1)
    common = ("schedule-workload", "--duration", "4h", "--earliest", DAY, "-f", "json",
              "--as-of", "2023-11-24T23:00Z")  # fmt: skip
    moved = json.loads(gridctl(*common, "--region", "London", "--region", "any").out)
    assert moved["action"] == "shift_region"
    assert moved["region"] == {"number": 1, "name": "North Scotland"}
    assert moved["baseline"]["carbon_intensity"] == 200
    home = json.loads(gridctl(*common, "--region", "EC1").out)
    assert home["region"] == {"number": 13, "name": "London"}


def test_a_time_without_zone_is_local_and_said(filled, gridctl):
    ran = gridctl("schedule-workload", "--duration", "4h", "--earliest", "2023-11-25T00:00",
                  "--as-of", "2023-11-24T23:00Z", "-f", "json")  # fmt: skip
    assert json.loads(ran.out)["action"] == "defer"
    assert "read as Europe/London" in ran.err


def test_other_formats(filled, gridctl):
    table = list(csv.DictReader(io.StringIO(gridctl("schedule-workload", *ASK, "-f", "csv").out)))
    assert len(table) == 1
    assert table[0]["start"] == "2023-11-25T08:00:00Z"
    assert float(table[0]["expected_carbon_kg"]) == 400
    rejected = gridctl("schedule-workload", *ASK, "-f", "csv", "--max-carbon", "5").out
    assert next(csv.DictReader(io.StringIO(rejected))).keys() == table[0].keys()
    assert gridctl("schedule-workload", *ASK, "-f", "jsonl").out.count("\n") == 1
    assert gridctl("schedule-workload", *ASK, "-f", "markdown").out.startswith("| workload_id |")
    assert "--on-failure" in gridctl("schedule", "workload", "--help").out


def test_the_real_year(year_2023, gridctl):
    ran = gridctl(
        "schedule-workload", "--energy", "5000kWh", "--duration", "4h",
        "--earliest", "2023-11-25T00:00Z", "--deadline", "2023-11-26T23:59Z",
        "--max-carbon", "150", "--as-of", "2023-11-24T23:00Z", "--format", "json",
    )  # fmt: skip
    assert ran.code == 0
    assert json.loads(ran.out)["start"] == "2023-11-25T02:00:00Z"
    assert json.loads(ran.out)["expected"]["carbon_kg"] == 530.625


def test_nothing_heavy_is_imported_before_it_is_needed():
    ran = subprocess.run(
        [sys.executable, "-c", "import sys, gridctl.cli; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"duckdb", "numpy", "pandas", "pyarrow", "rich", "requests"}
    assert not heavy & set(ran.stdout.split())


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--energy", "5", "--duration", "25h"), 2, "does not fit"),
        (("--profile", "1h:5kW", "--energy", "7"), 2, "the profile comes to 5 kWh"),
        (("--profile", "1h:5kW", "--interruptible"), 2, "do not go together"),
        (("--profile", "30h:5kW"), 2, "does not fit"),
        (("--energy", "5", "--duration", "2h", "--max-power", "2"), 2, "more than the 2 kW"),
        (("--duration", "2h", "--interruptible", "--min-run", "3h"), 2, "minimum run of 3h"),
        (("--duration", "2h", "--interruptible", "--max-pauses", "-1"), 2, "max_pauses"),
        (("--duration", "2h", "--interruptible", "--restart-energy", "0"), 2, "more than zero"),
        (("--duration", "2h", "--interruptible", "--restart-energy", "5"), 2, "give --energy"),
        (("--duration", "2h", "--migration-energy", "nan"), 2, "not an energy"),
        (("--duration", "2h", "--work", "5"), 2, "add --elastic"),
        (("--elastic", "none.csv", "--duration", "2h"), 5, "cannot be read"),
        (("--elastic", "curve.csv"), 2, "how much work"),
        (("--elastic", "curve.csv", "--work", "nan"), 2, "work must be"),
        (("--elastic", "curve.csv", "--work", "1e9"), 2, "does not fit"),
        (("--elastic", "curve.csv", "--work", "5", "--max-servers", "0"), 2, "max_servers"),
        (("--elastic", "curve.csv", "--work", "5", "--energy", "5"), 2, "gives the power"),
        (("--elastic", "curve.csv", "--work", "5", "--not-deferrable"), 2, "--not-deferrable"),
        (("--elastic", "bad.csv", "--work", "5"), 5, "row 3"),
        (("--profile", "bad.csv"), 5, "no column"),
    ],
)
def test_a_bad_job_of_any_kind_is_one_line(
    filled, gridctl, tmp_path, monkeypatch, words, code, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "curve.csv").write_text("nodes,throughput,power\n1,5,1000\n2,9,2000\n")
    (tmp_path / "bad.csv").write_text("nodes,throughput,power\n1,5,1000\n2,x,2000\n")
    ran = gridctl("schedule-workload", *words, *ASK[4:])
    assert (ran.code, ran.out) == (code, "")
    assert len(ran.err.splitlines()) == 1
    assert message in ran.err
    assert filled.execute("SELECT count(*) FROM compute_workloads") == [(0,)]


def test_every_kind_is_recorded_and_printed(filled, gridctl, tmp_path, london):
    curve = tmp_path / "curve.csv"
    curve.write_text("nodes,throughput,power\n1,5,1000\n2,9,2500\n")
    filled.execute("UPDATE carbon_intensity_national SET forecast_gco2_kwh = 90 "
                   "WHERE timestamp = '2023-11-25 09:00:00+00'")  # fmt: skip
    kinds = (
        ("--energy", "500", "--duration", "3h", "--interruptible"),
        ("--energy", "500", "--duration", "3h", "--interruptible", "--min-run", "1h",
         "--restart-energy", "1", "--max-pauses", "4"),
        ("--profile", "1h:2kW,1h:5kW"),
        ("--elastic", curve, "--duration", "3h", "--max-servers", "2"),
    )  # fmt: skip
    for words in kinds:
        ran = gridctl("schedule-workload", *words, *ASK[4:], "--format", "json")
        assert ran.code == 0, ran.err
        document = json.loads(ran.out)
        assert document["start"] == document["segments"][0]["start"]
        assert document["end"] == document["segments"][-1]["end"]
        start = gridctl("schedule-workload", *words, *ASK[4:], "--format", "start").out
        assert start == document["start"].replace("Z", "\n")
        for format in ("table", "csv", "markdown"):
            assert gridctl("schedule-workload", *words, *ASK[4:], "-f", format, "--dry-run").out
    rows = filled.execute(
        "SELECT is_interruptible, metadata->'$.request.min_run' FROM compute_workloads"
    )
    assert len(rows) == 2 * len(kinds)
    assert sum(bool(interruptible) for interruptible, _ in rows) == 4
    assert sum(length == "3600.0" for _, length in rows) == 2


def test_a_plain_job_prints_the_same_segments_as_before(filled, gridctl):
    document = json.loads(gridctl("schedule-workload", *ASK, "-f", "json", "--dry-run").out)
    assert all("servers" not in segment for segment in document["segments"])


@pytest.mark.parametrize("words", [("--interruptible",), ("--elastic", "curve.csv")])
def test_a_command_is_not_handed_over_for_a_plan_that_it_cannot_follow(
    filled, gridctl, tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "curve.csv").write_text("nodes,throughput,power\n1,5,1000\n2,9,2000\n")
    ran = gridctl("schedule-workload", "--duration", "2h", *words, "--run", "--", "true")
    assert (ran.code, ran.out) == (2, "")
    assert "can neither pause it" in ran.err
    assert filled.execute("SELECT count(*) FROM compute_workloads") == [(0,)]


def test_a_start_that_the_clock_shows_twice_is_said(store, gridctl, london):
    store.carbon("2025-10-26T00:00Z", [100] * 8)
    ask = ("--duration", "1h", "--not-deferrable", "--as-of", "2025-10-26T00:00Z", "--dry-run")
    for earliest in ("2025-10-26T00:17Z", "2025-10-26T01:17Z"):
        ran = gridctl("schedule-workload", *ask, "--earliest", earliest, "--format", "start")
        assert ran.out == "2025-10-26T01:17:00\n"
        assert "shows that time twice" in ran.err
    ran = gridctl("schedule-workload", *ask, "--earliest", "2025-10-26T02:17Z", "-f", "start")
    assert "twice" not in ran.err


def test_the_grids_stress_is_told_where_demand_is_forecast(filled, gridctl):
    """From 20 to 48 GW of transmission demand the score goes from 0 to 1."""
    filled.execute(
        """INSERT INTO demand_forecast_national (id, forecast_type, timestamp, demand_mw,
               national_demand_mw, transmission_system_demand_mw, grid_stress_score,
               is_interpolated, source, fetched_at, payload_id)
           SELECT uuid(), 'day_ahead', t, 30000, 30000, 34000,
               CASE WHEN hour(t) BETWEEN 8 AND 11 THEN 0.25 ELSE 0.75 END, FALSE, 'neso',
               TIMESTAMPTZ '2023-11-24 09:00:00+00', uuid()
           FROM generate_series(TIMESTAMPTZ '2023-11-25 00:00:00+00',
                                TIMESTAMPTZ '2023-11-25 23:30:00+00', INTERVAL 30 MINUTE) g(t)"""
    )
    document = json.loads(gridctl("schedule-workload", *ASK, "-f", "json").out)
    assert document["start"] == "2023-11-25T08:00:00Z"
    assert document["grid_stress"] == {"expected": 0.25, "baseline": 0.75}
    assert "grid stress, 0 to 1" in gridctl("schedule-workload", *ASK, "--dry-run").out
    kept = filled.execute(
        "SELECT decision_factors->'$.grid_stress.expected' FROM workload_schedules"
    )
    assert [float(value) for (value,) in kept] == [0.25]
