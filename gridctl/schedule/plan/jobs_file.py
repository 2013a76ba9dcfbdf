"""Read the jobs of a plan from JSON, JSONL, TOML, CSV or Parquet, with the keys of one workload."""

from __future__ import annotations

import csv
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gridctl.errors import DataError, UsageError
from gridctl.regions import places_of
from gridctl.schedule.job.workload import Workload, make_workload
from gridctl.schedule.job.workload_file import fields_of

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_ALONE = (  # keys of jobs that a plan of constant power by the half hour cannot hold
    "power_profile", "migration_energy_kwh", "min_run_hours", "restart_energy_kwh", "max_pauses",
    "elastic_curve", "work_units", "max_servers",
)  # fmt: skip
_TEXTS = ("workload_name", "workload_type", "regions")


def read_jobs(path: Path, common: Mapping[str, Any], regions: Sequence[str] = ()) -> list[Workload]:
    """The jobs of a file, each checked. ``common`` fields and ``regions`` hold for all of them.

    A file is a list, or an object (TOML: tables) named ``workloads`` or ``workload``, or a row per
    job. Raises :class:`DataError` naming the file, the row and the key; rows count from 1, of which
    in a CSV the header is the first.
    """
    jobs = []
    below = 1 if path.suffix.lower() == ".csv" else 0
    for number, row in enumerate(_rows(path), 1):
        where = f"{path}: row {number + below}"
        try:
            jobs.append(_job(row, where, common, regions, number))
        except UsageError as error:
            raise DataError(f"{where}: {error}") from None
    if not jobs:
        raise DataError(f"{path} holds no workloads")
    return jobs


def _job(
    row: Any, where: str, common: Mapping[str, Any], regions: Sequence[str], number: int
) -> Workload:
    if not isinstance(row, dict):
        raise DataError(f"{where}: an object of keys and values is wanted, not {row!r:.40}")
    _refuse_alone(row, where)
    own = row.get("regions")
    given = fields_of({k: v for k, v in row.items() if k != "regions"}, where, also=("regions",))
    if "energy_kwh" not in given:
        raise DataError(f"{where}: estimated_energy_kwh is missing; without it no power is known")
    if "duration" not in given:
        raise DataError(f"{where}: estimated_duration_hours is missing; how long does it run?")
    given.setdefault("name", f"job {number}")
    return make_workload({**given, **places_of(regions or _names(own, where)), **common})


def _refuse_alone(row: Mapping[str, Any], where: str) -> None:
    for key in _ALONE:
        if row.get(key) is not None:
            raise DataError(
                f"{where}: {key} is not planned with others; leave it out, or decide such a job "
                "alone: gridctl schedule-workload --file"
            )


def _names(raw: Any, where: str) -> list[str]:
    """A list of names or numbers, or one text with semicolons or commas between them."""
    if raw is None:
        return []
    if isinstance(raw, str):
        return [part for part in re.split(r"\s*[;,]\s*", raw.strip()) if part]
    if isinstance(raw, list) and all(isinstance(item, str | int) for item in raw):
        return [str(item) for item in raw]
    raise DataError(f"{where}: regions: a list of names is wanted, not {raw!r}")


def _rows(path: Path) -> Sequence[Any]:
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            return _parquet(path)
        text = path.read_text(encoding="utf-8-sig")
        match kind:
            case ".csv":
                return _csv(path, text)
            case ".jsonl" | ".ndjson":
                return _lines(path, text)
            case ".toml":
                return _listed(path, tomllib.loads(text))
        return _listed(path, json.loads(text))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    except RecursionError:
        raise DataError(f"{path} cannot be read: nested too deep") from None


def _listed(path: Path, document: Any) -> Sequence[Any]:
    if isinstance(document, dict):
        for name in ("workloads", "workload"):
            if isinstance(document.get(name), list) and len(document) == 1:
                document = document[name]
                break
    if not isinstance(document, list):
        raise DataError(f'{path} holds no list of workloads: [...] or {{"workloads": [...]}}')
    return document


def _lines(path: Path, text: str) -> list[Any]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise DataError(f"{path}: line {number}: {error}") from None
    return rows


def _csv(path: Path, text: str) -> list[dict[str, Any]]:
    rows = []
    for number, row in enumerate(csv.DictReader(text.splitlines()), 2):
        if None in row or None in row.values():
            raise DataError(f"{path}: row {number}: not as many fields as the header has")
        rows.append({key: _cell(key, value) for key, value in row.items()})
    return rows


def _cell(key: str, text: str) -> Any:
    """A CSV field as JSON would have it; an empty one is a null."""
    text = text.strip()
    if not text:
        return None
    if key in _TEXTS:
        return text
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _NUMBER.fullmatch(text):
        return _whole(float(text))
    return text


def _parquet(path: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path).to_pylist()
    except pa.ArrowException as error:
        raise DataError(f"{path} is no Parquet that can be read: {error}") from None
    return [
        {key: _whole(value) if isinstance(value, float) else value for key, value in row.items()}
        for row in rows
    ]


def _whole(number: float) -> float | int | None:
    """Whole numbers as such, which priorities have to be; NaN, the null of data frames, as one."""
    if math.isnan(number):
        return None
    return int(number) if number.is_integer() else number
