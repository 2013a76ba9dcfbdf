"""Workloads for people: a list, one with its history, and the audit trail's check."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gridctl.clock import format_duration
from gridctl.regions import region_by_number
from gridctl.render.decision import chart_text, drawable
from gridctl.render.explanation import explanation_text
from gridctl.render.layout import Column
from gridctl.render.tables import write_document, write_rows, write_text
from gridctl.render.values import shown_value
from gridctl.schedule.lifecycle.listing import carbon_word, workload_dict
from gridctl.schedule.lifecycle.settle import open_points
from gridctl.schedule.single.reasons import LOCATION_BASED, place_name

if TYPE_CHECKING:
    from gridctl.schedule.audit import Verified
    from gridctl.schedule.lifecycle.job import Job
    from gridctl.schedule.single.decision import Decision

_WIDTH = 80
_SPANS = ("duration", "min_run")
_TIMES = ("earliest", "deadline", "start", "as_of")
_LIST: list[Column] = [  # narrow enough for 80 columns; the other formats have all of it
    ("id", "VARCHAR"), ("name", "VARCHAR"), ("status", "VARCHAR"), ("start", "VARCHAR"),
    ("where", "VARCHAR"), ("carbon_kg", "DOUBLE"), ("is", "VARCHAR"),
]  # fmt: skip
_FIGURES = (
    ("carbon_kg", "carbon", "kg", 1),
    ("cost_gbp", "electricity cost", "GBP", 2),
    ("carbon_intensity", "carbon intensity", "g/kWh", 0),
    ("energy_kwh", "energy", "kWh", 1),
)


def write_workloads(jobs: Sequence[Job], format: str) -> None:
    """One row per workload; the short id is enough for every other command."""
    if format == "json":
        write_document([workload_dict(job) for job in jobs])
        return
    if format != "table":
        flat = [{**workload_dict(job), "region": place_name(job.place)} for job in jobs]
        names = list(flat[0]) if flat else list(_names())
        kinds = [_kind(name) for name in names]
        rows = [tuple(row[name] for name in names) for row in flat]
        write_rows(list(zip(names, kinds, strict=True)), rows, format)
        return
    table: list[tuple[Any, ...]] = [
        (
            job.short_id,
            _shortened(job.name, 16),
            job.status,
            _briefly(job.actual_start or job.scheduled_start),
            "GB" if job.place is None else region_by_number(job.place).short_name,
            job.carbon_kg,
            carbon_word(job) or "",
        )
        for job in jobs
    ]
    write_rows(_LIST, table, "table")


def _names() -> tuple[str, ...]:
    return ("id", "name", "status")


def _kind(name: str) -> str:
    if name.endswith(("_kwh", "_kg", "_gbp", "_hours")):
        return "DOUBLE"
    if name == "priority":
        return "SMALLINT"
    return "VARCHAR"


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


def _briefly(moment: datetime | None) -> str:
    """Without the year: a list is of the newest."""
    return f"{moment.astimezone(UTC):%d %b %H:%MZ}" if moment else ""


def write_workload(
    document: Mapping[str, Any], decision: Decision | None = None, *, as_json: bool
) -> None:
    """Everything about one workload, as text of at most 80 columns or as its document.

    The text draws the forecast of ``decision`` with its run, where there is one.
    """
    if as_json:
        write_document(dict(document))
        return
    chart = chart_text(decision) if decision else ""
    blocks = [_head(document), _figures(document), _notes(document), chart, _why(document)]
    blocks += [_history(document), _rest(document)]
    text = "\n\n".join(block for block in blocks if block) + "\n"
    write_text(drawable(text, sys.stdout))


def write_changed(job: Job, *, as_json: bool) -> None:
    """A workload after a step: one line, and what it came to when it is completed."""
    if as_json:
        write_document({**workload_dict(job), "settlement": job.metadata.get("settlement")})
        return
    lines = [f"{job.name} ({job.short_id}): {job.status}{_when(job)}"]
    kept = job.metadata.get("settlement")
    if job.status == "completed" and isinstance(kept, dict):
        lines += [_came_to(kept), *_points(kept)]
        if open_points(kept):
            lines.append(f"  later: gridctl schedule settle {job.short_id}")
    write_text("\n".join(lines) + "\n")


def _when(job: Job) -> str:
    match job.status:
        case "running":
            return f" since {_time(job.actual_start)}"
        case "completed" | "failed" if job.actual_end:
            return f" at {_time(job.actual_end)}"
    return ""


def _came_to(kept: Mapping[str, Any]) -> str:
    figures = ", ".join(
        _amount(kept[name], unit, decimals)
        for name, _, unit, decimals in _FIGURES
        if kept[name] is not None
    )
    return f"  {kept['word']}: {figures or 'nothing known yet'} ({kept['basis']})"


def _points(kept: Mapping[str, Any]) -> list[str]:
    return [
        textwrap.fill(
            point, _WIDTH, initial_indent="  ", subsequent_indent="    ",
            break_long_words=False, break_on_hyphens=False,
        )
        for point in open_points(kept)
    ]  # fmt: skip


def _head(document: Mapping[str, Any]) -> str:
    workload = document["workload"]
    region = workload["region"]
    rows = [
        ("id", workload["id"]),
        ("status", workload["status"]),
        ("where", region["name"] if region else "Great Britain"),
        ("asset", workload["asset"]),
        ("asked for", _span(workload["requested_start"], None)),
        ("planned", _span(workload["scheduled_start"], workload["scheduled_end"])),
        ("ran", _span(workload["actual_start"], workload["actual_end"])),
        ("deadline", _span(workload["deadline"], None)),
    ]
    lines = [workload["name"]]
    lines += [f"  {name:<10}{value}" for name, value in rows if value]
    return "\n".join(lines)


def _span(start: datetime | None, end: datetime | None) -> str:
    if start is None:
        return ""
    return _time(start) if end is None else f"{_time(start)} to {_time(end)}"


def _figures(document: Mapping[str, Any]) -> str:
    """What was expected beside what was settled."""
    expected, settled = document["expected"], document["settled"]
    if not expected:
        return ""
    word = settled["word"] if settled else ""
    lines = [f"  {'':<18}{'expected':>16}{word:>16}".rstrip()]
    for name, label, unit, decimals in _FIGURES:
        cells = [_amount(expected[name], unit, decimals)]
        cells += [_amount(settled[name], unit, decimals)] if settled else []
        if any(cell != "-" for cell in cells):
            lines.append(f"  {label:<18}" + "".join(f"{cell:>16}" for cell in cells))
    if settled:
        lines += [f"  {settled['basis']}", *_points(settled)]
    lines.append(f"  {LOCATION_BASED}")
    return "\n".join(lines)


def _amount(value: float | None, unit: str, decimals: int) -> str:
    return "-" if value is None else f"{value:,.{decimals}f} {unit}"


def _why(document: Mapping[str, Any]) -> str:
    """What was found when the plan in force was decided: the bounds' costs, and the next best."""
    return explanation_text(_factors(document).get("explanation") or [])


def _notes(document: Mapping[str, Any]) -> str:
    """What is to be known of the data that the plan in force rests on: made up, say."""
    notes = _factors(document).get("notes") or []
    return "\n".join(
        textwrap.fill(f"Note: {note}", _WIDTH, subsequent_indent="  ")
        for note in notes
        if not note.startswith(LOCATION_BASED)  # stands below the figures
    )


def _factors(document: Mapping[str, Any]) -> Mapping[str, Any]:
    plans = [row for row in document["decisions"] if row["after"] is not None]
    factors = plans[-1]["factors"] if plans else None
    return factors if isinstance(factors, dict) else {}


def _history(document: Mapping[str, Any]) -> str:
    """The decisions in order: what was planned before, what after, and why."""
    lines = []
    for row in document["decisions"]:
        move = f"{row['action']}: {_minute(row['before']) or '-'}"
        if row["after"] is not None:
            move += f" -> {_minute(row['after'])}"
        lines.append(f"{row['sequence']:>4}  {_minute(row['decided_at'])}  {move}")
        lines.append(
            textwrap.fill(row["reason"], _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
        )
    return "\n".join(["Decisions:", *lines]) if lines else ""


def _rest(document: Mapping[str, Any]) -> str:
    """The steps taken, and the options it was asked with that differ from nothing."""
    lines = [
        f"  {step.get('at', '')}  {step.get('step', '')}  {step.get('reason', '')}".rstrip()
        for step in document["metadata"].get("steps") or []
    ]
    blocks = ["\n".join(["Steps:", *lines])] if lines else []
    asked = ", ".join(_asked(document["request"] or {}))
    if asked:
        blocks.append(textwrap.fill(f"Asked: {asked}", _WIDTH, subsequent_indent="  "))
    return "\n\n".join(blocks)


def _asked(request: Mapping[str, Any]) -> Iterator[str]:
    """Each option that was given, as a person would write it."""
    for key, value in request.items():
        if value in (None, [], False, {}) or key == "name":
            continue
        if isinstance(value, Mapping):
            yield from _asked(value)
        elif value is True:
            yield key
        else:
            yield f"{key} {_option(key, value)}"


def _option(key: str, value: Any) -> str:
    if key in _SPANS:
        return format_duration(timedelta(seconds=value))
    if key in _TIMES:
        return _time(datetime.fromisoformat(value))
    if key == "home":
        return place_name(value)
    if key == "regions":
        return " and ".join(place_name(number) for number in value)
    if isinstance(value, list):
        return f"of {len(value)} points"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _time(moment: datetime | None) -> str:
    return shown_value(moment and moment.astimezone(UTC).replace(microsecond=0))


def _minute(moment: datetime | None) -> str:
    return _time(moment and moment.replace(second=0))


def write_verified(found: Verified, *, as_json: bool) -> None:
    """Whether the audit trail holds, and where it first does not."""
    if as_json:
        write_document(
            {
                "intact": found.broken is None,
                "rows": found.rows,
                "head": found.head,
                "broken": found.broken,
                "sequence": found.sequence,
                "decision_id": found.decision_id,
                "workload_id": found.workload_id,
            }
        )
        return
    rows = "1 row" if found.rows == 1 else f"{found.rows} rows"
    if found.broken is None:
        head = f", the last with hash {found.head}" if found.head else ""
        write_text(f"intact: {rows}{head}\n")
        return
    are = "is" if found.rows == 1 else "are"
    if found.sequence is None:
        write_text(f"broken: {found.broken}; the {rows} there {are} intact\n")
        return
    where = f"at row {found.sequence}, decision {found.decision_id}"
    write_text(f"broken {where}: {found.broken}; {rows} before it {are} intact\n")
