"""Energies and powers as people type them, converted once on the way in."""

from __future__ import annotations

import math
import re

from gridctl.errors import UsageError

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)", re.IGNORECASE)
_KWH = {"": 1.0, "wh": 0.001, "kwh": 1.0, "mwh": 1e3, "gwh": 1e6}
_KW = {"": 1.0, "w": 0.001, "kw": 1.0, "mw": 1e3, "gw": 1e6}


def parse_energy_kwh(text: str) -> float:
    """``5000kWh``, ``5MWh`` or a bare number of kWh, as kWh. Raises :class:`UsageError`."""
    return _parse(text, _KWH, "an energy", "5000kWh or 5MWh")


def parse_power_kw(text: str) -> float:
    """``250kW``, ``1.2MW`` or a bare number of kW, as kW. Raises :class:`UsageError`."""
    return _parse(text, _KW, "a power", "250kW or 1.2MW")


def _parse(text: str, factors: dict[str, float], what: str, example: str) -> float:
    match = _QUANTITY.fullmatch(text.strip())
    factor = factors.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise UsageError(f"{text!r} is not {what}; write {example}")
    value = float(match[1]) * factor
    if not (math.isfinite(value) and value > 0):
        raise UsageError(f"{text!r} is not {what}: it must be more than zero and finite")
    return value
