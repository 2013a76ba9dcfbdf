"""A decision for people: what, when, why, and the forecast drawn with the run marked."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TextIO

from gridctl.clock import HALF_HOUR, LONDON, format_duration
from gridctl.render.explanation import explanation_text
from gridctl.render.flexibility import money_lines
from gridctl.render.forecast_chart import draw_forecast
from gridctl.render.layout import Column
from gridctl.schedule.job.workload import Workload
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.outcome import Outcome
from gridctl.schedule.single.reasons import place_name
from gridctl.schedule.single.runs import joined

_WIDTH = 80
_MOST_PIECES = 10
_GROUPS = {
    "": ("workload_id", "decision_id", "action", "start", "end"),
    "region": ("number", "name"),
    "expected": ("carbon_kg", "cost_gbp", "carbon_intensity", "renewable_pct"),
    "baseline": ("start", "carbon_kg", "cost_gbp", "carbon_intensity"),
    "savings": ("carbon_kg", "carbon_pct", "cost_gbp", "flexibility_revenue_gbp"),
    "signal": ("source", "kind", "issued_at", "ends_at", "is_synthetic", "has_estimates"),
}
_FIGURES = (  # of an outcome: its label, unit and decimals; of the savings: which, and its unit
    ("energy_kwh", "energy", "kWh", 1, "", ""),
    ("carbon_intensity", "carbon intensity", "g/kWh", 0, "carbon_pct", "%"),
    ("carbon_kg", "carbon", "kg", 1, "carbon_kg", "kg"),
    ("cost_gbp", "electricity cost", "GBP", 2, "cost_gbp", "GBP"),
    ("renewable_pct", "renewable share", "%", 0, "", ""),
)
_ASCII = str.maketrans("▁▂▃▄▅▆▇█░│└┴─━┄▲", ".__--==#:|++-=.^")


def write_decision(decision: Decision, stream: TextIO) -> None:
    """Write the text of a decision, in colour on a terminal that wants it."""
    text = drawable(decision_text(decision), stream)
    if not stream.isatty():
        stream.write(text)
        return
    from rich.console import Console
    from rich.text import Text

    coloured = Text(text)
    coloured.highlight_regex(r"\A.*", "bold red" if decision.expected is None else "bold green")
    coloured.highlight_regex(r"━+|▲.*", "green")
    coloured.highlight_regex(r"░+", "dim")
    Console(file=stream, highlight=False, soft_wrap=True).print(coloured, end="")


def decision_text(decision: Decision) -> str:
    """Plain text of at most 80 columns, ending in a newline."""
    findings = [finding.as_dict() for finding in decision.explanation or ()]
    blocks = [_headline(decision), _when(decision), _numbers(decision)]
    blocks += [money_lines(decision), chart_text(decision)]
    blocks += [_reason(decision), _alternatives(decision)]
    blocks += [explanation_text(findings), _notes(decision)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def decision_rows(decision: Decision) -> tuple[list[Column], list[tuple[Any, ...]]]:
    """The decision as one row of a table, without its segments, alternatives and reason."""
    flat = _flat(decision)
    kinds = {bool: "BOOLEAN", float: "DOUBLE", int: "INTEGER"}
    columns = [(name, kinds.get(type(value), "VARCHAR")) for name, value in flat.items()]
    return columns, [tuple(flat.values())]


def _flat(decision: Decision) -> dict[str, Any]:
    """The JSON document's single values, nested names joined; the same columns every time."""
    document = decision.as_dict()
    flat: dict[str, Any] = {}
    for group, names in _GROUPS.items():
        inner = (document if not group else document[group]) or {}
        flat |= {f"{group}_{name}" if group else name: inner.get(name) for name in names}
    return flat


def drawable(text: str, stream: TextIO) -> str:
    """The text, its blocks and lines as plain characters where ``stream`` has no others."""
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return text.translate(_ASCII)
    return text


def _headline(decision: Decision) -> str:
    run, name = decision.expected, decision.workload.name
    if run is None:
        return f"{name}: no start meets the request"
    where = _where(run)
    match decision.action:
        case "schedule":
            verb = "start" if run.pauses or run.servers else "run"
            return f"{name}: {verb} as asked, at {_utc(run.start)}{where}"
        case "defer" if run.start < decision.baseline.start:
            return f"{name}: bring forward to {_utc(run.start)}{where}"
        case "defer":
            return f"{name}: defer to {_utc(run.start)}{where}"
        case _:
            return f"{name}: move to {place_name(run.place)}, at {_utc(run.start)}"


def _where(run: Outcome) -> str:
    return "" if run.place is None else f" in {place_name(run.place)}"


def _when(decision: Decision) -> str:
    run = decision.expected
    if run is None:
        return ""
    workload = decision.workload
    rows = [("start", run.start), ("end", run.end)]
    lines = [f"  {word:<6}{_utc(moment)}  {_local(moment)}" for word, moment in rows]
    lines += [f"  {'job':<6}{_job(workload)}", f"  {'where':<6}{place_name(run.place)}"]
    return "\n".join([*lines, *_pieces(decision)])


def _job(workload: Workload) -> str:
    length, energy = format_duration(workload.duration), workload.energy_kwh
    if workload.curve:
        most = max(servers for servers, _, _ in workload.curve)
        return f"elastic, up to {most} servers: {length} at the fewest, {energy:,.6g} kWh"
    if energy is None:
        return length
    if workload.power_profile:
        powers = [power for _, power in workload.power_profile]
        return f"{length}, {energy:,.6g} kWh at {min(powers):,.6g} to {max(powers):,.6g} kW"
    power = workload.power_kw
    return f"{length}, {energy:,.6g} kWh at {power:,.6g} kW"


def _pieces(decision: Decision) -> list[str]:
    """The runs between pauses, or the servers of an elastic job, a line for each up to a limit."""
    spans = [(start, end, "") for start, end in decision.pieces]
    if decision.workload.curve:
        spans = _by_servers(decision)
    if len(spans) < 2:
        return []
    word = "hours" if decision.workload.curve else "runs"
    shown = spans if len(spans) <= _MOST_PIECES else spans[: _MOST_PIECES - 1]
    lines: list[str] = []
    for start, end, what in shown:
        label = word if not lines else ""
        length = format_duration(end - start)
        lines.append(f"  {label:<6}{_utc(start)[:-4]}-{end:%H:%M} UTC  {length:<11}{what}".rstrip())
    if len(shown) < len(spans):
        lines.append(f"  {'':<6}and {len(spans) - len(shown)} more, in --format json")
    return lines


def _by_servers(decision: Decision) -> list[tuple[datetime, datetime, str]]:
    """The segments with neighbours of the same number of servers joined."""
    found: list[tuple[datetime, datetime, str]] = []
    for servers, alike in groupby(decision.segments, key=lambda segment: segment.servers):
        what = f"{servers} server{'' if servers == 1 else 's'}"
        spans = joined((segment.start, segment.end) for segment in alike)
        found += [(start, end, what) for start, end in spans]
    return found


def _utc(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %Y %H:%M} UTC"


def _local(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"({local:%a %H:%M %Z})"


def _numbers(decision: Decision) -> str:
    """A small table: running when asked, what is expected, and the saving."""
    run, asked, savings = decision.expected, decision.baseline, decision.savings
    rows = [["", "when asked", "expected" if run else "", "saving" if run else ""]]
    for name, label, unit, decimals, saving, saved_unit in _FIGURES:
        decimals += _finer(getattr(asked, name), getattr(run, name, None), decimals)
        cells = [_cell_text(getattr(asked, name), unit, decimals)]
        cells.append(_cell_text(getattr(run, name), unit, decimals) if run else "")
        saved = getattr(savings, saving) if savings and saving else None
        places = 0 if saved_unit == "%" else decimals
        cells.append(_cell_text(saved, saved_unit, places) if savings and saving else "")
        if savings and name in ("carbon_intensity", "carbon_kg") and _draws_more(decision):
            cells[-1] = _share_of_kg(cells[-1], decision) if name == "carbon_kg" else ""
        if name == "energy_kwh" and (run is None or cells[0] == cells[1]):
            continue
        if any(cell not in ("", "-") for cell in cells):
            rows.append([label, *cells])
    rows += [*_stress(decision), *_terms(decision)]
    return "\n".join(f"  {a:<19}{b:>15}{c:>16}{d:>16}".rstrip() for a, b, c, d in rows)


def _stress(decision: Decision) -> list[list[str]]:
    """How strained the grid is during the run, 0 to 1, where the demand forecast says."""
    runs = (decision.baseline_segments, decision.segments)
    scores = [decision.grid_stress(segments) for segments in runs]
    if scores == [None, None]:
        return []
    return [["grid stress, 0 to 1", *(_cell_text(score, "", 2).strip() for score in scores), ""]]


def _draws_more(decision: Decision) -> bool:
    """Whether the run's energy is another than when asked: the percentage is then of the kg."""
    run, asked = decision.expected, decision.baseline
    known = run is not None and run.carbon_kg is not None and asked.carbon_kg is not None
    return known and run is not None and run.energy_kwh != asked.energy_kwh


def _share_of_kg(text: str, decision: Decision) -> str:
    percent = decision.savings.carbon_pct if decision.savings else None
    return text if percent is None else f"{text}, {_cell_text(percent, '%', 0)}"


def _finer(asked: float | None, expected: float | None, decimals: int) -> int:
    """Further decimals for amounts so small that their difference would not show."""
    largest = max(abs(asked or 0.0), abs(expected or 0.0))
    return (2 if largest < 1 else 1 if largest < 10 else 0) if decimals and largest else 0


def _terms(decision: Decision) -> list[list[str]]:
    """What a balanced objective adds up: carbon at its price, and the total."""
    if decision.workload.objective != "balanced":
        return []
    runs = [decision.baseline, *([decision.expected] if decision.expected else [])]
    terms = [decision.terms(run) for run in runs]
    carbon, total = [t.carbon_gbp for t in terms], [t.total for t in terms]
    labels = f"carbon, {terms[0].carbon_price_gbp_t:g} GBP/t", "total"
    return [
        [label, *_with_saving(values)]
        for label, values in zip(labels, (carbon, total), strict=True)
        if any(value is not None for value in values)
    ]


def _with_saving(values: Sequence[float | None]) -> list[str]:
    decimals = 2 + _finer(values[0], values[-1], 2)
    cells = [_cell_text(value, "GBP", decimals) for value in values]
    if len(values) < 2:
        return [*cells, "", ""]
    asked, expected = values
    saved = None if asked is None or expected is None else asked - expected
    return [*cells, _cell_text(saved, "GBP", decimals)]


def _cell_text(value: float | None, unit: str, decimals: int) -> str:
    return "-" if value is None else f"{value:,.{decimals}f} {unit}"


def chart_text(decision: Decision) -> str:
    """The carbon forecast over the window and the baseline; empty when there is none."""
    signal, workload, run = decision.signal, decision.workload, decision.expected
    first = min(workload.earliest or signal.start, decision.baseline.start)
    ends = decision.summary.ends_at or first
    last = max(min(workload.deadline or ends, ends), run.end if run else first)
    slots = signal.slots_over(first, last)
    if not slots:
        return ""
    return draw_forecast(
        signal.carbon.values[slots.start : slots.stop].tolist(),
        signal.start + slots.start * HALF_HOUR,
        runs=decision.pieces,
        cap=workload.max_carbon,
    )


def _reason(decision: Decision) -> str:
    reason = decision.reason
    return _wrapped(reason[:1].upper() + reason[1:] + ".")


def _alternatives(decision: Decision) -> str:
    if not decision.alternatives:
        return ""
    lines = ["Nearest that would work:" if decision.expected is None else "Next best:"]
    for other in decision.alternatives:
        place = "" if other.place is None else f"  {place_name(other.place)}"
        mean = _cell_text(other.carbon_intensity, "g/kWh", 0)
        line = f"  {_utc(other.start)}  {mean:>10}{place}{_paused(decision, other)}"
        lines.append(line)
        if other.relaxes:
            indent = " " * 6
            lines += textwrap.wrap(
                f"with {other.relaxes}", _WIDTH, initial_indent=indent, subsequent_indent=indent
            )
    return "\n".join(lines)


def _paused(decision: Decision, other: Outcome) -> str:
    if not decision.workload.may_pause:
        return ""
    if not other.pauses:
        return "  in one piece"
    return f"  {other.pauses} pause{'' if other.pauses == 1 else 's'}"


def _notes(decision: Decision) -> str:
    notes = [note for note in decision.notes if note not in decision.reason]
    return "\n".join(_wrapped(f"- {note}", "  ") for note in notes)


def _wrapped(text: str, indent: str = "") -> str:
    """Filled lines, with units kept beside their numbers."""
    for unit in ("%", "g/kWh", "GBP"):
        text = text.replace(f" {unit}", f"\u00a0{unit}")
    filled = textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False)
    return filled.replace("\u00a0", " ")
