"""Give a command to ``at``, Slurm or systemd, to be started when its workload is planned."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from gridctl.config import SETTINGS, Config
from gridctl.errors import GridctlError, UsageError
from gridctl.ops.cron import program_words

Via = Literal["at", "sbatch", "systemd"]
PROGRAMS: Mapping[Via, str] = {"at": "at", "sbatch": "sbatch", "systemd": "systemd-run"}
_LONGEST_WAIT = 60  # seconds for a queue to answer


@dataclass(frozen=True)
class Handover:
    """What is called, and what it is given to read."""

    argv: Sequence[str]
    given: str = ""


def check_program(via: Via) -> None:
    """Raise :class:`UsageError` when this machine lacks the program."""
    program = PROGRAMS[via]
    if shutil.which(program) is None:
        raise UsageError(
            f"--via {via}: this machine has no {program}; choose another, or wait here with --run"
        )


def inner_words(config: Config, workload_id: str, command: Sequence[str]) -> list[str]:
    """The command wrapped so that start and end are marked: ``gridctl schedule run ID -- CMD``."""
    words = [*program_words(), "--db", os.path.abspath(config.database)]
    if config.path.exists():
        words += ["--config", os.path.abspath(config.path)]
    return [*words, "schedule", "run", workload_id, "--", *command]


def make_handover(
    via: Via,
    words: Sequence[str],
    start: datetime,
    now: datetime,
    workload_id: str,
    environ: Mapping[str, str],
    folder: Path,
) -> Handover:
    """How ``words`` are handed over to begin at ``start``, a whole minute.

    ``at`` and Slurm read this machine's local time, systemd is told UTC. systemd starts a user's
    unit with an environment of its own, so PATH and the settings go along.
    """
    local = start.astimezone()
    match via:
        case "at":
            return Handover(["at", "-t", f"{local:%Y%m%d%H%M}"], f"{shlex.join(words)}\n")
        case "sbatch":
            return Handover(
                [
                    "sbatch", "--parsable", f"--begin={local:%Y-%m-%dT%H:%M:%S}",
                    f"--job-name=gridctl-{workload_id[:8]}", f"--wrap={shlex.join(words)}",
                ]
            )  # fmt: skip
        case "systemd":
            when = [
                f"--on-calendar={start.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
                "--timer-property=AccuracySec=1s",
            ]
            return Handover(
                [
                    "systemd-run", "--user", f"--unit=gridctl-{workload_id[:8]}",
                    *(when if start > now else []),  # a moment gone by would never come
                    f"--working-directory={folder}",
                    *(f"--setenv={name}={value}" for name, value in _kept(environ).items()),
                    "--", *words,
                ]
            )  # fmt: skip


def _kept(environ: Mapping[str, str]) -> dict[str, str]:
    """PATH and the settings in variables; secrets stay out of a command line."""
    names = ["PATH", *(s.variable for s in SETTINGS if not s.secret)]
    return {name: environ[name] for name in names if environ.get(name)}


def submit(handover: Handover) -> str:
    """Call the program; what it said, in one line, which names its job.

    Raises :class:`GridctlError` when it refuses.
    """
    program = handover.argv[0]
    try:
        ran = subprocess.run(
            handover.argv, input=handover.given, capture_output=True, text=True, errors="replace",
            check=False, timeout=_LONGEST_WAIT,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GridctlError(f"{program} could not be asked: {error}") from None
    # at and systemd-run name the job on stderr, sbatch on stdout
    said = " ".join(f"{ran.stdout} {ran.stderr}".split())
    if ran.returncode != 0:
        raise GridctlError(f"{program} refused: {said or f'exit code {ran.returncode}'}")
    return said
