"""Jobs and limits from files: every format gives the same, every mistake is named."""

from __future__ import annotations

import json
import math
from datetime import timedelta

import pytest
from schedule.stored import at

from gridctl.errors import DataError, GridctlError, UsageError
from gridctl.schedule.plan.capacity import capacity_of, parse_capacity
from gridctl.schedule.plan.jobs_file import read_jobs
from gridctl.store.assets import Asset

JOB = {
    "workload_name": "train", "estimated_energy_kwh": 100, "estimated_duration_hours": 2.5,
    "priority": 80, "is_interruptible": True, "latest_completion": "2026-05-07T00:00:00Z",
    "regions": ["London", 1],
}  # fmt: skip


def test_every_format_gives_the_same_job(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = {
        "list.json": json.dumps([JOB]),
        "named.json": json.dumps({"workloads": [JOB]}),
        "lines.jsonl": json.dumps(JOB) + "\n\n",
        "jobs.toml": "[[workload]]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in JOB.items()
                                                  if k != "regions")
        + '\nregions = ["London", "1"]\n',
        "jobs.csv": ",".join(JOB) + "\ntrain,100,2.5,80,true,2026-05-07T00:00:00Z,London; 1\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    row = JOB | {"regions": ["London", "1"], "priority": 80.0, "min_renewable_pct": math.nan}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "jobs.parquet")
    jobs = [read_jobs(tmp_path / name, {}) for name in [*files, "jobs.parquet"]]
    assert all(len(found) == 1 and found == jobs[0] for found in jobs)
    (job,) = jobs[0]
    assert (job.name, job.priority, job.interruptible) == ("train", 80, True)
    assert (job.power_kw, job.duration) == (40.0, timedelta(hours=2.5))
    assert (job.regions, job.home) == ((13, 1), 13)
    assert job.deadline == at("2026-05-07T00:00Z")


def test_rows_of_a_csv_are_counted_with_the_header(tmp_path):
    file = tmp_path / "jobs.csv"
    header = "estimated_energy_kwh,estimated_duration_hours,priority"
    file.write_text(f"{header}\n5,1,50\n5,1,500\n")
    with pytest.raises(DataError, match="row 3: priority"):
        read_jobs(file, {})
    file.write_text(f"{header}\n5,1,50\n5,1\n")
    with pytest.raises(DataError, match="row 3: not as many fields"):
        read_jobs(file, {})
    file.write_text(f"{header}\n5,1,50\n")
    assert read_jobs(file, {})[0].name == "job 1"


def test_options_hold_for_all(tmp_path):
    file = tmp_path / "jobs.json"
    file.write_text(json.dumps([JOB, {k: v for k, v in JOB.items() if k != "workload_name"}]))
    jobs = read_jobs(file, {"objective": "cost", "carbon_price": None}, ["EC1", "any"])
    assert [job.objective for job in jobs] == ["cost", "cost"]
    assert [len(job.regions) for job in jobs] == [14, 14]
    assert [job.name for job in jobs] == ["train", "job 2"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([JOB, JOB | {"estimated_energy_kwh": -5}], "row 2: estimated_energy_kwh"),
        ([JOB, {**JOB, "priorty": 5}], "row 2: unknown key 'priorty'; did you mean priority?"),
        ([{**JOB, "region": ["London"]}], "did you mean regions?"),
        ([{**JOB, "regions": ["Narnia"]}], "row 1: .*Narnia"),
        ([{**JOB, "regions": 7.5}], "row 1: regions"),
        ([{"estimated_duration_hours": 1}], "row 1: estimated_energy_kwh is missing"),
        ([{"estimated_energy_kwh": 1}], "row 1: estimated_duration_hours is missing"),
        ([{**JOB, "priority": 101}], "row 1: priority must be from 0 to 100"),
        ([{**JOB, "latest_completion": "2026-05-07"}], "row 1: latest_completion"),
        ([7], "row 1: an object"),
        ([], "holds no workloads"),
        ({"jobs": [JOB]}, "holds no list of workloads"),
    ],
)
def test_a_bad_row_is_named(tmp_path, rows, message):
    file = tmp_path / "jobs.json"
    file.write_text(json.dumps(rows))
    with pytest.raises(DataError, match=message):
        read_jobs(file, {})


ALONE = {
    "power_profile": [[1, 40], [1.5, 40]], "migration_energy_kwh": 5, "min_run_hours": 1,
    "restart_energy_kwh": 0.5, "max_pauses": 2, "elastic_curve": [[1, 5, 40]], "work_units": 9,
    "max_servers": 4,
}  # fmt: skip


@pytest.mark.parametrize("key", ALONE)
def test_what_a_plan_does_not_model_is_refused(tmp_path, key):
    file = tmp_path / "jobs.json"
    file.write_text(json.dumps([JOB | {key: None}, JOB | {key: ALONE[key]}]))
    message = f"row 2: {key} is not planned .* alone: gridctl schedule-workload"
    with pytest.raises(DataError, match=message):
        read_jobs(file, {})
    file = tmp_path / "jobs.csv"
    file.write_text(f"{','.join(JOB)},{key}\ntrain,100,2.5,80,true,2026-05-07T00:00:00Z,1,7\n")
    with pytest.raises(DataError, match=message):
        read_jobs(file, {})


def test_a_job_keeps_to_its_own_limit_of_power(tmp_path):
    file = tmp_path / "jobs.json"
    file.write_text(json.dumps([JOB | {"max_power_kw": 40}]))
    assert read_jobs(file, {})[0].power_kw == 40
    file.write_text(json.dumps([JOB | {"max_power_kw": 39}]))
    with pytest.raises(DataError, match="row 1: the job draws 40 kW, more than the 39 kW"):
        read_jobs(file, {})


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", b"{"), ("a.toml", b"= 1"), ("a.csv", b"\xff\xfe"), ("a.jsonl", b"{}\n{"),
     ("a.parquet", b"PAR1"), ("a.csv", b"workload_name\na,b\n"), ("a.json", b"[" * 200_000)],
)  # fmt: skip
def test_a_file_that_cannot_be_read(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=str(tmp_path / name)):
        read_jobs(tmp_path / name, {})
    with pytest.raises(DataError, match="cannot be read"):
        read_jobs(tmp_path / "none.json", {})


def test_the_most_particular_limit_holds(tmp_path):
    file = tmp_path / "limits.csv"
    file.write_text(
        "timestamp,region,capacity_kw\n2026-05-06T12:30:00Z,London,50\n2026-05-06T13:00:00Z,,0\n"
    )
    limits = parse_capacity(["500kW", "London=300kW", str(file)])
    array = limits.array((13, 1), at("2026-05-06T12:00Z"), 4)
    assert array.tolist() == [[300, 50, 0, 300], [500, 500, 0, 500]]
    assert parse_capacity([]).array((13,), at("2026-05-06T12:00Z"), 1).tolist() == [[math.inf]]
    assert parse_capacity(["GB=1MW"]).by_place == {None: 1000.0}


def test_rated_powers_add_up_where_all_are_known():
    rated = [(13, 60.0), (13, 40.0), (1, 5.0), (1, None), (None, 7.0)]
    assets = [
        Asset(name=str(number), asset_type="hpc", region=region, rated_power_kw=kw)
        for number, (region, kw) in enumerate(rated)
    ]
    limits = capacity_of(assets)
    assert limits.by_place == {13: 100.0, None: 7.0}
    assert limits.in_words() == "London 100 kW, Great Britain 7 kW"
    assert limits.array((13, 1, None), at("2026-05-06T12:00Z"), 1).tolist() == [
        [100], [math.inf], [7],
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["-5kW", "lots", "London=0kW", "Narnia=5kW", "London=", "nankW"])
def test_a_limit_that_is_none(text):
    with pytest.raises(UsageError):
        parse_capacity([text])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2026-05-06T12:30:00Z,London,-1", "row 2: capacity_kw must be a number from 0"),
        ("2026-05-06T12:30:00Z,London,nan", "row 2: capacity_kw"),
        ("2026-05-06T12:30:00Z,London,x", "row 2: capacity_kw is 'x'"),
        ("2026-05-06T12:40:00Z,London,5", "row 2: .*half hour"),
        ("yesterday,London,5", "row 2: .*no time with a zone"),
        ("2026-05-06T12:30:00Z,Narnia,5", "row 2: .*Narnia"),
        ("2026-05-06T12:30:00Z,London", "row 2 has 2 columns, the header 3"),
        ("2026-05-06T12:30:00Z,1,5\n2026-05-06T12:30:00Z,North Scotland,6", "row 3: a second"),
    ],
)
def test_a_bad_row_of_limits_is_named(tmp_path, row, message):
    file = tmp_path / "limits.csv"
    file.write_text(f"timestamp,region,capacity_kw\n{row}\n")
    with pytest.raises(DataError, match=message):
        parse_capacity([str(file)])


def test_limits_without_their_columns(tmp_path):
    file = tmp_path / "limits.csv"
    file.write_text("time,kw\n")
    with pytest.raises(DataError, match="there is no column timestamp"):
        parse_capacity([str(file)])
    with pytest.raises(GridctlError, match="cannot be read"):
        parse_capacity([str(tmp_path / "none.csv")])
