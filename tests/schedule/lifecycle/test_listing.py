"""Lists, and everything about one workload."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from schedule.stored import at

from gridctl.config import load_config
from gridctl.schedule import schedule_workload
from gridctl.schedule.job.workload import make_workload
from gridctl.schedule.lifecycle.retell import retell

DAY = "2023-11-25T00:00Z"


@pytest.fixture
def filled(store):
    store.carbon(DAY, [200] * 16 + [80] * 8 + [200] * 96, issued="2023-11-24T23:00Z")
    return store


def test_newest_first_and_by_state(filled, plan, gridctl):
    for name in ("first", "second", "third"):
        plan(name=name)
    gridctl("schedule", "cancel", "second")
    names = [row["name"] for row in json.loads(gridctl("schedule", "list", "-f", "json").out)]
    assert names == ["third", "second", "first"]
    ran = gridctl("schedule", "list", "--status", "cancelled", "-f", "jsonl")
    assert [json.loads(line)["name"] for line in ran.out.splitlines()] == ["second"]
    assert len(json.loads(gridctl("schedule", "list", "--limit", 1, "-f", "json").out)) == 1
    table = list(csv.DictReader(io.StringIO(gridctl("schedule", "list", "-f", "csv").out)))
    assert [float(row["carbon_kg"] or 0) for row in table] == [32, 0, 32]
    assert max(map(len, gridctl("schedule", "list").out.splitlines())) <= 80
    assert gridctl("schedule", "list", "--limit", 0).code == 2


def test_none_yet(store, gridctl):
    ran = gridctl("schedule", "list")
    assert (ran.code, ran.err) == (0, "no workloads yet\n")
    assert json.loads(gridctl("schedule", "list", "-f", "json").out) == []
    assert gridctl("schedule", "list", "-f", "csv").out.count("\n") == 1
    ran = gridctl("schedule", "show", "any")
    assert ran.code == 2
    assert "none were scheduled yet" in ran.err


def test_everything_about_one(filled, plan, gridctl):
    wanted = plan(max_carbon=150.0)
    for name in (wanted, wanted[:6], "train"):
        document = json.loads(gridctl("schedule", "show", name, "--format", "json").out)
        assert document["workload"]["id"] == wanted
    assert document["request"]["max_carbon"] == 150
    [decision] = document["decisions"]
    assert decision["before"] == "2023-11-25T00:00:00Z"
    assert decision["after"] == "2023-11-25T08:00:00Z"
    assert decision["reason"].startswith("deferred 8h")
    assert len(decision["segments"]) == 8
    assert decision["factors"]["caps"] == {"max_carbon": 150.0}
    assert document["expected"]["carbon_kg"] == pytest.approx(32)
    assert document["expected"]["carbon_intensity"] == pytest.approx(80)
    assert document["settled"] is None
    text = gridctl("schedule", "show", "train").out
    assert max(map(len, text.splitlines())) <= 80
    assert "defer: 2023-11-25 00:00Z -> 2023-11-25 08:00Z" in text


def test_the_newest_of_a_name_and_an_ambiguous_beginning(filled, plan, gridctl):
    older, newer = plan(), plan()
    document = json.loads(gridctl("schedule", "show", "train", "-f", "json").out)
    assert document["workload"]["id"] == newer
    filled.execute("DELETE FROM workload_schedules")
    filled.execute(
        "UPDATE compute_workloads SET id = 'abcdef00-0000-4000-8000-000000000001' WHERE id = ?",
        [older],
    )
    filled.execute(
        "UPDATE compute_workloads SET id = 'abcdef00-0000-4000-8000-000000000002' WHERE id = ?",
        [newer],
    )
    ran = gridctl("schedule", "show", "abcdef")
    assert ran.code == 2
    assert "begins more than one id" in ran.err


def test_a_job_of_unknown_energy_has_its_mean(filled, plan, gridctl):
    plan(energy_kwh=None)
    expected = json.loads(gridctl("schedule", "show", "train", "-f", "json").out)["expected"]
    assert expected["carbon_kg"] is None
    assert expected["carbon_intensity"] == pytest.approx(80)


def test_the_mean_is_over_all_that_is_drawn(store, plan, gridctl):
    """A restart draws 2 kWh beside the job's own 10, all of them at 50 g/kWh."""
    values = [50] * 2 + [400] * 8 + [50] * 2 + [400] * 84
    store.carbon(DAY, values, issued="2023-11-24T23:00Z")
    plan(duration=timedelta(hours=2), energy_kwh=10.0, interruptible=True, restart_energy_kwh=2.0)
    expected = json.loads(gridctl("schedule", "show", "train", "-f", "json").out)["expected"]
    assert expected["carbon_kg"] == pytest.approx(0.6)
    assert expected["energy_kwh"] == pytest.approx(12)
    assert expected["carbon_intensity"] == pytest.approx(50)


def test_rows_that_others_wrote_are_shown_too(filled, gridctl):
    filled.execute(
        """INSERT INTO compute_workloads (id, workload_name, metadata, earliest_start)
           VALUES (uuid(), 'by hand', '["odd"]', ?)""",
        [at(DAY)],
    )
    ran = gridctl("schedule", "show", "by hand")
    assert ran.code == 0, ran.err
    assert "by hand" in gridctl("schedule", "list").out


def test_the_plan_is_drawn_with_why(filled, plan, gridctl, tmp_path):
    wanted = plan(max_carbon=150.0)
    filled.vintage("2023-11-24T23:00Z", DAY, [200] * 16 + [80] * 8 + [200] * 96)
    filled.carbon(DAY, [50] * 120, issued="2023-11-25T01:00Z")  # later: not what was decided on
    ran = gridctl("schedule", "show", wanted)
    assert ran.err == ""
    assert "━" in ran.out
    assert "\n- " in ran.out  # what bounds it, or why not the next best
    assert max(map(len, ran.out.splitlines())) <= 80
    picture = tmp_path / "plan.svg"
    ran = gridctl("schedule", "show", wanted, "--output", picture)
    assert (ran.code, ran.err) == (0, f"picture: {picture}\n")
    assert "deferred to" in picture.read_text()
    assert gridctl("schedule", "show", wanted, "--output", tmp_path / "plan.txt").code == 2


def test_a_plan_that_moved_is_drawn_as_it_was_decided_anew(filled, plan, gridctl, set_clock):
    wanted = plan()
    set_clock("2023-11-25T01:00Z")
    filled.carbon(DAY, [200] * 24 + [40] * 8 + [200] * 88, issued="2023-11-25T00:45Z")
    assert gridctl("schedule", "replan").code == 0
    decision = retell(load_config(), wanted)
    assert decision.expected.start == at("2023-11-25T12:00Z")
    assert decision.decided_at == at("2023-11-25T01:00Z")
    assert decision.reason.startswith("from 2023-11-25T08:00Z to 2023-11-25T12:00Z")
    assert gridctl("schedule", "show", wanted).err == ""


def test_what_no_longer_leads_to_the_run_is_told_not_drawn(filled, plan, gridctl, tmp_path):
    wanted = plan()
    filled.execute("DELETE FROM forecast_vintages")
    filled.execute("DELETE FROM carbon_intensity_national")
    ran = gridctl("schedule", "show", wanted)
    assert ran.code == 0
    assert ran.err.startswith("not drawn: ")
    assert "defer: 2023-11-25 00:00Z" in ran.out
    picture = tmp_path / "plan.svg"
    ran = gridctl("schedule", "show", wanted, "--output", picture)
    assert ran.code == 5
    assert not picture.exists()


def test_what_is_made_up_is_named(store, set_clock, gridctl):
    now = set_clock(DAY)
    store.carbon(DAY, [200] * 16 + [80] * 104, issued="2023-11-24T23:00Z", source="synthetic")
    asked = make_workload(
        {
            "name": "train",
            "duration": timedelta(hours=4),
            "energy_kwh": 400.0,
            "deadline": now + timedelta(hours=24),
        }
    )
    schedule_workload(load_config(), asked, allow_synthetic=True)
    assert "Note: synthetic data: made up" in gridctl("schedule", "show", "train").out
