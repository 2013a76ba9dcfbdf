"""``gridctl status`` as text, or the same as a JSON document.

It fits 80 columns; on a wider terminal names are longer and the line of blocks is drawn double.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gridctl.clock import LONDON
from gridctl.ops.overview import Overview
from gridctl.ops.sources import SourceState
from gridctl.render.layout import Column, plain_table
from gridctl.render.tables import write_document
from gridctl.render.values import shown_value

STEPS = "▁▂▃▄▅▆▇█"
_INDENT = "  "
_REGIONS: tuple[tuple[str, Column], ...] = (
    ("region_name", ("region", "VARCHAR")),
    ("carbon_intensity", ("g/kWh", "DOUBLE")),
    ("intensity_index", ("index", "VARCHAR")),
    ("renewable_pct", ("renewable %", "DOUBLE")),
    ("best_start", ("best half hour", "TIMESTAMPTZ")),
    ("best_carbon_intensity", ("its g/kWh", "DOUBLE")),
)
_SOURCES: tuple[Column, ...] = (
    ("source", "VARCHAR"),
    ("state", "VARCHAR"),
    ("last success", "VARCHAR"),
    ("newest data", "TIMESTAMPTZ"),
)
_PLAIN_WIDTH = 80  # where there is no terminal to measure


def write_overview_document(seen: Overview) -> None:
    """The JSON document: ``at``, ``now``, ``ahead``, ``regions``, ``windows``, ``jobs``,
    ``sources`` and ``store``."""
    write_document(
        {
            "at": seen.at,
            "now": seen.now,
            "ahead": [{"timestamp": t, "carbon_intensity": value} for t, value in seen.ahead],
            "regions": seen.regions,
            "windows": seen.windows,
            "jobs": {"counts": seen.job_counts, "next": seen.jobs},
            "sources": [
                {
                    "name": s.name,
                    "state": s.state(seen.at),
                    "last_success": s.last_success,
                    "newest_data": s.newest_data,
                    "next_due": s.next_due,
                }
                for s in seen.sources
            ],
            "store": _store(seen),
        }
    )


def overview_text(seen: Overview, width: int = _PLAIN_WIDTH) -> str:
    """Plain text for ``width`` columns, 80 at least, ending in a newline."""
    width = max(width, _PLAIN_WIDTH)
    blocks = [_now(seen), _ahead(seen, width), _regions(seen), _windows(seen, width)]
    blocks += [_jobs(seen, width), _sources(seen), _waiting(seen)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _now(seen: Overview) -> str:
    local = seen.at.astimezone(LONDON)
    lines = [f"Great Britain, {seen.at:%a %d %b %Y %H:%M} UTC ({local:%H:%M %Z})"]
    if seen.is_synthetic:
        lines.append("SYNTHETIC DATA: made up by a model, not measured")
    now = seen.now
    if now is None:
        lines.append(f"{_INDENT}no carbon intensity of this hour; run: gridctl fetch")
        return "\n".join(lines)
    kind = "measured" if now["is_actual"] else "forecast"
    lines.append(
        f"{_INDENT}carbon     {now['carbon_intensity']:.0f} g/kWh, {now['intensity_index'] or '-'}"
        f" ({kind}, from {now['timestamp']:%H:%M} UTC)"
    )
    lines.append(
        f"{_INDENT}renewable  {_figure(now['renewable_pct'], '%')}"
        f"   zero carbon {_figure(now['zero_carbon_pct'], '%')}"
    )
    lines.append(
        f"{_INDENT}demand     {_figure(now['demand_mw'], 'MW')}"
        f"   stress {_figure(now['grid_stress_score'], '(0 to 1)', 2)}"
        f"   price {_figure(now['wholesale_price_gbp_mwh'], 'GBP/MWh', 2)}"
    )
    return "\n".join(lines)


def _figure(value: float | None, unit: str, places: int = 0) -> str:
    return "unknown" if value is None else f"{value:,.{places}f} {unit}"


def _ahead(seen: Overview, width: int) -> str:
    known = [(value, start) for start, value in seen.ahead if value is not None]
    if not known:
        return ""
    (low, best), (high, worst) = min(known), max(known)
    first = seen.ahead[0][0]
    blocks = 2 if len(_INDENT) + 2 * len(seen.ahead) <= width else 1
    drawn = sparkline([value for _, value in seen.ahead for _ in range(blocks)])
    ticks = "".join(f"{t:%H:%M}".ljust(12 * blocks) for t, _ in seen.ahead[::12]).rstrip()
    gaps = len(seen.ahead) - len(known)
    lines = [
        f"The next 24 hours, g/kWh from {first:%H:%M} UTC",
        f"{_INDENT}{drawn}",
        f"{_INDENT}{ticks}",
        f"{_INDENT}lowest {low:.0f} at {best:%a %H:%M}, highest {high:.0f} at {worst:%a %H:%M} UTC",
    ]
    if gaps:
        lines.append(f"{_INDENT}not known for {gaps} of {len(seen.ahead)} half hours")
    return "\n".join(lines)


def sparkline(values: Sequence[float | None]) -> str:
    """One block character per value from the least to the most; a space for a gap."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = (high - low) or 1.0

    def block(value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return " "
        return STEPS[round((value - low) / span * (len(STEPS) - 1))]

    return "".join(map(block, values))


def _regions(seen: Overview) -> str:
    if not seen.regions:
        return ""
    columns = [column for _, column in _REGIONS]
    rows = [tuple(row[name] for name, _ in _REGIONS) for row in seen.regions]
    return f"Cleanest regions now\n{_indented(plain_table(columns, rows))}"


def _windows(seen: Overview, width: int) -> str:
    if not seen.windows:
        return ""
    return "\n".join(
        ["Next compute windows, with renewable share"]
        + [_cut(f"{_INDENT}{_window(row)}", width) for row in seen.windows]
    )


def _window(row: dict[str, Any]) -> str:
    start = f"{row['window_start']:%a %H:%M}-" if row["window_start"] else "now to "
    facts = [_figure(row["carbon_intensity"], "g/kWh"), _figure(row["renewable_mix"], "%")]
    if row["beckn_price_value"] is not None:
        unit = (row["price_unit"] or "per unit").replace("_", " ")
        facts.append(f"{row['beckn_price_value']:.3f} {row['price_currency']} {shown_value(unit)}")
    name = shown_value(row["window_name"])
    return f"{start}{row['window_end']:%H:%M} UTC  {', '.join(facts)}  {name}"


def _jobs(seen: Overview, width: int) -> str:
    if not seen.job_counts:
        return ""
    counts = ", ".join(f"{number} {status}" for status, number in sorted(seen.job_counts.items()))
    lines = [f"Jobs: {counts}"]
    for job in seen.jobs:
        start = job["scheduled_start"]
        when = f"{start:%a %d %b %H:%M} UTC" if start else "no start yet"
        name = shown_value(job["workload_name"])
        lines.append(_cut(f"{_INDENT}{when:<20}  {job['status']:<9}  {name}", width))
    return "\n".join(lines)


def _cut(line: str, width: int) -> str:
    """A line that fits; dots for what does not."""
    return line if len(line) <= width else f"{line[: width - 3].rstrip()}..."


def _sources(seen: Overview) -> str:
    rows = [
        (s.name, s.state(seen.at), _age(s, seen.at), s.newest_data)
        for s in seen.sources
        if s.is_enabled or s.newest_data is not None
    ]
    text = f"Sources\n{_indented(plain_table(list(_SOURCES), rows))}"
    return (
        text if seen.problem is None else f"{text}\n{_INDENT}newest data not known: {seen.problem}"
    )


def _age(source: SourceState, now: datetime) -> str:
    if source.last_success is None:
        return "-"
    minutes = max(0, round((now - source.last_success).total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


def _waiting(seen: Overview) -> str:
    return "Landing: " + ", ".join(f"{state} {count}" for state, count in _store(seen).items())


def _store(seen: Overview) -> dict[str, int]:
    pending, failed = (seen.payloads.get(state, 0) for state in ("pending", "failed"))
    return {"pending": pending, "failed": failed, "rejected": seen.rejects}


def _indented(text: str) -> str:
    return "\n".join(f"{_INDENT}{line}" for line in text.rstrip("\n").split("\n"))
