"""How single values are spelled: for JSON, for CSV, and for people."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from gridctl.clock import iso

# Made once: `json.dumps` with options of its own makes an encoder for every line.
_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


def is_numeric(kind: str) -> bool:
    """Whether a DuckDB type is a number, to be aligned right."""
    return kind.removeprefix("U").startswith(_NUMERIC) and not kind.endswith("]")


def json_value(value: Any, kind: str = "") -> Any:
    """A value as JSON knows it: UTC times with a Z, ids as text, no NaN, JSON columns unfolded."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return _unfolded(value) if kind == "JSON" else value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return _number(value)
        case datetime():
            return iso(value) if value.tzinfo else value.isoformat(timespec="seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return iso_duration(value)
        case UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case list() | tuple():
            return [json_value(item) for item in value]
        case dict():
            return {str(key): json_value(item) for key, item in value.items()}
    return str(value)


def csv_value(value: Any, kind: str = "") -> str:
    """A value as a CSV field, at full precision; missing is empty, nested is compact JSON."""
    plain = json_value(value, kind)
    match plain:
        case None:
            return ""
        case str():
            return plain
        case float():
            return repr(plain)  # as JSON spells it
        case _:
            return compact_json(plain)


def shown_value(value: Any, kind: str = "", decimals: int | None = None) -> str:
    """A value for people: times to the minute, numbers rounded, control characters made visible."""
    if value is None:
        return ""
    if isinstance(value, datetime) and value.tzinfo:
        instant = value.astimezone(UTC)
        return f"{instant:%Y-%m-%d %H:%M:%SZ}" if instant.second else f"{instant:%Y-%m-%d %H:%M}Z"
    if isinstance(value, float | Decimal):
        places = decimals_for([value]) if decimals is None else decimals
        return f"{value:.{places}f}" if math.isfinite(value) else ""
    return _visible(csv_value(value, kind))


def decimals_for(values: list[Any]) -> int:
    """Decimal places that suit a column of numbers: none for whole ones, more for small ones."""
    floats = (float(v) for v in values if isinstance(v, float | Decimal))
    numbers = [abs(number) for number in floats if math.isfinite(number)]
    if all(number == int(number) for number in numbers):
        return 0
    largest = max(numbers)
    return 1 if largest >= 1000 else 2 if largest >= 1 else 4


def iso_duration(span: timedelta) -> str:
    """ISO 8601: ``PT4H``, ``P2DT30M``, ``-PT0.5S``, ``PT0S``."""
    micros = span // timedelta(microseconds=1)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    days, rest = divmod(micros, 86_400_000_000)
    hours, rest = divmod(rest, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    seconds = f"{rest / 1_000_000:.6f}".rstrip("0").rstrip(".") if rest else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    clock = "".join(f"{amount}{unit}" for amount, unit in parts if amount)
    day = f"{days}D" if days else ""
    return f"{sign}P{day}T{clock}" if clock else f"{sign}P{day}" if day else "PT0S"


def compact_json(plain: Any) -> str:
    """One line of JSON from values that :func:`json_value` made."""
    return _COMPACT.encode(plain)


def _unfolded(text: str) -> Any:
    """A JSON column as the structure it holds; text that is no JSON stays text."""
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return text


def _number(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _visible(text: str) -> str:
    # A name from an upstream must not be able to steer the terminal or break the row.
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
