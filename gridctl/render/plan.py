"""A plan for people: what it comes to, the gap, the sites, the jobs, and what does not fit."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from gridctl.clock import iso
from gridctl.render.layout import Column, plain_table
from gridctl.schedule.plan.report import PlannedJob, Report, Site
from gridctl.schedule.single.reasons import brief_time, place_name

_WIDTH = 80
_SHOWN = 40  # jobs in the text; --format csv and json give all
_NAME = 20
_COLUMNS: list[Column] = [
    ("workload_id", "VARCHAR"), ("decision_id", "VARCHAR"), ("name", "VARCHAR"),
    ("priority", "INTEGER"), ("power_kw", "DOUBLE"), ("action", "VARCHAR"), ("start", "VARCHAR"),
    ("end", "VARCHAR"), ("region", "VARCHAR"), ("runs", "INTEGER"), ("carbon_kg", "DOUBLE"),
    ("cost_gbp", "DOUBLE"), ("baseline_carbon_kg", "DOUBLE"), ("baseline_cost_gbp", "DOUBLE"),
    ("saved_carbon_kg", "DOUBLE"), ("reason", "VARCHAR"), ("relaxes", "VARCHAR"),
]  # fmt: skip


def plan_text(report: Report) -> str:
    """Plain text of at most 80 columns, ending in a newline."""
    blocks = [_headline(report), _figures(report), _sites(report.sites), _jobs(report)]
    blocks += [_left_out(report.left_out), _notes(report)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def plan_rows(report: Report) -> tuple[list[Column], list[tuple[Any, ...]]]:
    """A row for each job, without its segments."""
    return _COLUMNS, [_row(job) for job in report.jobs]


def plan_lines(report: Report) -> list[dict[str, Any]]:
    """A document for each job, segments included, for JSON lines."""
    return [job.as_dict() for job in report.jobs]


def _headline(report: Report) -> str:
    totals = report.totals
    text = f"{totals.planned:,} of {totals.jobs:,} jobs planned"
    if totals.planned:
        text += f", {brief_time(report.start)} to {brief_time(report.end)}"
    if report.left_out:
        text += f"; {len(report.left_out):,} left out"
    return text


def _figures(report: Report) -> str:
    totals = report.totals
    if not totals.planned:
        return ""
    rows = [("", "when asked", "planned")]
    for label, before, after, unit, places in (
        ("carbon", totals.baseline_carbon_kg, totals.carbon_kg, "kg", 1),
        ("electricity cost", totals.baseline_cost_gbp, totals.cost_gbp, "GBP", 2),
    ):
        if before is not None or after is not None:
            rows.append((label, _amount(before, unit, places), _amount(after, unit, places)))
    rows.append(("energy", "", f"{totals.energy_kwh:,.1f} kWh"))
    lines = [f"  {a:<18}{b:>18}{c:>18}".rstrip() for a, b, c in rows]
    gap = "proven optimal" if report.gap_pct < 1e-6 else f"gap {report.gap_pct:.2f} %"
    lines.append(
        f"  {report.objective} {report.value:,.3f} {report.unit}, bound {report.bound:,.3f}: {gap}"
    )
    lines.append(f"  by {report.method}")
    return "\n".join(lines)


def _amount(value: float | None, unit: str, places: int) -> str:
    return "-" if value is None else f"{value:,.{places}f} {unit}"


def _sites(sites: Sequence[Site]) -> str:
    columns = [("site", "VARCHAR"), ("limit kW", "VARCHAR"), ("peak kW", "VARCHAR"),
               ("energy kWh", "VARCHAR"), ("used", "VARCHAR"), ("full", "VARCHAR")]  # fmt: skip
    rows = [
        (
            place_name(site.place),
            "none" if site.capacity_kw is None else f"{site.capacity_kw:,.6g}",
            f"{site.peak_kw:,.6g}",
            f"{site.energy_kwh:,.1f}",
            "" if site.utilisation_pct is None else f"{site.utilisation_pct:.0f} %",
            f"{site.full / 2:g} h" if site.full else "",
        )
        for site in sites
        if site.energy_kwh > 0 or site.capacity_kw is not None
    ]
    return _indented(plain_table(columns, rows)) if rows else ""


def _jobs(report: Report) -> str:
    inside = [job for job in report.jobs if job.decision.expected is not None]
    if not inside:
        return ""
    columns = [("job", "VARCHAR"), ("start", "VARCHAR"), ("end", "VARCHAR"), ("runs", "INTEGER"),
               ("kg", "DOUBLE"), ("region", "VARCHAR")]  # fmt: skip
    rows = []
    for job in inside[:_SHOWN]:
        run = job.decision.expected
        assert run is not None
        name = textwrap.shorten(job.decision.workload.name, _NAME, placeholder="..")
        where = ", ".join(dict.fromkeys(place_name(piece.place) for piece in job.pieces))
        rows.append(
            (name, brief_time(run.start), f"{run.end:%d %H:%M}Z", job.starts, run.carbon_kg,
             textwrap.shorten(where, 20, placeholder=" .."))
        )  # fmt: skip
    text = _indented(plain_table(columns, rows))
    more = len(inside) - _SHOWN
    return text if more <= 0 else f"{text}\n  and {more:,} more: --format csv, jsonl or json"


def _left_out(jobs: Sequence[PlannedJob]) -> str:
    if not jobs:
        return ""
    lines = ["Left out:"]
    for job in jobs[:_SHOWN]:
        workload = job.decision.workload
        reason = job.decision.reason.removeprefix("infeasible: ")
        text = f"{workload.name} (priority {workload.priority}): {reason}"
        lines.append(
            textwrap.fill(
                text, _WIDTH, initial_indent="  ", subsequent_indent="      ",
                break_on_hyphens=False,
            )
        )  # fmt: skip
    more = len(jobs) - _SHOWN
    return "\n".join(lines + ([f"  and {more:,} more"] if more > 0 else []))


def _notes(report: Report) -> str:
    return "\n".join(
        textwrap.fill(f"- {note}", _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        for note in report.notes
    )


def _row(job: PlannedJob) -> tuple[Any, ...]:
    decision = job.decision
    run, workload, asked = decision.expected, decision.workload, decision.baseline
    saved = decision.savings.carbon_kg if decision.savings else None
    places = dict.fromkeys(place_name(piece.place) for piece in job.pieces)
    return (
        decision.workload_id, decision.decision_id, workload.name, workload.priority,
        workload.power_kw, decision.action, iso(run.start) if run else None,
        iso(run.end) if run else None, ", ".join(places) or None, job.starts,
        run.carbon_kg if run else None, run.cost_gbp if run else None, asked.carbon_kg,
        asked.cost_gbp, saved, decision.reason, "; ".join(job.relaxes) or None,
    )  # fmt: skip


def _indented(text: str) -> str:
    return textwrap.indent(text.rstrip("\n"), "  ")
