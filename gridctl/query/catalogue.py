"""The canned queries: ``schema/queries/*.sql``, whose leading comments say what they take.

A line is ``-- key: value``; keys are ``description``, ``example``, ``note``, ``needs`` (a table
that must have rows, and the command that fills it), ``param`` (``name type = default : about``)
and ``chart`` (:mod:`gridctl.query.chart`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from gridctl import clock
from gridctl.errors import UsageError
from gridctl.query.chart import Chart, read_chart
from gridctl.regions import find_region
from gridctl.resources import schema_dir

_META = re.compile(r"-- (?P<key>[a-z]+): (?P<value>.+)")
_PARAM = re.compile(r"(?P<name>\w+) (?P<type>[\w|]+) = (?P<default>\S+) : (?P<about>.+)")
_NEEDS = re.compile(r"(?P<table>\w+) : (?P<command>.+)")

Value = int | float | str | bool | datetime | timedelta | None


@dataclass(frozen=True)
class Param:
    """One parameter. ``default`` is spelled as a user would, ``None`` when there is none."""

    name: str
    type: str  # int, float, text, time, duration, region, flag, or the words it may be: a|b|c
    default: str | None
    description: str


@dataclass(frozen=True)
class Query:
    """A canned query. ``needs`` maps a table that must have rows to the command that fills it."""

    name: str
    description: str
    sql: str
    params: tuple[Param, ...]
    needs: Mapping[str, str]
    notes: tuple[str, ...]
    examples: tuple[str, ...]
    chart: Chart | None = None

    @property
    def defaults(self) -> str:
        """The parameters as they stand when none is given: ``hours=24 region=``."""
        return " ".join(f"{p.name}={p.default or ''}" for p in self.params)

    def as_dict(self) -> dict[str, Any]:
        """What ``gridctl query --list --format json`` says of it."""
        return {
            "name": self.name,
            "description": self.description,
            "params": [
                {"name": p.name, "type": p.type, "default": p.default, "description": p.description}
                for p in self.params
            ],
        }


@cache
def all_queries() -> tuple[Query, ...]:
    """Every canned query, by name. Needs no database."""
    return tuple(_read(file) for file in sorted((schema_dir() / "queries").glob("*.sql")))


def find(name: str) -> Query:
    """The query of that name. Raises :class:`UsageError` naming the closest when there is none."""
    known = {query.name: query for query in all_queries()}
    wanted = name.strip().lower().replace("_", "-")
    if wanted in known:
        return known[wanted]
    close = get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "see: gridctl query --list"
    raise UsageError(f"there is no query {name!r}; {hint}")


def convert_params(
    query: Query, given: Mapping[str, object], now: datetime, say: clock.Say | None = None
) -> dict[str, Value]:
    """The values to bind, defaults filled in. Texts are read as typed; other values must fit.

    Times count from ``now``. Raises :class:`UsageError` for an unknown name or a wrong value.
    """
    known = {param.name: param for param in query.params}
    for name in given:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise UsageError(f"{query.name} has no parameter {name!r}; {takes}")
    return {
        name: _convert(param, given.get(name, param.default), now, say)
        for name, param in known.items()
    }


def parse_assignments(texts: list[str]) -> dict[str, str]:
    """``["hours=48"]`` as a mapping. Raises :class:`UsageError` for anything else, or for twice."""
    given: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not (name and equals):
            raise UsageError(f"--param {text!r} is not name=value")
        if name in given:
            raise UsageError(f"--param {name} is given twice")
        given[name] = value.strip()
    return given


def _read(file: Path) -> Query:
    lines: dict[str, list[str]] = {}
    text = file.read_text(encoding="utf-8")
    head = text.splitlines()
    for line in head:
        match = _META.fullmatch(line)
        if match is None:
            break
        lines.setdefault(match["key"], []).append(match["value"])
    return Query(
        name=file.stem,
        description=lines["description"][0],
        sql=text,
        params=tuple(_read_param(value, file) for value in lines.get("param", [])),
        needs=dict(_parts(_NEEDS, value, file) for value in lines.get("needs", [])),
        notes=tuple(lines.get("note", [])),
        examples=tuple(lines.get("example", [])),
        chart=read_chart(lines["chart"][0]) if "chart" in lines else None,
    )


def _read_param(text: str, file: Path) -> Param:
    name, kind, default, about = _parts(_PARAM, text, file)
    return Param(name, kind, None if default == "none" else default, about)


def _parts(pattern: re.Pattern[str], text: str, file: Path) -> Any:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError(f"{file}: cannot read {text!r}")
    return match.groups()


def _convert(param: Param, value: object, now: datetime, say: clock.Say | None) -> Value:
    if value is None or value == "none":
        if param.default is not None:
            raise UsageError(f"parameter {param.name} needs {_expected(param.type)}, got none")
        return None
    wrong = UsageError(f"parameter {param.name} needs {_expected(param.type)}, got {value!r}")
    try:
        converted = _read_text(param.type, value, now, say) if isinstance(value, str) else value
        return _checked(param.type, converted)
    except (ValueError, TypeError, OverflowError):
        raise wrong from None
    except UsageError as error:
        raise UsageError(f"parameter {param.name}: {error}") from None


_EXPECTED = {
    "int": "a whole number from 0 to 1000000",
    "float": "a number",
    "text": "a text",
    "time": "a time such as 2025-11-25T14:00Z or -7d",
    "duration": "a duration such as 90m or 4h",
    "region": "a region: number, name, code or postcode",
    "flag": "true or false",
}


def _expected(kind: str) -> str:
    return _EXPECTED.get(kind) or "one of " + ", ".join(kind.split("|"))


_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _read_text(kind: str, text: str, now: datetime, say: clock.Say | None) -> object:
    match kind:
        case "int":
            return int(text)
        case "float":
            return float(text)
        case "time":
            return clock.parse_time(text, now, say)
        case "duration":
            return clock.parse_duration(text)
        case "region":
            return find_region(text).number
        case "flag":
            return _FLAGS.get(text.lower())
        case words if "|" in words:
            return text.lower()
        case _:
            return text


def _checked(kind: str, value: object) -> Value:
    """The value when it is of its kind; ``bool`` is no number. Raises ``ValueError``."""
    match kind:
        case "int" if _is_int(value) and 0 <= value <= 1_000_000:  # type: ignore[operator]
            return value  # type: ignore[return-value]
        case "float" if _is_int(value) or (isinstance(value, float) and value - value == 0):
            return float(value)  # type: ignore[arg-type]
        case "text" if isinstance(value, str):
            return value
        case "time" if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        case "duration" if isinstance(value, timedelta) and value > timedelta():
            return value
        case "region" if _is_int(value):
            return find_region(str(value)).number
        case "flag" if isinstance(value, bool):
            return value
        case words if "|" in words and value in words.split("|"):
            return value
    raise ValueError(kind)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
