"""``schedule plan`` from the command line: what it prints, records, and refuses."""

from __future__ import annotations

import csv
import io
import json

import pytest
from schedule.stored import at

from gridctl.schedule.audit import row_hash

DAY = "2023-11-25T00:00Z"
AS_OF = ("--as-of", "2023-11-24T23:00Z", "--time-limit", "0.5s")


def job(name, hours=2.0, kw=100.0, **more):
    return {
        "workload_name": name, "estimated_energy_kwh": hours * kw,
        "estimated_duration_hours": hours, "earliest_start": "2023-11-25T00:00:00Z",
        "latest_completion": "2023-11-26T00:00:00Z", "regions": ["London"], **more,
    }  # fmt: skip


@pytest.fixture
def filled(store):
    store.carbon(DAY, [200] * 16 + [80] * 8 + [150] * 24, region=13)
    store.carbon(DAY, [190] * 16 + [60] * 4 + [170] * 28, region=1)
    store.prices("2023-11-24T23:00Z", [60] * 50, kind="day_ahead_auction")
    return store


@pytest.fixture
def jobs(tmp_path):
    def write(*rows):
        file = tmp_path / "jobs.json"
        file.write_text(json.dumps(list(rows)))
        return file

    return write


def test_two_jobs_share_the_clean_hours(filled, gridctl, jobs):
    file = jobs(job("a"), job("b"), job("c"))
    ran = gridctl("schedule", "plan", file, "--capacity", "100kW", *AS_OF, "-f", "json")
    assert ran.code == 0, ran.err
    plan = json.loads(ran.out)
    starts = sorted(j["start"] for j in plan["jobs"])
    assert starts[:2] == ["2023-11-25T08:00:00Z", "2023-11-25T10:00:00Z"]
    assert starts[2] >= "2023-11-25T12:00:00Z"
    assert plan["objective"]["value"] == pytest.approx(2 * 16 + 30)
    assert plan["objective"]["bound"] <= plan["objective"]["value"] + 1e-6
    assert plan["objective"]["gap_pct"] < 1
    assert plan["totals"]["carbon_kg"] == pytest.approx(62)
    assert plan["totals"]["cost_gbp"] == pytest.approx(36)
    assert plan["totals"]["baseline_carbon_kg"] == pytest.approx(120)
    assert plan["sites"][0]["peak_kw"] == 100
    assert plan["sites"][0]["full_half_hours"] == 12
    assert list(plan["jobs"][0]["segments"][0]) == [
        "start", "end", "energy_kwh", "carbon_intensity", "renewable_pct", "price_gbp_mwh",
        "region", "power_kw",
    ]  # fmt: skip


def test_it_is_recorded_whole_and_chained(filled, gridctl, jobs):
    file = jobs(job("a"), job("b", is_interruptible=True, regions=["London", "North Scotland"]))
    dry = gridctl("schedule", "plan", file, *AS_OF, "--dry-run", "-f", "json")
    assert json.loads(dry.out)["jobs"][0]["workload_id"] is None
    assert filled.execute("SELECT count(*) FROM compute_workloads") == [(0,)]
    ran = gridctl("schedule", "plan", file, "--capacity", "100kW", *AS_OF, "-f", "json")
    documents = json.loads(ran.out)["jobs"]
    rows = filled.execute(
        """SELECT workload_name, status, scheduled_start, carbon_emitted_kg, action, sequence,
                  segments, w.id::VARCHAR, prev_hash, row_hash
           FROM compute_workloads w JOIN workload_schedules s ON s.workload_id = w.id
           ORDER BY sequence"""
    )
    assert [row[:2] for row in rows] == [("a", "deferred"), ("b", "deferred")]
    assert rows[0][2] == at("2023-11-25T08:00Z")
    assert rows[0][3] == pytest.approx(16)
    assert [row[4] for row in rows] == ["defer", "shift_region"]
    assert [json.loads(row[6]) for row in rows] == [d["segments"] for d in documents]
    assert [row[7] for row in rows] == [d["workload_id"] for d in documents]
    assert rows[1][8] == rows[0][9]
    moved = json.loads(rows[1][6])
    assert {segment["region"]["number"] for segment in moved} == {1}


def test_the_chain_holds_for_rows_read_back(filled, gridctl, jobs):
    import duckdb

    gridctl("schedule", "plan", jobs(job("a"), job("b")), "--capacity", "90kW", *AS_OF)
    with duckdb.connect(str(filled.path)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SELECT * FROM workload_schedules ORDER BY sequence")
        names = [column[0] for column in con.description]
        chain = [dict(zip(names, row, strict=True)) for row in con.fetchall()]
    assert [row["action"] for row in chain] == ["reject", "reject"]
    assert all(row["row_hash"] == row_hash(row) for row in chain)


def test_what_does_not_fit_is_named_with_what_would_do(filled, gridctl, jobs):
    short = {"latest_completion": "2023-11-25T02:00:00Z"}
    file = jobs(job("big", priority=90, **short), job("small", priority=10, kw=50, **short))
    ran = gridctl("schedule", "plan", file, "--capacity", "120kW", *AS_OF, "-f", "json")
    assert ran.code == 1
    big, small = json.loads(ran.out)["jobs"]
    assert big["action"] == "schedule"
    assert small["action"] == "reject"
    assert small["relaxes"] == [
        "+30 kW in London 2023-11-25 00:00-02:00 UTC", "deadline to 2023-11-25T04:00Z",
    ]  # fmt: skip
    assert "full with other jobs" in small["reason"]
    wider = gridctl("schedule", "plan", file, "--capacity", "150kW", *AS_OF)
    assert wider.code == 0
    text = gridctl("schedule", "plan", file, "--capacity", "120kW", *AS_OF).out
    assert "1 of 2 jobs planned" in text
    assert "Left out:" in text
    assert max(map(len, text.splitlines())) <= 80
    above = gridctl("schedule", "plan", file, "--capacity", "40kW", *AS_OF)
    assert above.code == 1
    assert "more than the limits allow" in " ".join(above.out.split())


def test_a_cap_that_no_slot_keeps(filled, gridctl, jobs):
    file = jobs(job("a"), job("b", max_carbon_intensity_gco2_kwh=50))
    ran = gridctl("schedule", "plan", file, *AS_OF, "-f", "csv")
    assert ran.code == 1
    first, second = csv.DictReader(io.StringIO(ran.out))
    assert first["start"] == "2023-11-25T08:00:00Z"
    assert (second["action"], second["start"]) == ("reject", "")
    assert "within its caps" in second["reason"]


@pytest.mark.parametrize("mode", ["auto", "contiguous", "interruptible", "on-off"])
def test_modes_and_formats(filled, gridctl, jobs, mode):
    file = jobs(job("a", hours=5.25), job("b", is_interruptible=True))
    common = ("schedule", "plan", file, "--capacity", "130kW", "--mode", mode, *AS_OF, "--dry-run",
              "--time-limit", "0.3s")  # fmt: skip
    plan = json.loads(gridctl(*common, "-f", "json").out)
    assert plan["totals"]["energy_kwh"] == pytest.approx(725)
    for planned, hours in zip(plan["jobs"], (5.25, 2), strict=True):
        energy = sum(segment["energy_kwh"] for segment in planned["segments"])
        assert energy == pytest.approx(hours * 100)
        powers = {segment["power_kw"] for segment in planned["segments"]}
        if mode == "on-off":
            assert len(powers) == 1
    if mode == "contiguous":
        assert plan["jobs"][0]["end"] == "2023-11-25T13:15:00Z"
    assert gridctl(*common, "-f", "jsonl").out.count("\n") == 2
    assert gridctl(*common, "-f", "markdown").out.startswith("| workload_id |")
    table = gridctl(*common).out
    assert "gap" in table or "proven optimal" in table


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--capacity", "-5kW"), "not a power"),
        (("--gap", "-1"), "--gap"),
        (("--gap", "nan"), "--gap"),
        (("--time-limit", "0s"), "--time-limit"),
        (("--mode", "luck"), "--mode"),
        (("--region", "Narnia"), "narnia"),
        (("--carbon-price", "-3"), "carbon_price"),
    ],
)
def test_usage(filled, gridctl, jobs, words, message):
    ran = gridctl("schedule", "plan", jobs(job("a")), *AS_OF, *words)
    assert ran.code in (2, 5)
    assert message in ran.err.lower()
    assert (ran.out, len(ran.err.splitlines())) == ("", 1)
    assert filled.execute("SELECT count(*) FROM compute_workloads") == [(0,)]


def test_a_job_longer_than_its_window_is_named(filled, gridctl, jobs):
    ran = gridctl("schedule", "plan", jobs(job("a"), job("long", hours=30)), *AS_OF)
    assert ran.code == 5
    assert "long" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_without_a_forecast_nothing_is_planned(store, gridctl, jobs):
    ran = gridctl("schedule", "plan", jobs(job("a")), *AS_OF)
    assert (ran.code, ran.out) == (6, "")
    store.carbon(DAY, [100] * 48, region=13, source="synthetic")
    assert gridctl("schedule", "plan", jobs(job("a")), *AS_OF).code == 6
    allowed = gridctl("schedule", "plan", jobs(job("a")), *AS_OF, "--allow-synthetic")
    assert allowed.code == 0
    assert "synthetic data" in allowed.out


def test_gaps_are_never_planned_on(store, gridctl, jobs):
    store.carbon(DAY, [100, None, 100, 100, None, 300, 300, 300, 300], region=13)
    short = job("a", hours=1.5)
    ran = gridctl("schedule", "plan", jobs(short), *AS_OF, "-f", "json")
    (planned,) = json.loads(ran.out)["jobs"]
    assert planned["start"] == "2023-11-25T02:30:00Z"
    paused = gridctl("schedule", "plan", jobs(short), *AS_OF, "--mode", "on-off", "-f", "json")
    (planned,) = json.loads(paused.out)["jobs"]
    starts = [segment["start"][11:16] for segment in planned["segments"]]
    assert starts == ["00:00", "01:00", "01:30"]


@pytest.mark.parametrize("day", ["2026-03-29", "2025-10-26"])
def test_clock_changes_are_only_on_the_wall(store, gridctl, jobs, day):
    store.carbon(f"{day}T00:00Z", [100] * 4 + [50] * 4 + [100] * 40, region=13)
    window = {"earliest_start": f"{day}T00:00:00Z", "latest_completion": f"{day}T23:00:00Z"}
    ran = gridctl("schedule", "plan", jobs(job("a", **window)), "--as-of", f"{day}T00:00Z",
                  "--time-limit", "1s", "-f", "json")  # fmt: skip
    (planned,) = json.loads(ran.out)["jobs"]
    assert planned["start"] == f"{day}T02:00:00Z"
    assert len(planned["segments"]) == 4


def planned(gridctl, file, *words):
    ran = gridctl("schedule", "plan", file, *AS_OF, *words, "-f", "json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_a_job_alone_is_told_as_a_decision_of_it_would_be(filled, gridctl, jobs, tmp_path):
    one = {key: value for key, value in job("a").items() if key != "regions"}
    (tmp_path / "one.json").write_text(json.dumps(one))
    alone = gridctl("schedule-workload", "--file", tmp_path / "one.json", "--region", "London",
                    "--as-of", "2023-11-24T23:00Z", "-f", "json")  # fmt: skip
    decided = json.loads(alone.out)
    (told,) = planned(gridctl, jobs(job("a")))["jobs"]
    for key in ("action", "start", "end", "expected", "baseline", "savings", "objective"):
        assert told[key] == decided[key], key
    assert told["objective"]["expected"]["energy_kwh"] == 200
    assert told["objective"]["baseline"]["energy_kwh"] == 200
    assert told["savings"]["carbon_pct"] == 60


def test_the_window_in_force_is_stored(filled, gridctl, jobs):
    open_ended = job("a", earliest_start=None)
    planned(gridctl, jobs(open_ended, job("b", requested_start="2023-11-25T06:00:00Z")))
    rows = filled.execute(
        "SELECT earliest_start, requested_start FROM compute_workloads ORDER BY workload_name"
    )
    assert rows == [
        (at("2023-11-24T23:00Z"), at("2023-11-24T23:00Z")),
        (at("2023-11-25T00:00Z"), at("2023-11-25T06:00Z")),
    ]


def test_the_bill_is_named_and_flexibility_is_not_sold(filled, gridctl, jobs, monkeypatch):
    monkeypatch.setenv("GRIDCTL_FLEXIBILITY_MARKET", "p415")
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "flat")
    monkeypatch.setenv("GRIDCTL_TARIFF_RATE_GBP_MWH", "250")
    plan = planned(gridctl, jobs(job("a")))
    assert "cost is by a flat tariff of 250 GBP/MWh, without VAT" in plan["notes"]
    assert any("flexibility is not sold in a plan: p415" in note for note in plan["notes"])
    (told,) = plan["jobs"]
    assert told["expected"]["cost_gbp"] == 50
    assert told["savings"]["flexibility_revenue_gbp"] is None
    factors, request = filled.execute(
        """SELECT decision_factors, metadata->>'$.request.money.flexibility'
           FROM compute_workloads w JOIN workload_schedules s ON s.workload_id = w.id"""
    )[0]
    assert json.loads(factors)["notes"] == plan["notes"]
    assert request == "none"


def test_without_a_capacity_the_assets_limit(filled, gridctl, jobs):
    def add(name, *words):
        assert gridctl("asset", "add", name, "--type", "hpc", *words).code == 0

    add("old", "--region", "London", "--power", "9MW")
    add("one", "--region", "London", "--power", "60kW")
    add("two", "--region", "London", "--power", "40kW")
    add("unrated", "--region", "North Scotland")
    assert gridctl("asset", "remove", "old", "--deactivate").code == 0
    file = jobs(job("a"), job("b", regions=["North Scotland"]), job("c"))
    ran = gridctl("schedule", "plan", file, *AS_OF, "-f", "json")
    limits = {s["region"]["name"]: s["capacity_kw"] for s in json.loads(ran.out)["sites"]}
    assert limits == {"London": 100, "North Scotland": None}
    assert ran.err == "limits are the rated power of the assets: London 100 kW; none elsewhere\n"
    free = gridctl("schedule", "plan", file, *AS_OF, "--capacity", "1MW", "-f", "json")
    assert free.err == ""
    assert {site["capacity_kw"] for site in json.loads(free.out)["sites"]} == {1000}


def test_the_shadow_price_of_carbon_is_said(filled, gridctl, jobs):
    plan = planned(gridctl, jobs(job("a")), "--objective", "balanced", "--carbon-price", "70")
    assert any("carbon counted at 70 GBP/t" in note for note in plan["notes"])


def test_what_may_not_be_deferred_is_not_moved_in_silence(filled, gridctl, jobs):
    pinned = job("a", is_deferrable=False)
    assert planned(gridctl, jobs(pinned))["jobs"][0]["start"] == "2023-11-25T00:00:00Z"
    for named in ("requested_start", "earliest_start"):
        file = jobs(job("b"), pinned | {named: "2023-11-25T14:10:00Z"})
        ran = gridctl("schedule", "plan", file, *AS_OF)
        assert (ran.code, ran.out) == (5, "")
        assert "a: it may not be deferred from 2023-11-25T14:10:00Z" in ran.err
    at_once = pinned | {"earliest_start": None, "is_interruptible": True, "workload_name": "now"}
    ran = gridctl("schedule", "plan", jobs(at_once), "--as-of", "2023-11-25T14:10Z", "-f", "json")
    plan = json.loads(ran.out)
    (told,) = plan["jobs"]
    assert (told["action"], told["start"]) == ("defer", "2023-11-25T14:30:00Z")
    assert told["baseline"]["start"] == "2023-11-25T14:10:00Z"
    assert "it may not be deferred, and starts at the next half hour" in told["reason"]
    assert any("1 job starts at the next half hour, not at once" in n for n in plan["notes"])
    asked = filled.execute("SELECT requested_start FROM compute_workloads")
    assert (at("2023-11-25T14:10Z"),) in asked


def test_the_real_year(year_2023, gridctl, jobs):
    rows = [job(f"j{i}", hours=3, regions=None, is_interruptible=i % 2 == 0) for i in range(8)]
    ran = gridctl("schedule", "plan", jobs(*rows), "--capacity", "GB=200kW", *AS_OF, "-f", "json")
    assert ran.code == 0, ran.err
    plan = json.loads(ran.out)
    assert plan["totals"]["planned"] == 8
    assert plan["sites"][0]["peak_kw"] <= 200 + 1e-6
    assert 0 <= plan["objective"]["gap_pct"] < 2
    assert plan["totals"]["carbon_kg"] == pytest.approx(plan["objective"]["value"])
    assert any("limits aside" in note for note in plan["notes"])
