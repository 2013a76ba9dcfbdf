"""The command: its answers in every format, its errors, and the recorded years."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from gridctl.schedule.money.tariff import make_tariff
from gridctl.schedule.simulate.bill import with_bill
from gridctl.schedule.simulate.ground import Ground

CONTRACT = [
    "policy", "jobs", "carbon_kg", "cost_gbp", "saving_vs_run_now_pct",
    "saving_vs_window_mean_pct", "share_of_oracle_pct", "mean_delay_hours", "peak_concurrency",
    "infeasible",
]  # fmt: skip
START = datetime(2023, 3, 25, tzinfo=UTC)


@pytest.fixture
def signal(tmp_path):
    """Four days of half hours over the spring clock change: 100 by day, 200 by night, a price."""
    path = tmp_path / "signal.csv"
    lines = ["timestamp,carbon_gco2_kwh,price_gbp_mwh"]
    for i in range(4 * 48):
        carbon = 100 if 16 <= i % 48 < 40 else 200
        lines.append(f"{(START + i * timedelta(minutes=30)).isoformat()},{carbon},{carbon / 2}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text(
        "submit_time,duration_hours,power_kw,deadline\n"
        "2023-03-25T00:00Z,2,10,\n"
        "2023-03-26T01:30:00+01:00,1,5,2023-03-26T12:00Z\n"
        "2023-03-25T02:00Z,4,1,2023-03-25T04:00Z\n"
    )
    return path


def test_json_has_the_keys_agreed(gridctl, trace, signal):
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, "--format", "json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    by_name = {entry["policy"]: entry for entry in document["policies"]}
    assert list(by_name) == [
        "run-now", "threshold", "lowest-slot", "optimal", "interruptible", "oracle"
    ]  # fmt: skip
    assert all(list(entry)[:10] == CONTRACT for entry in document["policies"])
    now, best = by_name["run-now"], by_name["optimal"]
    # 20 kWh and 5 kWh at 200 g; both reach the day. The third is longer than its window.
    assert (now["jobs"], now["infeasible"], now["carbon_kg"]) == (2, 1, pytest.approx(5.0))
    assert (best["carbon_kg"], best["cost_gbp"]) == (pytest.approx(2.5), pytest.approx(1.25))
    assert best["saving_vs_run_now_pct"] == pytest.approx(50)
    assert best["share_of_oracle_pct"] == pytest.approx(100)
    assert best["mean_delay_hours"] == pytest.approx((8 + 7.5) / 2)
    assert best["saving_ci_low_pct"] is None
    assert (document["contention"], document["left_out"]) == ("none", 1)
    assert document["signal"]["start"] == "2023-03-25T00:00:00Z"


def test_the_table_fits_eighty_columns_and_says_what_it_leaves_out(gridctl, trace, signal):
    ran = gridctl("schedule", "simulate", trace, "--signal", signal)
    assert ran.code == 0
    assert max(len(line) for line in ran.out.splitlines()) <= 80
    assert "no contention" in ran.out
    assert "2 of 3 jobs compared" in ran.out
    assert "in no sum, as some policy could not run them: 1" in ran.out


@pytest.mark.parametrize("format", ["csv", "markdown", "jsonl"])
def test_other_formats(gridctl, trace, signal, format):
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, "--format", format)
    assert ran.code == 0
    assert "optimal" in ran.out
    assert ran.out.splitlines()[0].startswith({"csv": "policy,jobs", "markdown": "| policy",
                                               "jsonl": '{"policies"'}[format])  # fmt: skip


def test_every_job_in_a_parquet_file(gridctl, trace, signal, tmp_path):
    output = tmp_path / "jobs.parquet"
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, "--output", output)
    assert ran.code == 0
    table = pq.read_table(output).to_pylist()
    assert len(table) == 6 * 3
    job = next(r for r in table if r["policy"] == "optimal" and r["row"] == 3)
    assert job["requested_start"] == datetime(2023, 3, 26, 0, 30, tzinfo=UTC)
    assert job["start"] == datetime(2023, 3, 26, 8, 0, tzinfo=UTC)
    assert (job["delay_hours"], job["compared"]) == (7.5, True)
    lost = next(r for r in table if r["policy"] == "optimal" and r["row"] == 4)
    assert (lost["start"], lost["carbon_kg"], lost["compared"]) == (None, None, False)


def test_room_for_one_job(gridctl, trace, signal):
    ran = gridctl(
        "schedule", "simulate", trace, "--signal", signal, "--capacity", 1, "--idle-power", "1kW",
        "--format", "json",
    )  # fmt: skip
    document = json.loads(ran.out)
    assert document["contention"] == "1 jobs at once"
    assert all(entry["peak_concurrency"] <= 1 for entry in document["policies"])
    assert all(entry["idle_carbon_kg"] > 0 for entry in document["policies"])


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--policy", "best"], 2, "there is no policy 'best'"),
        (["--policy", "elastic"], 2, "--elastic-curve FILE"),
        (["--policy", "interruptible", "--capacity", "4"], 2, "only jobs in one piece can queue"),
        (["--policy", "elastic", "--capacity", "4kW"], 2, "only jobs in one piece can queue"),
        (["--capacity", "0"], 2, "runs nothing"),
        (["--capacity", "4.5"], 2, "is not a capacity"),
        (["--idle-power", "1kW"], 2, "give --capacity too"),
        (["--forecast", "noise:-1"], 2, "is not a forecast"),
        (["--forecast", "noise:nan"], 2, "is not a forecast"),
        (["--waiting", "6h"], 2, "is not a waiting table"),
        (["--waiting", "6h:1h"], 2, "end it with inf"),
        (["--waiting", "6h:1h,2h:3h,inf:1h"], 2, "must rise"),
        (["--quantile", "2"], 2, "between 0 and 1"),
        (["--block-days", "0"], 2, "one day or more"),
        (["--step", "0m"], 2, "is no step"),
        (["--kw-per-cpu", "-1"], 2, "power per cpu"),
        (["--threshold", "nan"], 2, "threshold"),
        (["--forecast", "vintages"], 3, "no database"),
    ],
)
def test_one_line_for_what_cannot_be(gridctl, trace, signal, options, code, message):
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, *options)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_bad_rows(gridctl, trace, signal, tmp_path):
    trace.write_text(trace.read_text() + "2023-03-25T05:00,1,1,\n")
    output = tmp_path / "jobs.parquet"
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, "--output", output)
    assert (ran.code, output.exists()) == (5, False)
    assert "row 5: submit_time: '2023-03-25T05:00' is no time with a zone" in ran.err
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, "--skip-bad")
    assert ran.code == 0
    assert "1 bad rows of the trace were left out" in ran.err


def test_a_trace_outside_the_signal(gridctl, trace, signal):
    trace.write_text(trace.read_text().replace("2023-", "2031-"))
    ran = gridctl("schedule", "simulate", trace, "--signal", signal)
    assert ran.code == 6
    assert "no job fits" in ran.err


def test_the_store(gridctl, store, trace):
    store.carbon("2023-03-25T00:00Z", [300.0] * 192, actuals=[200.0] * 10 + [100.0] * 182)
    store.prices("2023-03-25T00:00Z", [50.0] * 192)
    ran = gridctl("schedule", "simulate", trace, "--format", "json")
    assert ran.code == 0, ran.err
    by_name = {entry["policy"]: entry for entry in json.loads(ran.out)["policies"]}
    assert by_name["run-now"]["carbon_kg"] == pytest.approx(20 * 0.2 + 5 * 0.1)
    assert by_name["optimal"]["carbon_kg"] == pytest.approx(2.5)
    assert by_name["optimal"]["cost_gbp"] == pytest.approx(1.25)
    assert "slots of the signal are missing" not in ran.err


def costs(gridctl, *words):
    ran = gridctl("schedule", "simulate", *words, "--policy", "run-now", "--format", "json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    return document["policies"][0]["cost_gbp"], " ".join(document["notes"])


def test_a_real_price_goes_before_a_made_up_one(gridctl, store, trace):
    store.carbon("2023-03-25T00:00Z", [300.0] * 192, actuals=[200.0] * 192)
    store.prices("2023-03-25T00:00Z", [999.0] * 192, kind="day_ahead_auction", source="synthetic")
    assert costs(gridctl, trace)[0] is None
    store.prices("2023-03-25T00:00Z", [50.0] * 192)
    cost, notes = costs(gridctl, trace, "--allow-synthetic")
    assert cost == pytest.approx(25 * 0.050)
    assert "cost is by the day-ahead auction, else the market index" in notes


def test_the_tariff_of_the_settings(gridctl, store, trace, signal, monkeypatch):
    store.carbon("2023-03-25T00:00Z", [300.0] * 192, actuals=[200.0] * 192)
    store.prices("2023-03-25T00:00Z", [50.0] * 192)
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "flat")
    monkeypatch.setenv("GRIDCTL_TARIFF_RATE_GBP_MWH", "250")
    for words in ((trace,), (trace, "--signal", signal)):
        cost, notes = costs(gridctl, *words)
        assert cost == pytest.approx(25 * 0.250)
        assert "cost is by a flat tariff of 250 GBP/MWh" in notes
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "pass_through")
    monkeypatch.delenv("GRIDCTL_TARIFF_RATE_GBP_MWH")
    monkeypatch.setenv("GRIDCTL_TARIFF_ADDER_GBP_MWH", "30")
    assert costs(gridctl, trace)[0] == pytest.approx(25 * 0.080)
    # The file's own price is 100 at night, when both jobs run.
    assert costs(gridctl, trace, "--signal", signal)[0] == pytest.approx(25 * 0.130)


def test_each_region_pays_its_own_price(gridctl, store, trace):
    trace.write_text(
        "submit_time,duration_hours,power_kw,region\n2023-03-25T00:00Z,2,10,1\n"
        "2023-03-25T00:00Z,2,10,13\n"
    )
    for region, price in ((1, 100.0), (13, 300.0)):
        store.carbon("2023-03-25T00:00Z", [300.0] * 96, region=region)
        store.prices("2023-03-25T00:00Z", [price] * 96, kind="agile_retail", region=region)
    cost, notes = costs(gridctl, trace)
    assert cost == pytest.approx(20 * 0.1 + 20 * 0.3)
    assert "the Agile tariff of each region" in notes


def test_a_tariff_over_steps_of_any_length():
    bands = ("00:00-00:30 100",)
    tariff = make_tariff("time_of_use", rate_gbp_mwh=200.0, bands=bands)
    for minutes, expected in ((15, [100, 100, 200, 200]), (30, [100, 200]), (60, [150, 200])):
        carbon = {None: np.ones(len(expected))}
        ground = Ground.of(
            datetime(2023, 1, 1, tzinfo=UTC), timedelta(minutes=minutes), carbon, None, "f"
        )
        assert with_bill(ground, tariff).price[:-1].tolist() == expected


def test_one_curve_file_for_a_job_and_for_a_trace(gridctl, trace, signal, tmp_path):
    curve = tmp_path / "curve.csv"
    curve.write_text("Nodes,Throughput,Power\n1,10,1000\n2,18,2000\n4,36,4000\n")
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, "--elastic-curve", curve,
                  "--policy", "elastic", "-f", "json")  # fmt: skip
    assert ran.code == 0, ran.err
    # On one node both wait for the day; at 100 g no further node is worth its power.
    assert json.loads(ran.out)["policies"][0]["carbon_kg"] == pytest.approx(2.5)
    ran = gridctl("schedule-workload", "--elastic", curve, "--duration", "2h", "--signal", signal,
                  "--as-of", "2023-03-25T00:00Z", "--deadline", "2023-03-26T00:00Z",
                  "--dry-run", "-f", "json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["expected"]["carbon_kg"] == pytest.approx(0.2)
    curve.write_text("nodes,throughput,power\n1,ten,1000\n")
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, "--elastic-curve", curve)
    assert (ran.code, "row 2: throughput is 'ten', not a number" in ran.err) == (5, True)


def test_an_empty_store_and_a_made_up_one(gridctl, store, trace):
    ran = gridctl("schedule", "simulate", trace)
    assert ran.code == 6
    assert "holds no intensity for Great Britain, 2023-03-25" in ran.err
    store.carbon("2023-03-25T00:00Z", [300.0] * 192, actuals=[100.0] * 192, source="synthetic")
    ran = gridctl("schedule", "simulate", trace)
    assert ran.code == 6
    assert "--allow-synthetic" in ran.err
    ran = gridctl("schedule", "simulate", trace, "--allow-synthetic")
    assert ran.code == 0
    assert "made-up" in ran.err


def test_vintages_of_the_store(gridctl, store, trace, signal):
    ran = gridctl("schedule", "simulate", trace, "--signal", signal, "--forecast", "vintages")
    assert ran.code == 6
    assert "holds no forecast issued" in ran.err
    # The first has the day at 4 h, an hour later it is at 6 h; the truth has it at 8 h.
    store.vintage("2023-03-24T23:30Z", "2023-03-24T23:30Z", [200.0] * 9 + [100.0] * 87)
    store.vintage("2023-03-25T01:00Z", "2023-03-25T01:00Z", [200.0] * 10 + [100.0] * 86)
    ran = gridctl(
        "schedule", "simulate", trace, "--signal", signal, "--forecast", "vintages",
        "--policy", "run-now", "--policy", "optimal", "--format", "json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    best = document["policies"][1]
    assert best["mean_delay_hours"] == pytest.approx((6 + 0) / 2)
    assert document["without_forecast"] == 0


def test_recorded_years(gridctl, real_data):
    trace = real_data / "traces" / "azure_vm_5k.csv"
    if not trace.exists():
        pytest.skip("the recorded trace is not there")
    common = ("schedule", "simulate", trace, "--format", "json")
    curve = ("--elastic-curve", real_data / "traces" / "nbody100k_power_profile.csv")
    file = real_data / "carbonintensity" / "national_intensity_2023.csv"
    for options in ((), ("--forecast", "realistic", "--waiting", "2h:6h,12h:24h,inf:36h")):
        document = json.loads(gridctl(*common, "--signal", file, *curve, *options).out)
        figures = {entry["policy"]: entry for entry in document["policies"]}
        kept = {name: entry["carbon_kg"] for name, entry in figures.items()}
        assert kept["oracle"] <= kept["optimal"] < kept["lowest-slot"] < kept["run-now"]
        assert kept["elastic"] < kept["interruptible"] < kept["optimal"]
        assert figures["optimal"]["share_of_oracle_pct"] > 70
        assert figures["run-now"]["jobs"] + document["left_out"] == 5000
        low, high = (figures["optimal"][f"saving_ci_{end}_pct"] for end in ("low", "high"))
        assert low < figures["optimal"]["saving_vs_run_now_pct"] < high
