"""Which step may follow which, what it writes, and that the trail holds through all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schedule.stored import at

from gridctl.config import load_config
from gridctl.errors import StateError, UsageError
from gridctl.schedule.audit import verify
from gridctl.schedule.lifecycle.completion import complete
from gridctl.schedule.lifecycle.job import STATUSES, WAITING, find_job
from gridctl.schedule.lifecycle.replanning import replan
from gridctl.schedule.lifecycle.transitions import AFTER, ALLOWED, cancel, fail, start
from gridctl.store.connect import open_reader

DAY = "2023-11-25T00:00Z"
VERBS = ("start", "complete", "cancel", "fail", "replan")


@pytest.fixture
def filled(store):
    store.carbon(DAY, [200] * 16 + [80] * 8 + [200] * 96, issued="2023-11-24T23:00Z")
    return store


def take(verb, wanted, now):
    config = load_config()
    match verb:
        case "start":
            return start(config, wanted, None, now)
        case "complete":
            return complete(config, wanted, now)
        case "cancel":
            return cancel(config, wanted, None, now)
        case "fail":
            return fail(config, wanted, "exit code 1", now)
        case _:
            return replan(config, now)


def test_the_table_is_of_known_states():
    assert set(AFTER) == set(ALLOWED)
    assert {state for states in ALLOWED.values() for state in states} <= set(STATUSES)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(VERBS), max_size=6))
def test_any_sequence_keeps_states_legal_and_the_chain_whole(filled, plan, verbs):
    wanted, config = plan(), load_config()
    state = "deferred"
    for number, verb in enumerate(verbs, 1):
        now = at(DAY) + number * timedelta(minutes=7)
        if verb != "replan" and state not in ALLOWED[verb]:
            with pytest.raises(StateError, match=f"it is {state}"):
                take(verb, wanted, now)
        else:
            take(verb, wanted, now)
            state = AFTER.get(verb, state)
        with open_reader(config.database, timedelta(seconds=1)) as con:
            job = find_job(con, wanted)
        assert job.status == state
        assert (job.actual_start is not None) == (
            state in ("running", "completed", "failed")
            or (state == "cancelled" and "start" in verbs and job.actual_end is not None)
        )
        if job.actual_end is not None and job.actual_start is not None:
            assert job.actual_start < job.actual_end
    found = verify(config)
    assert found.broken is None
    [(cancelled,)] = filled.execute(
        "SELECT count(*) FROM workload_schedules WHERE action = 'cancel' AND workload_id = ?",
        [wanted],
    )
    assert cancelled == (state == "cancelled")


def test_a_cancellation_says_what_was_and_why(filled, plan):
    wanted = plan()
    filled.execute("UPDATE compute_workloads SET flexibility_revenue_gbp = 5")
    job = cancel(load_config(), wanted[:8], "no budget", at("2023-11-25T01:00Z"))
    assert filled.execute("SELECT flexibility_revenue_gbp FROM compute_workloads") == [(None,)]
    assert (job.status, job.carbon_kg, job.cost_gbp) == ("cancelled", None, None)
    [row] = filled.execute(
        """SELECT action, original_start, new_start, reason, expected_carbon_kg
           FROM workload_schedules ORDER BY sequence DESC LIMIT 1"""
    )
    assert row == ("cancel", at("2023-11-25T08:00Z"), None, "no budget", None)


def test_starts_are_told_of_the_past_only(filled, plan):
    wanted, now = plan(), at("2023-11-25T09:00Z")
    with pytest.raises(UsageError, match="still to come"):
        start(load_config(), wanted, now + timedelta(seconds=1), now)
    job = start(load_config(), wanted, at("2023-11-25T08:03Z"), now)
    assert (job.status, job.actual_start) == ("running", at("2023-11-25T08:03Z"))
    with pytest.raises(UsageError, match="not after its start"):
        complete(load_config(), wanted, now, at=at("2023-11-25T08:03Z"))


def test_completing_what_was_never_started_says_how(filled, plan, gridctl):
    wanted = plan()
    ran = gridctl("schedule", "complete", "train")
    assert ran.code == 1
    assert f"never started; first: gridctl schedule start {wanted[:8]} --at" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_failure_half_way_leaves_all_as_it_was(filled, plan, monkeypatch):
    wanted = plan()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("gridctl.schedule.lifecycle.transitions.update", broken)
    with pytest.raises(RuntimeError):
        cancel(load_config(), wanted, None, at("2023-11-25T01:00Z"))
    assert filled.execute("SELECT status FROM compute_workloads") == [("deferred",)]
    assert filled.execute("SELECT count(*) FROM workload_schedules") == [(1,)]


def test_an_unknown_one_is_exit_2_with_the_closest(filled, plan, gridctl):
    plan(name="nightly build")
    ran = gridctl("schedule", "cancel", "nightly bild")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean nightly build?" in ran.err


def test_looking_for_one_makes_no_database(gridctl, tmp_path):
    path = tmp_path / "none.duckdb"
    for verb in (*VERBS[:3], "show", "settle"):
        assert gridctl("schedule", verb, "train", "--db", path).code == 3
    assert not path.exists()


@pytest.mark.parametrize("state", sorted(set(STATUSES) - set(WAITING)))
def test_what_is_not_waiting_is_never_replanned(filled, plan, state):
    plan()
    filled.execute("UPDATE compute_workloads SET status = ?", [state])
    report = replan(load_config(), at("2023-11-25T01:00Z"))
    assert report.workloads == []
