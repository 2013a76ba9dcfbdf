"""Values as the machine formats spell them, JSON and CSV: a stable interface.

Times are UTC to the second, ``2025-11-25T14:00:00Z``; durations ISO 8601; ids and bytes text, bytes
in hexadecimal. JSON knows neither NaN nor infinity: both are null, and an empty field of CSV.
"""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from gridctl.clock import iso

# Made once: `json.dumps` with options of its own makes an encoder for every value.
_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


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


def compact_json(plain: Any) -> str:
    """One line of JSON from values that :func:`json_value` made."""
    return _COMPACT.encode(plain)


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
