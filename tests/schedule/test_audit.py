"""The chain of decisions: intact as written, and whatever is done to it shows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.stored import at

from gridctl.config import load_config
from gridctl.schedule import schedule_workload
from gridctl.schedule.audit import row_hash, verify, verify_rows
from gridctl.schedule.job.workload import make_workload

AS_OF = at("2023-11-24T23:10Z")


@pytest.fixture
def trail(store):
    """Five decisions."""
    store.carbon("2023-11-24T23:00Z", [200] * 20 + [80] * 8 + [200] * 24)
    for number in range(5):
        workload = make_workload({"name": f"job {number}", "duration": timedelta(hours=4)})
        schedule_workload(load_config(), workload, as_of=AS_OF)
    return store


def test_as_written_it_is_intact(trail):
    found = verify(load_config())
    assert (found.rows, found.broken) == (5, None)
    assert (
        found.head
        == trail.execute("SELECT max_by(row_hash, sequence) FROM workload_schedules")[0][0]
    )


def test_empty_is_intact(store):
    assert verify(load_config()).rows == 0
    assert verify(load_config()).broken is None


@pytest.mark.parametrize(
    ("damage", "sequence", "word"),
    [
        ("UPDATE workload_schedules SET reason = 'nicer' WHERE sequence = 3", 3, "changed"),
        ("UPDATE workload_schedules SET expected_carbon_kg = 1 WHERE sequence = 2", 2, "changed"),
        ("UPDATE workload_schedules SET segments = '[]' WHERE sequence = 2", 2, "changed"),
        ("DELETE FROM workload_schedules WHERE sequence = 4", 5, "row 4 is missing"),
        ("DELETE FROM workload_schedules WHERE sequence = 1", 2, "row 1 is missing"),
        ("UPDATE workload_schedules SET prev_hash = NULL WHERE sequence = 2", 2, "follow"),
    ],
)
def test_damage_is_named_by_its_first_row(trail, gridctl, damage, sequence, word):
    trail.execute(damage)
    ran = gridctl("audit", "verify")
    assert ran.code == 1
    assert f"broken at row {sequence}," in ran.out
    assert word in ran.out
    document = json.loads(gridctl("audit", "verify", "-f", "json").out)
    assert (document["intact"], document["sequence"]) == (False, sequence)


def test_rows_cut_off_at_the_end_show_to_who_kept_a_hash(trail, gridctl):
    head = verify(load_config()).head
    assert gridctl("audit", "verify", "--head", head).code == 0
    trail.execute("DELETE FROM workload_schedules WHERE sequence = 5")
    assert gridctl("audit", "verify").code == 0
    cut = gridctl("audit", "verify", "--head", head)
    assert cut.code == 1
    assert "removed" in cut.out


def test_without_a_database(gridctl, tmp_path):
    assert gridctl("audit", "verify", "--db", tmp_path / "none.duckdb").code == 3


def chain(texts):
    rows, before = [], None
    for number, text in enumerate(texts, 1):
        row = {"sequence": number, "id": str(number), "workload_id": "w", "reason": text}
        row |= {"prev_hash": before}
        before = row_hash(row)
        rows.append({**row, "row_hash": before})
    return rows


@settings(max_examples=60)
@given(st.lists(st.text(max_size=5), min_size=1, max_size=6), st.data())
def test_any_one_change_is_found_where_it_is(texts, data):
    rows = chain(texts)
    assert verify_rows(rows).broken is None
    index = data.draw(st.integers(0, len(rows) - 1))
    row = rows[index]
    changed = data.draw(
        st.sampled_from([{"reason": row["reason"] + "!"}, {"row_hash": "0"}, {"prev_hash": "0"}])
    )
    found = verify_rows([*rows[:index], {**row, **changed}, *rows[index + 1 :]])
    assert (found.rows, found.sequence) == (index, index + 1)
