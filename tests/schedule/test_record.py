"""The audit trail: what is written, chained, and can be asked again."""

from __future__ import annotations

import json
from datetime import timedelta

import duckdb
import pytest
from schedule.stored import at

from gridctl.config import load_config
from gridctl.errors import DatabaseBusyError
from gridctl.schedule import audit, schedule_workload
from gridctl.schedule.audit import row_hash
from gridctl.schedule.job.workload import from_request, make_workload

DAY = "2023-11-25T00:00Z"
AS_OF = at("2023-11-24T23:10Z")


def ask(**given):
    given = {"name": "train", "energy_kwh": 5000.0, "duration": timedelta(hours=4)} | given
    return make_workload({"earliest": at(DAY)} | given)


def rows(store, table):
    with duckdb.connect(str(store.path)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"SELECT * FROM {table} ORDER BY created_at")
        names = [column[0] for column in con.description]
        return [dict(zip(names, row, strict=True)) for row in con.fetchall()]


@pytest.fixture
def filled(store):
    store.carbon("2023-11-24T23:00Z", [190, 190] + [200] * 16 + [80] * 8 + [200] * 24)
    store.renewable("2023-11-24T23:00Z", [30] * 50)
    store.prices("2023-11-24T23:00Z", [60] * 50, kind="day_ahead_auction")
    return store


def test_a_decision_is_written_whole(filled):
    workload = ask(max_carbon=150.0, min_renewable=10.0)
    decision = schedule_workload(load_config(), workload, as_of=AS_OF)
    (job,) = rows(filled, "compute_workloads")
    (row,) = rows(filled, "workload_schedules")
    assert str(job["id"]) == decision.workload_id == str(row["workload_id"])
    assert str(row["id"]) == decision.decision_id
    assert job["status"] == "deferred"
    assert job["scheduled_start"] == row["new_start"] == at("2023-11-25T08:00Z")
    assert job["estimated_duration_hours"] == 4
    assert job["carbon_emitted_kg"] == row["expected_carbon_kg"] == pytest.approx(400)
    assert job["cost_gbp"] == row["expected_cost_gbp"] == pytest.approx(300)
    assert (row["action"], row["sequence"], row["prev_hash"]) == ("defer", 1, None)
    assert row["decision_timestamp"] == AS_OF
    assert row["carbon_intensity_at_decision"] == 190
    assert row["renewable_mix_at_decision"] == 30
    assert row["price_at_decision_gbp_mwh"] == 60
    assert json.loads(row["segments"]) == decision.as_dict()["segments"]
    factors = json.loads(row["decision_factors"])
    assert factors["caps"] == {"max_carbon": 150.0, "min_renewable": 10.0}
    assert factors["signal"]["carbon"] == {"last_revision": 48}
    assert factors["signal"]["known_at"] == AS_OF.isoformat()
    assert factors["carbon_price_gbp_t"] == 85


def test_the_request_can_be_asked_again(filled):
    workload = ask(max_carbon=150.0, cap_mode="mean", start=at("2023-11-25T01:00Z"))
    first = schedule_workload(load_config(), workload, as_of=AS_OF)
    (job,) = rows(filled, "compute_workloads")
    request = json.loads(job["metadata"])["request"]
    again = from_request(request)
    assert again == workload
    assert at(request["as_of"]) == AS_OF
    assert request["allow_synthetic"] is False
    second = schedule_workload(load_config(), again, as_of=AS_OF, dry_run=True)
    assert second.expected == first.expected


def test_rows_are_chained(filled):
    for cap in (None, 150.0, 20.0):
        schedule_workload(load_config(), ask(max_carbon=cap), as_of=AS_OF)
    chain = rows(filled, "workload_schedules")
    assert [row["sequence"] for row in chain] == [1, 2, 3]
    assert [row["action"] for row in chain] == ["defer", "defer", "reject"]
    before = None
    for row in chain:
        assert row["prev_hash"] == before
        assert row["row_hash"] == row_hash(row), "the hash of the row as read back"
        before = row["row_hash"]
    assert row_hash(chain[1] | {"reason": "tampered"}) != chain[1]["row_hash"]
    assert row_hash(chain[1] | {"expected_carbon_kg": 0.0}) != chain[1]["row_hash"]


def test_a_rejection_is_recorded_as_infeasible(filled):
    schedule_workload(load_config(), ask(max_carbon=20.0), as_of=AS_OF)
    (job,) = rows(filled, "compute_workloads")
    (row,) = rows(filled, "workload_schedules")
    assert (job["status"], job["scheduled_start"]) == ("infeasible", None)
    assert (row["action"], row["new_start"], row["expected_carbon_kg"]) == ("reject", None, None)
    assert row["baseline_carbon_kg"] == pytest.approx(1000)


def test_a_region_is_recorded_by_its_id(filled):
    filled.carbon(DAY, [50] * 48, region=1)
    filled.carbon(DAY, [60] * 48, region=13)
    schedule_workload(load_config(), ask(regions=(13, 1), home=13), as_of=AS_OF)
    [(number, status)] = filled.execute(
        """SELECT region_number, status FROM compute_workloads
           JOIN uk_regions ON uk_regions.id = scheduled_region_id"""
    )
    assert (number, status) == (1, "scheduled")


def test_a_dry_run_writes_nothing(filled):
    decision = schedule_workload(load_config(), ask(), as_of=AS_OF, dry_run=True)
    assert decision.workload_id is None
    assert rows(filled, "compute_workloads") == rows(filled, "workload_schedules") == []


def test_a_failure_half_way_leaves_nothing(filled, monkeypatch):
    def fail(row):
        raise RuntimeError("power cut")

    monkeypatch.setattr(audit, "row_hash", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        schedule_workload(load_config(), ask(), as_of=AS_OF)
    assert rows(filled, "compute_workloads") == []


def test_a_busy_database_is_said(filled, monkeypatch):
    def busy(path, lock_timeout):
        raise DatabaseBusyError("held")

    monkeypatch.setattr("gridctl.store.connect.open_writer", busy)
    with pytest.raises(DatabaseBusyError):
        schedule_workload(load_config(), ask(), as_of=AS_OF)
