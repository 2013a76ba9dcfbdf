"""Commands run at their time, or handed over; start and end are marked; the exit code is theirs."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from processes import held
from schedule.stored import Store

from gridctl import clock
from gridctl.config import load_config
from gridctl.errors import DatabaseBusyError, StateError
from gridctl.ops import launch
from gridctl.ops.handover import make_handover
from gridctl.ops.wait import STEP, await_start
from gridctl.schedule import schedule_workload
from gridctl.schedule.job.workload import make_workload
from gridctl.store.connect import init

PLAN = ("schedule-workload", "--name", "job", "--duration", "30m", "--energy", "10kWh")
ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "gridctl"]


@pytest.fixture
def store() -> Store:
    """A forecast from yesterday on, the present half hour the cleanest."""
    path = load_config().database
    init(path, timedelta(seconds=5))
    store = Store(path)
    slot = clock.floor_half_hour(clock.now())
    begins = slot - timedelta(hours=2)
    values = [200.0] * 4 + [50.0, 50.0] + [200.0] * 60
    store.carbon(clock.iso(begins), values, issued=clock.iso(clock.now() - timedelta(hours=1)),
                 fetched=clock.iso(clock.now()))  # fmt: skip
    return store


@pytest.fixture
def later(store: Store, gridctl: Any) -> str:
    """A workload planned hours ahead."""
    soon = clock.iso(clock.now() + timedelta(hours=3))
    ran = gridctl(*PLAN, "--earliest", soon, "--start", soon, "-f", "json")
    return str(json.loads(ran.out)["workload_id"])


def fake(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, body: str) -> Path:
    """A program on PATH that writes its arguments, a line each, and its input beside itself."""
    (folder / "bin").mkdir(exist_ok=True)
    log = folder / f"{name}.log"
    program = folder / "bin" / name
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {log}\ncat > {log}.in\n{body}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
    return log


def busy(*_: Any, **__: Any) -> None:
    raise DatabaseBusyError("held by another")


def state(store: Store) -> tuple[Any, ...]:
    [row] = store.execute(
        "SELECT status, actual_start IS NOT NULL, actual_end IS NOT NULL FROM compute_workloads"
    )
    return row


def test_it_runs_here_and_is_completed(store: Store, gridctl: Any, tmp_path: Path) -> None:
    made = tmp_path / "made"
    script = f'printf "%s" "$GRIDCTL_WORKLOAD_ID" > {made}'
    ran = gridctl(*PLAN, "--run", "--", "sh", "-c", script)
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert state(store) == ("completed", True, True)
    [(found,)] = store.execute("SELECT id::VARCHAR FROM compute_workloads")
    assert made.read_text() == found


@pytest.mark.parametrize(("script", "code"), [("exit 3", 3), ("kill -9 $$", 137)])
def test_a_command_that_fails(store: Store, gridctl: Any, script: str, code: int) -> None:
    ran = gridctl(*PLAN, "--run", "--", "sh", "-c", script)
    assert ran.code == code
    assert state(store) == ("failed", True, True)
    [(kept,)] = store.execute("SELECT metadata ->> '$.steps[1].reason' FROM compute_workloads")
    assert kept == f"exit code {code}"


def test_a_command_may_complete_itself_with_its_meter(store: Store, gridctl: Any) -> None:
    words = shlex.join([*PROGRAM, "-q", "schedule", "complete"])
    script = f'sleep 0.05; {words} "$GRIDCTL_WORKLOAD_ID" --energy 9kWh > /dev/null'
    ran = gridctl(*PLAN, "--run", "--", "sh", "-c", script)
    assert ran.code == 0, ran.err
    assert store.execute("SELECT status, actual_energy_kwh FROM compute_workloads") == [
        ("completed", 9.0)
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--run",), "what should run?"),
        (("--run", "--", "no-such-program"), "no program 'no-such-program'"),
        (("stray",), "unexpected 'stray'"),
        (("--run", "--dry-run", "--", "true"), "no --dry-run"),
        (("--via", "at"), "what should run?"),
    ],
)
def test_usage_is_refused_before_anything_is_recorded(
    store: Store, gridctl: Any, words: Any, message: str
) -> None:
    ran = gridctl(*PLAN, *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert store.execute("SELECT count(*) FROM compute_workloads") == [(0,)]


def test_an_infeasible_one_runs_nothing(store: Store, gridctl: Any, tmp_path: Path) -> None:
    made = tmp_path / "made"
    ran = gridctl(*PLAN, "--max-carbon", "1", "--run", "--", "touch", made)
    assert ran.code == 1
    assert not made.exists()


@pytest.mark.parametrize("via", ["at", "sbatch", "systemd"])
def test_without_the_program_it_is_said(
    store: Store, gridctl: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, via: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = gridctl(*PLAN, "--via", via, "--", "true")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert f"--via {via}: this machine has no " in ran.err
    assert store.execute("SELECT count(*) FROM compute_workloads") == [(0,)]


def test_handed_to_at_and_run_by_it(
    store: Store, gridctl: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["gridctl"])
    log = fake(monkeypatch, tmp_path, "at", "echo 'job 7 at noon' >&2")
    ran = gridctl(*PLAN, "--via", "at", "-f", "json", "--", "sh", "-c", "exit 4")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    start = datetime.fromisoformat(document["start"])
    option, stamp = log.read_text().split()
    assert option == "-t"
    assert abs(datetime.strptime(stamp, "%Y%m%d%H%M").astimezone() - start) < timedelta(minutes=1)
    assert "handed over to at: job 7 at noon" in ran.err
    assert store.execute("SELECT metadata ->> '$.handed_over.via' FROM compute_workloads") == [
        ("at",)
    ]
    command = Path(f"{log}.in").read_text()
    assert f"schedule run {document['workload_id']} -- sh -c 'exit 4'" in command
    at_once = command.replace("schedule run", "schedule run --now")
    done = subprocess.run(["sh", "-c", at_once], env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 4
    assert state(store)[0] == "failed"


def test_a_refusal_cancels_it(
    store: Store, gridctl: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake(monkeypatch, tmp_path, "sbatch", "echo 'no partition' >&2; exit 1")
    ran = gridctl(*PLAN, "--via", "sbatch", "--", "true")
    assert ran.code == 1
    assert "sbatch refused: no partition" in ran.err
    assert state(store)[0] == "cancelled"


def test_once_it_is_handed_over_a_busy_database_is_only_said(
    store: Store, gridctl: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = fake(monkeypatch, tmp_path, "sbatch", "echo 17")
    monkeypatch.setattr(launch, "note", busy)
    ran = gridctl(*PLAN, "--via", "sbatch", "--", "true")
    assert ran.code == 0, ran.err
    assert "what sbatch said is not written down: held by another" in ran.err
    assert "handed over to sbatch: 17" in ran.err
    assert log.exists()
    [(kept,)] = store.execute("SELECT metadata ->> '$.handed_over.via' FROM compute_workloads")
    assert kept == "sbatch"


def test_what_cannot_be_written_down_first_is_not_handed_over(
    store: Store, gridctl: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = fake(monkeypatch, tmp_path, "sbatch", "echo 17")
    monkeypatch.setattr(launch, "change_job", busy)
    ran = gridctl(*PLAN, "--via", "sbatch", "--", "true")
    assert ran.code == 3
    assert "error: planned, but not handed over to sbatch: held by another" in ran.err
    assert not log.exists()


def test_a_refusal_is_told_also_when_it_cannot_be_cancelled(
    store: Store, gridctl: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake(monkeypatch, tmp_path, "sbatch", "echo 'no partition' >&2; exit 1")
    monkeypatch.setattr(launch, "cancel", busy)
    ran = gridctl(*PLAN, "--via", "sbatch", "--", "true")
    assert ran.code == 1
    assert "not cancelled: held by another; by hand: gridctl schedule cancel " in ran.err
    assert "sbatch refused: no partition" in ran.err


def test_it_is_not_handed_over_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = fake(monkeypatch, tmp_path, "sbatch", "echo 17")
    workload = make_workload({"duration": timedelta(minutes=30), "energy_kwh": 10.0})
    decision = schedule_workload(load_config(), workload)
    assert launch.hand_over(load_config(), decision, ["true"], "sbatch", pytest.fail) == "17"
    log.unlink()
    with pytest.raises(StateError, match="was handed over before"):
        launch.hand_over(load_config(), decision, ["true"], "sbatch", pytest.fail)
    assert not log.exists()


def test_what_each_is_called_with() -> None:
    words = ["gridctl", "schedule", "run", "abcdefgh-1", "--", "echo", "a b", "$HOME", "5%"]
    start, now = datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC)
    made: Any = lambda via, moment=now: make_handover(  # noqa: E731
        via, words, start, moment, "abcdefgh-1", {"PATH": "/bin", "GRIDCTL_DB": "x"}, Path("/here")
    )
    local = start.astimezone()
    at = made("at")
    assert at.argv == ["at", "-t", f"{local:%Y%m%d%H%M}"]
    assert shlex.split(at.given) == words
    sbatch = made("sbatch").argv
    assert f"--begin={local:%Y-%m-%dT%H:%M:%S}" in sbatch
    assert shlex.split(sbatch[-1].removeprefix("--wrap=")) == words
    systemd = made("systemd").argv
    assert "--on-calendar=2026-03-29 01:00:00 UTC" in systemd
    assert systemd[systemd.index("--") + 1 :] == words
    assert "--setenv=PATH=/bin" in systemd
    gone_by = made("systemd", start + timedelta(seconds=1)).argv
    assert not [word for word in gone_by if word.startswith("--on-calendar")]


# -- waiting ----------------------------------------------------------------------------------


class Clock:
    """A wall clock that only sleeping moves, and a suspend now and then."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
        self.slept: list[float] = []
        self.jump = timedelta(0)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds) + self.jump
        self.jump = timedelta(0)


def test_it_sleeps_in_short_steps_until_the_start() -> None:
    wall = Clock()
    start = wall.now + timedelta(hours=2, seconds=7)
    await_start(lambda: start, lambda: wall.now, wall.sleep, pytest.fail)
    assert wall.now == start
    assert max(wall.slept) == STEP.total_seconds()


def test_a_suspended_machine_wakes_late_not_never() -> None:
    wall = Clock()
    wall.jump = timedelta(hours=5)
    start = wall.now + timedelta(hours=2)
    await_start(lambda: start, lambda: wall.now, wall.sleep, pytest.fail)
    assert len(wall.slept) == 1


def test_a_clock_set_back_is_waited_out() -> None:
    wall = Clock()
    wall.jump = -timedelta(hours=1)
    start = wall.now + timedelta(minutes=10)
    await_start(lambda: start, lambda: wall.now, wall.sleep, pytest.fail)
    assert wall.now == start


def test_a_replan_is_followed_both_ways() -> None:
    wall, said = Clock(), []
    begun = wall.now
    starts = {0: timedelta(hours=1), 20: timedelta(hours=3), 100: timedelta(hours=2)}

    def look() -> datetime:
        minute = (wall.now - begun) / timedelta(minutes=1)
        return begun + starts[max(m for m in starts if m <= minute)]

    await_start(look, lambda: wall.now, wall.sleep, said.append)
    assert wall.now == begun + timedelta(hours=2)
    assert len(said) == 2


def test_a_cancellation_ends_the_wait_and_a_busy_database_does_not() -> None:
    wall, looks = Clock(), []

    def look() -> datetime:
        looks.append(wall.now)
        if len(looks) == 2:
            raise DatabaseBusyError("held")
        if len(looks) == 3:
            raise StateError("it is cancelled")
        return datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    with pytest.raises(StateError):
        await_start(look, lambda: wall.now, wall.sleep, pytest.fail)
    assert len(looks) == 3


def test_what_was_cancelled_is_not_run(store: Store, later: str, gridctl: Any) -> None:
    gridctl("schedule", "cancel", later)
    ran = gridctl("schedule", "run", later, "--now", "--", "true")
    assert ran.code == 1
    assert "is cancelled" in ran.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_ended_while_waiting_it_stays_planned(
    store: Store, later: str, number: signal.Signals, code: int
) -> None:
    words = [*PROGRAM, "schedule", "run", later, "--", "true"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    with process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("waiting until")
        process.send_signal(number)
        assert process.wait(10) == code
        assert "Traceback" not in process.stderr.read()
    assert state(store)[0] in ("scheduled", "deferred")


def test_sigterm_is_passed_on_to_the_command(store: Store, later: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap 'exit 9' TERM; touch {ready}; while :; do sleep 0.02; done"
    words = [*PROGRAM, "-q", "schedule", "run", later, "--now", "--", "sh", "-c", script]
    with subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        for _ in range(500):
            if ready.exists():
                break
            time.sleep(0.02)
        process.terminate()
        assert process.wait(10) == 9
    assert state(store) == ("failed", True, True)


def test_a_busy_database_keeps_nothing_from_running(
    store: Store, later: str, gridctl: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Somebody opens the file just before the start, and lets go before the end."""
    config = load_config().with_value("store.lock_timeout", timedelta(0), "test")
    made, path = tmp_path / "made", load_config().database
    holding = held(path, read_only=False)
    run = launch._run

    def between(command: Any, workload_id: str) -> int:
        code = run(command, workload_id)
        holding.__exit__(None, None, None)
        return code

    mark = launch.start

    def busy_at_first(*args: Any) -> Any:
        if not made.exists():
            holding.__enter__()
        return mark(*args)

    monkeypatch.setattr(launch, "_run", between)
    monkeypatch.setattr(launch, "start", busy_at_first)
    said: list[str] = []
    words = ["touch", str(made)]
    assert launch.run_workload(config, later, words, said.append, at_once=True) == 0
    assert made.exists()
    assert "not marked yet" in said[0]
    assert state(store) == ("completed", True, True)


@pytest.mark.parametrize("code", [0, 3])
def test_whatever_stands_in_the_way_of_marking_the_exit_code_is_kept(
    store: Store, later: str, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("no disk\nat all")

    monkeypatch.setattr(launch, "complete", breaks)
    monkeypatch.setattr(launch, "fail", breaks)
    said: list[str] = []
    words = ["sh", "-c", f"exit {code}"]
    assert launch.run_workload(load_config(), later, words, said.append, at_once=True) == code
    assert said[0] == "not marked: no disk at all"
    by_hand = [f"mark it by hand: gridctl schedule complete {later} --at "] if code == 0 else []
    assert [line[: len(by_hand[0])] for line in said[1:]] == by_hand


def test_a_price_file_that_went_away_does_not_keep_it_from_being_marked(
    store: Store, later: str, gridctl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "flat")
    ran = gridctl("schedule", "run", later, "--now", "--", "true")
    assert (ran.code, ran.err) == (0, "")
    assert state(store) == ("completed", True, True)
