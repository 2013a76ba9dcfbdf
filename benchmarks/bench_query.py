"""Views, canned queries and whole commands on ten years of data, each beside its goal.

Run: python benchmarks/decade.py FOLDER; python benchmarks/bench_query.py FOLDER/grid.duckdb [WORD]
WORD keeps only what has it in its name. What is asked is asked as of decade.AS_OF. The catalogue
is read for what there is to ask, so a new query is measured without a word here; a command that
this gridctl does not have is left out. The database is not changed. Held against the goal is the
lesser of seconds and seconds of CPU: on a machine that others use too, the clock counts their work.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from decade import AS_OF

from gridctl.clock import iso
from gridctl.config import load_config
from gridctl.query import guard
from gridctl.query.catalogue import Query, all_queries, convert_params
from gridctl.query.engine import ask
from gridctl.resources import schema_dir
from gridctl.store.connect import open_reader

MEASURED = Path(__file__).with_name("measured.py")
ROUNDS = 5
DECADE_HOURS = 87_660
LAST_MONTH = iso(AS_OF - timedelta(days=31))
# Milliseconds in the database and as a command. Nobody set a goal for printing ten years of rows.
DEFAULT_GOALS, DECADE_GOALS = (100.0, 400.0), (1_000.0, math.inf)
MEMORY_GOAL_MIB, FILE_GOAL_MB = 1024, 900
BAD_USAGE = 2
# Whole commands with their goals in seconds. {folder} is emptied afterwards.
COMMANDS = {
    "status": 1.0,
    "store status": 1.0,
    "schedule workload --energy 5MWh --duration 4h --region any --allow-synthetic --dry-run": 1.0,
    "schedule workload --energy 5MWh --duration 4h --region any --allow-synthetic --dry-run "
    "--forecast corrected": 1.0,
    "store check": 10.0,
    "store export --format parquet --to {folder}/all": 10.0,
    "report --last 90d --output {folder}/report.html": 6.0,
}
# What takes a moment besides the queries.
TAKES_AS_OF = ("status", "schedule", "report")


@dataclass(frozen=True)
class Case:
    """One question: its SQL and values, how it is asked on the command line, and its goals."""

    name: str
    sql: str
    values: Mapping[str, Any]
    arguments: tuple[str, ...]
    engine_goal_ms: float
    command_goal_ms: float


@dataclass(frozen=True)
class Ran:
    """What one process took."""

    seconds: float
    cpu: float
    peak_mib: float
    code: int


def main() -> None:
    database, word = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    size = database.stat().st_size / 1e6
    print(f"DuckDB {duckdb.__version__}, as of {iso(AS_OF)}, the quickest of {ROUNDS}")
    print(f"file {size:.0f} MB{_verdict(size, FILE_GOAL_MB)}")
    print(
        f"{'milliseconds':<52}{'rows':>8}{'engine':>8}{'cpu':>6}{'goal':>6}"
        f"{'command':>10}{'cpu':>6}{'goal':>6}{'MiB':>7}"
    )
    cases = [case for case in (*_views(), *_queries()) if word in case.name]
    for case in cases:
        print(_row(database, case), flush=True)
    for command, goal in COMMANDS.items():
        if word in command:
            print(_command_row(database, command, goal), flush=True)


def _views() -> Iterator[Case]:
    for file in sorted((schema_dir() / "views").glob("*.sql")):
        if file.stem != "forecast_vintage_points":  # the long reading of all vintages there are
            yield Case(
                f"view {file.stem}", sql := f"SELECT * FROM {file.stem}", {}, ("--sql", sql),
                *DEFAULT_GOALS,
            )  # fmt: skip


def _queries() -> Iterator[Case]:
    for query in all_queries():
        names = {param.name for param in query.params}
        places: list[dict[str, str]] = [{}, {"region": "13"}] if "region" in names else [{}]
        for place in places:
            if "since" in names:  # from the beginning unless told
                yield _case(query, {"since": LAST_MONTH} | place, DEFAULT_GOALS)
                yield _case(query, place, DECADE_GOALS)
            else:
                yield _case(query, place, DEFAULT_GOALS)
            if "hours" in names:
                yield _case(query, {"hours": str(DECADE_HOURS)} | place, DECADE_GOALS)


def _case(query: Query, given: dict[str, str], goals: tuple[float, float]) -> Case:
    set_ones = [f"{name}={value}" for name, value in given.items()]
    arguments = [word for one in set_ones for word in ("--param", one)]
    values = convert_params(query, given, AS_OF)
    name = " ".join([query.name, *set_ones])
    return Case(name, query.sql, values, (query.name, *arguments), *goals)


def _row(database: Path, case: Case) -> str:
    engine, engine_cpu, rows = _in_engine(database, case)
    arguments = ["query", *case.arguments, "--as-of", iso(AS_OF), "--format", "json"]
    ran = _command(database, arguments, ROUNDS if case.command_goal_ms < math.inf else 1)
    took, cpu = 1000 * ran.seconds, 1000 * ran.cpu
    return (
        f"{case.name:<52}{rows:>8,}{engine:>8.0f}{engine_cpu:>6.0f}"
        f"{_verdict(min(engine, engine_cpu), case.engine_goal_ms):>6}"
        f"{took:>10.0f}{cpu:>6.0f}{_verdict(min(took, cpu), case.command_goal_ms):>6}"
        f"{ran.peak_mib:>7.0f}{_verdict(ran.peak_mib, MEMORY_GOAL_MIB)}"
        f"{f'  exit {ran.code}' if ran.code else ''}"
    )


def _in_engine(database: Path, case: Case) -> tuple[float, float, int]:
    """Milliseconds of one question on a connection just opened, and of CPU; rows answered."""
    config = load_config(environ={}).with_database(database)
    walls, cpus, rows = [], [], 0
    for _ in range(ROUNDS):
        with open_reader(database, config["store.lock_timeout"], AS_OF) as con:
            guard.shut(con, config["query.memory_limit"])
            begun, used = time.perf_counter(), time.process_time()
            rows = len(ask(con, case.sql, case.values, None).rows)
            walls.append(1000 * (time.perf_counter() - begun))
            cpus.append(1000 * (time.process_time() - used))
    return min(walls), min(cpus), rows


def _command(database: Path, arguments: list[str], rounds: int) -> Ran:
    """The run of ``gridctl`` with these arguments that took the least CPU, as its own process."""
    return min((_run(database, arguments) for _ in range(rounds)), key=lambda ran: ran.cpu)


def _run(database: Path, arguments: list[str]) -> Ran:
    gridctl = [sys.executable, "-m", "gridctl", "--db", str(database), "--quiet"]
    told = subprocess.run(
        [sys.executable, str(MEASURED), *gridctl, *arguments], stdout=subprocess.PIPE, check=True
    )
    return Ran(**json.loads(told.stdout))


def _command_row(database: Path, command: str, goal: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        arguments = command.format(folder=folder).split()
        if arguments[0] in TAKES_AS_OF:
            arguments += ["--as-of", iso(AS_OF)]
        ran = _run(database, arguments)
    if ran.code == BAD_USAGE:
        return f"gridctl {command}: this gridctl has no such command"
    return (
        f"gridctl {command}: {ran.seconds:.2f} s, cpu {ran.cpu:.2f} s"
        f"{_verdict(min(ran.seconds, ran.cpu), goal)}, {ran.peak_mib:.0f} MiB"
        f"{_verdict(ran.peak_mib, MEMORY_GOAL_MIB)}, exit {ran.code}"
    )


def _verdict(value: float, goal: float) -> str:
    """How it did: ``ok``, ``MISS``, or nothing where there is no goal."""
    if goal == math.inf:
        return ""
    return " ok" if value <= goal else " MISS"


if __name__ == "__main__":
    main()
