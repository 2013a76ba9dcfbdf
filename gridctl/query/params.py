"""Parameters of a query: declared in its comments, given as texts or values, held to a type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

from gridctl import clock
from gridctl.errors import UsageError
from gridctl.regions import find_region

_PARAM = re.compile(r"(?P<name>[A-Za-z]\w*) (?P<type>[\w|]+) = (?P<default>\S+) : (?P<about>\S.*)")

Value = int | float | str | bool | datetime | timedelta | None


@dataclass(frozen=True)
class Param:
    """One parameter. ``default`` is spelled as a user would, ``None`` when there is none."""

    name: str
    type: str  # int, float, text, time, duration, step, region, flag, or the words it may be: a|b|c
    default: str | None
    description: str


def read_param(text: str) -> Param:
    """A parameter as declared: ``hours int = 24 : how many hours back``, ``none`` for no default.

    Raises ``ValueError`` saying what is wrong with it.
    """
    match = _PARAM.fullmatch(text)
    if match is None:
        raise ValueError(f"cannot read the parameter {text!r}; write: hours int = 24 : its meaning")
    name, kind, default, about = match.groups()
    if kind not in _EXPECTED and "|" not in kind:
        known = ", ".join(_EXPECTED)
        raise ValueError(f"parameter {name} is of no known type {kind!r}: {known}, or words a|b|c")
    return Param(name, kind, None if default == "none" else default, about)


def convert(
    params: Sequence[Param],
    given: Mapping[str, object],
    now: datetime,
    say: clock.Say | None = None,
) -> dict[str, Value]:
    """The values to bind, defaults filled in. Texts are read as typed; other values must fit.

    Times count from ``now``. Raises :class:`UsageError` for an unknown name or a wrong value.
    """
    known = {param.name: param for param in params}
    for name in given:
        if name not in known:
            raise UsageError(f"there is no parameter {name!r}; {_nearest(name, list(known))}")
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


def _nearest(name: str, known: list[str]) -> str:
    if not known:
        return "it takes none"
    close = get_close_matches(name.lower(), known, n=2, cutoff=0.5)
    takes = f"it takes {', '.join(known)}"
    return f"did you mean {' or '.join(close)}? {takes}" if close else takes


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
    "step": "whole half hours such as 30m, 6h or 1d",
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
        case "duration" | "step":
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
        case "step" if isinstance(value, timedelta) and value > timedelta():
            if value % clock.HALF_HOUR:
                raise ValueError(kind)  # half hours would be given times that are not theirs
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
