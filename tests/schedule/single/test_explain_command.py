"""``--explain`` and ``--output``: what is printed, recorded, drawn, and refused."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

DAY = "2023-11-25T00:00Z"
ASK = (
    "schedule-workload", "--energy", "5MWh", "--duration", "4h", "--earliest", DAY,
    "--deadline", "2023-11-25T12:00Z", "--as-of", "2023-11-24T23:00Z",
)  # fmt: skip


@pytest.fixture
def filled(store):
    store.carbon(DAY, [200] * 8 + [80] * 8 + [200] * 8 + [60] * 24)
    return store


def test_json_has_the_explanation_only_when_asked(filled, gridctl):
    plain = json.loads(gridctl(*ASK, "-f", "json").out)
    assert "explanation" not in plain
    explained = json.loads(gridctl(*ASK, "-f", "json", "--explain").out)
    first = explained["explanation"][0]
    assert first["about"] == "deadline"
    assert first["costs"] == {
        "carbon_kg": 100.0, "cost_gbp": None, "carbon_intensity": 20.0, "price_gbp_mwh": None,
    }  # fmt: skip
    assert first["other"]["start"] == "2023-11-25T12:00:00Z"
    assert first["step"] == "an hour more"
    assert {**explained, "explanation": None, "workload_id": None, "decision_id": None} == {
        **plain, "explanation": None, "workload_id": None, "decision_id": None,
    }  # fmt: skip


def test_it_is_recorded_with_the_decision(filled, gridctl):
    document = json.loads(gridctl(*ASK, "-f", "json", "--explain").out)
    plain = gridctl(*ASK, "-f", "json")
    assert "explanation" not in json.loads(plain.out)
    rows = filled.execute("SELECT decision_factors FROM workload_schedules ORDER BY sequence")
    kept = [json.loads(row[0])["explanation"] for row in rows]
    assert kept == [document["explanation"], document["explanation"]]


def test_the_text_in_80_columns(filled, gridctl):
    ran = gridctl(*ASK, "--explain", "--max-carbon", "90")
    assert "What the bounds cost:\n- the deadline 2023-11-25T12:00Z costs 100 kg (33 %)" in ran.out
    assert "\n- the cap of 90 g/kWh and the earliest start 2023-11-25T00:00Z cost" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "What the bounds cost" not in gridctl(*ASK).out
    refused = gridctl(*ASK, "--explain", "--max-carbon", "50")
    assert refused.code == 1
    assert "What stands in the way:\n- without the cap of 50 g/kWh" in refused.out


def test_other_formats_say_it_on_stderr(filled, gridctl):
    ran = gridctl(*ASK, "--explain", "-f", "csv")
    assert len(ran.out.splitlines()) == 2
    assert "note: the deadline 2023-11-25T12:00Z costs 100 kg" in ran.err
    start = gridctl(*ASK, "--explain", "-f", "start")
    assert len(start.out.splitlines()) == 1


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_picture_beside_the_answer(filled, gridctl, tmp_path, ending):
    pytest.importorskip("matplotlib")
    target = tmp_path / f"decision.{ending}"
    ran = gridctl(*ASK, "-f", "json", "--output", target)
    assert ran.code == 0
    assert json.loads(ran.out)["action"] == "defer"
    assert ran.err.endswith(f"\npicture: {target}\n")
    assert target.stat().st_size > 5000
    rejected = gridctl(*ASK, "--max-carbon", "50", "--output", target)
    assert rejected.code == 1
    assert "no start meets the request" in rejected.out


@pytest.mark.parametrize(
    ("name", "message"),
    [("a.pdf", "a picture ends in .png or .svg"), ("no/a.png", "there is no folder")],
)
def test_a_bad_path_is_refused_before_anything_is_recorded(
    filled, gridctl, tmp_path, name, message
):
    ran = gridctl(*ASK, "--output", tmp_path / name)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1
    assert filled.execute("SELECT count(*) FROM compute_workloads") == [(0,)]
    assert not (tmp_path / name).exists()


def test_matplotlib_is_loaded_for_a_picture_alone(filled):
    program = (
        "import sys; from gridctl.cli import run; "
        f"code = run({[*ASK, '--explain', '--dry-run']!r}); "
        "assert code == 0; assert 'matplotlib' not in sys.modules"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
