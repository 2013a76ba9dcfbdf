"""Read a workload from a JSON or TOML file with the keys of the table ``compute_workloads``."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gridctl.clock import parse_wire_time
from gridctl.errors import DataError


def read_workload_file(path: Path) -> dict[str, Any]:
    """The fields a file gives, named and typed as :func:`make_workload` wants them.

    A null is the same as a key left out. Raises :class:`DataError`, naming the key, when the file
    cannot be read or does not hold what it should.
    """
    return fields_of(_document(path), str(path))


def fields_of(document: Mapping[str, Any], where: str, also: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of one workload's keys. Raises :class:`DataError` beginning with ``where``.

    ``also`` are further keys that the caller knows, to be named among the known ones.
    """
    given: dict[str, Any] = {}
    for key, raw in document.items():
        if key not in _KEYS:
            known = [*_KEYS, *also]
            close = get_close_matches(str(key), known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"
            raise DataError(f"{where}: unknown key {key!r}{hint}")
        if raw is None:
            continue
        name, convert = _KEYS[key]
        try:
            given[name] = convert(raw)
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(f"{where}: {key}: {error}") from None
    return given


def _document(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is neither JSON nor TOML that can be read: {error}") from None
    if not isinstance(document, dict):
        raise DataError(f"{path} holds no workload: an object of keys and values is wanted")
    return document


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError(f"a text is wanted, not {raw!r}")
    return raw


def _number(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise ValueError(f"a number is wanted, not {raw!r}")
    return float(raw)


def _positive(raw: Any) -> float:
    number = _number(raw)
    if number <= 0:
        raise ValueError(f"must be more than zero, not {raw!r}")
    return number


def _whole(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError(f"a whole number is wanted, not {raw!r}")
    return raw


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(f"true or false is wanted, not {raw!r}")
    return raw


def _hours(raw: Any) -> timedelta:
    return timedelta(hours=_positive(raw))


def _count(raw: Any) -> int:
    number = _whole(raw)
    if number < 0:
        raise ValueError(f"a whole number from 0 is wanted, not {raw!r}")
    return number


def _table(raw: Any, names: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
    """A list of lists of numbers, each as long as ``names``."""
    wanted = f"a list of [{', '.join(names)}] is wanted"
    if not isinstance(raw, list) or not raw:
        raise ValueError(f"{wanted}, not {raw!r}")
    for number, row in enumerate(raw, start=1):
        if not isinstance(row, list) or len(row) != len(names):
            raise ValueError(f"item {number}: {wanted}, not {row!r}")
    return tuple(tuple(_number(cell) for cell in row) for row in raw)


def _profile(raw: Any) -> tuple[tuple[float, ...], ...]:
    return _table(raw, ("hours", "kW"))


def _curve(raw: Any) -> tuple[tuple[int, float, float], ...]:
    levels = _table(raw, ("servers", "units of work a second", "kW"))
    if any(servers != int(servers) or servers < 0 for servers, _, _ in levels):
        raise ValueError("servers are whole numbers from 0")
    if len({servers for servers, _, _ in levels}) < len(levels):
        raise ValueError("a number of servers is there twice")
    return tuple((int(servers), throughput, power) for servers, throughput, power in levels)


def _time(raw: Any) -> datetime:
    """An instant with a zone: nobody is there to be told how a time without one was read."""
    if isinstance(raw, datetime):  # TOML has times of its own
        if raw.tzinfo is None:
            raise ValueError(f"{raw.isoformat()} has no zone; write 2025-11-25T14:00:00Z")
        return raw.astimezone(UTC)
    if not isinstance(raw, str):
        raise ValueError(f"a time is wanted, as 2025-11-25T14:00:00Z, not {raw!r}")
    try:
        return parse_wire_time(raw)
    except ValueError:
        raise ValueError(f"{raw!r} is no time with a zone; write 2025-11-25T14:00:00Z") from None


_KEYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "workload_name": ("name", _text),
    "workload_type": ("workload_type", _text),
    "priority": ("priority", _whole),
    "estimated_duration_hours": ("duration", _hours),
    "estimated_energy_kwh": ("energy_kwh", _positive),
    "max_carbon_intensity_gco2_kwh": ("max_carbon", _number),
    "min_renewable_pct": ("min_renewable", _number),
    "is_deferrable": ("deferrable", _flag),
    "is_interruptible": ("interruptible", _flag),
    "min_run_hours": ("min_run", _hours),
    "restart_energy_kwh": ("restart_energy_kwh", _number),
    "max_pauses": ("max_pauses", _count),
    "power_profile": ("power_profile", _profile),
    "elastic_curve": ("curve", _curve),
    "work_units": ("work", _positive),
    "max_servers": ("max_servers", _count),
    "max_power_kw": ("max_power_kw", _positive),
    "migration_energy_kwh": ("migration_energy_kwh", _number),
    "earliest_start": ("earliest", _time),
    "latest_completion": ("deadline", _time),
    "requested_start": ("start", _time),
}

# By field, for whoever names a job's fields themselves; the last ones are in no file.
BY_FIELD: dict[str, Callable[[Any], Any]] = {
    **dict(_KEYS.values()),
    "power_kw": _positive,
    "max_price": _number,
    "carbon_price": _number,
    "cap_mode": _text,
    "objective": _text,
}
