"""Run a command when its workload is planned, here or handed over, and mark start and end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gridctl import clock
from gridctl.config import Config
from gridctl.errors import DatabaseError, GridctlError, StateError, UsageError
from gridctl.ops.handover import Via, check_program, inner_words, make_handover, submit
from gridctl.ops.wait import await_start, planned_start
from gridctl.schedule.lifecycle.completion import complete
from gridctl.schedule.lifecycle.job import Job
from gridctl.schedule.lifecycle.transitions import cancel, fail, start
from gridctl.schedule.lifecycle.writing import change_job, note, update
from gridctl.schedule.single.decision import Decision

Say = Callable[[str], None]
_PATIENCE = timedelta(minutes=2)  # for a busy database, once the command has run
_SIGNALLED = 128  # a shell's exit code for a process ended by signal n is 128 + n


class _TerminatedError(Exception):
    """SIGTERM came."""


def check(command: Sequence[str], via: Via | None) -> None:
    """Raise :class:`UsageError` unless there is a command that can be found, and a way to it."""
    if not command:
        raise UsageError("what should run? put the command last, after --: --run -- CMD ARGS")
    if via is not None:
        check_program(via)
    elif shutil.which(command[0]) is None:
        raise UsageError(f"there is no program {command[0]!r} to run")


def hand_over(
    config: Config, decision: Decision, command: Sequence[str], via: Via, say: Say
) -> str:
    """Give a decided workload's command to a scheduler; what that said.

    That it is handed over is written before it is: once the scheduler has it nothing fails any
    more, and it is not given twice. One that could not be handed over is cancelled. Raises
    :class:`GridctlError` then, and :class:`StateError` for one handed over before.
    """
    workload_id, begins = decision.workload_id, decision.start_to_the_minute()
    if workload_id is None or begins is None:
        raise StateError("only a recorded decision with a start can be handed over")
    now = clock.now()
    words = inner_words(config, workload_id, command)
    handover = make_handover(via, words, begins, now, workload_id, os.environ, Path.cwd())
    kept = {"via": via, "said": None, "at": clock.iso(now), "start": clock.iso(begins)}
    try:
        change_job(config, workload_id, lambda con, job: _intend(con, job, kept))
    except DatabaseError as error:
        raise type(error)(f"planned, but not handed over to {via}: {error}") from None
    try:
        said = submit(handover)
    except GridctlError as error:
        why = f"not handed over: {error}"
        try:
            cancel(config, workload_id, why, now)
        except GridctlError as trouble:
            say(f"not cancelled: {trouble}; by hand: gridctl schedule cancel {workload_id}")
        raise
    try:
        note(config, workload_id, {"handed_over": kept | {"said": said}})
    except GridctlError as trouble:
        say(f"what {via} said is not written down: {trouble}")
    return said


def _intend(con: Any, job: Job, kept: Mapping[str, Any]) -> None:
    if "handed_over" in job.metadata:
        raise StateError(f"{job.name} ({job.short_id}) was handed over before")
    update(con, job, {}, kept={"handed_over": kept})


def run_workload(
    config: Config, wanted: str, command: Sequence[str], say: Say, *, at_once: bool = False
) -> int:
    """Wait for a workload's start unless ``at_once``, run the command, and mark start and end.

    The command's exit code; 128 + n when signal n ended it. A busy database never keeps a command
    from running. Ended while it waits (Ctrl-C, SIGTERM), the workload stays as it was planned.
    Raises :class:`StateError` when it was cancelled or has begun, and :class:`UsageError` for an
    unknown workload or program.
    """
    check(command, None)
    job, begins = planned_start(config, wanted)
    with _sigterm_raises():
        try:
            if not at_once:
                if begins > clock.now():
                    say(f"waiting until {clock.iso(begins)} to run {job.name} ({job.short_id})")
                await_start(lambda: planned_start(config, job.id)[1], clock.now, time.sleep, say)
        except _TerminatedError:
            say(f"ended before its start; {job.name} ({job.short_id}) stays planned")
            return _SIGNALLED + signal.SIGTERM
        began = clock.now()
        is_marked = _mark(lambda: start(config, job.id, began, clock.now()), say)
        code = _run(command, job.id)
    _mark_end(config, job.id, began, code, is_marked, say)
    return code


def _run(command: Sequence[str], workload_id: str) -> int:
    """Run the command on this process's own input and output; its exit code, as shells have it."""
    environment = {**os.environ, "GRIDCTL_WORKLOAD_ID": workload_id}
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        sys.stderr.write(f"error: {command[0]}: {error.strerror}\n")
        return 126
    with process:
        while True:
            try:
                code = process.wait()
                return code if code >= 0 else _SIGNALLED - code
            except _TerminatedError:
                process.terminate()
            except KeyboardInterrupt:
                if not sys.stdin.isatty():  # a terminal has told the command itself
                    process.send_signal(signal.SIGINT)


def _mark(write: Callable[[], Any], say: Say) -> bool:
    """Whether it could be written; a busy or broken database is said, and no reason not to run."""
    try:
        write()
    except DatabaseError as error:
        say(f"not marked yet: {error}")
        return False
    return True


def _mark_end(
    config: Config, workload_id: str, began: datetime, code: int, is_marked: bool, say: Say
) -> None:
    """Mark the end, or say why not: the command has run, and its exit code is what is told."""
    patient = config.with_value("store.lock_timeout", _PATIENCE, "patience")
    ended = clock.now()
    try:
        if not is_marked:
            start(patient, workload_id, began, ended)
        if code == 0:
            complete(patient, workload_id, clock.now(), at=ended)
        else:
            fail(patient, workload_id, f"exit code {code}", ended)
    except StateError as error:  # cancelled, or completed by the command itself
        say(f"not marked: {error}")
    except Exception as error:  # whatever it is, the exit code must not be lost
        say(f"not marked: {' '.join(str(error).split())}")
        steps = [] if is_marked else [f"start {workload_id} --at {clock.iso(began)}"]
        steps += [f"complete {workload_id} --at {clock.iso(ended)}"] if code == 0 else []
        for step in steps:
            say(f"mark it by hand: gridctl schedule {step}")


@contextmanager
def _sigterm_raises() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TerminatedError

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
