"""Headings of columns: the unit beside a name that does not end in one, and lines that fit.

Most names say their unit themselves (``demand_mw``, ``price_gbp_mwh``). On a terminal and in
Markdown the others are given it; everywhere else a heading is the name alone, for scripts.
"""

from __future__ import annotations

import re

# A column of any table, by the last words of its name.
_UNITS = {
    "carbon_intensity": "g/kWh",
    "carbon_intensity_at_decision": "g/kWh",
    "carbon_cap": "g/kWh",
    "carbon_excess": "g/kWh",
    "renewable_mix": "%",
    "grid_stress_score": "0 to 1",
}


def unit_of(name: str) -> str | None:
    """The unit of a column whose name does not say it; ``None`` where the name does, or none is.

    ``best_carbon_intensity`` has that of ``carbon_intensity``.
    """
    words = name.split("_")
    return next(
        (unit for i in range(len(words)) if (unit := _UNITS.get("_".join(words[i:])))), None
    )


def heading(name: str) -> str:
    """A name with its unit: ``carbon_intensity (g/kWh)``, ``demand_mw``."""
    unit = unit_of(name)
    return name if unit is None else f"{name} ({unit})"


def wrapped(title: str, width: int) -> list[str]:
    """A heading cut after underscores and before units, each line as full as ``width`` lets it be.

    A part wider than that has a line of its own.
    """
    lines = [""]
    for part in _parts(title):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return lines


def width_in(title: str, lines: int) -> int:
    """The least width in which a heading takes at most so many lines, or as few as it can."""
    widest = max((len(part.strip()) for part in _parts(title)), default=0)
    widths = range(widest, max(len(title), widest) + 1)
    return next((w for w in widths if len(wrapped(title, w)) <= lines), widest)


def most_lines(title: str) -> int:
    """How many lines a heading takes when it is made as narrow as can be."""
    return len(wrapped(title, width_in(title, len(title))))


def _parts(title: str) -> list[str]:
    return [part for part in re.split(r"(?<=_)|(?= \()", title) if part]
