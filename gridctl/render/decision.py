"""A decision for people: what, when, why, and the forecast drawn with the run marked."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TextIO

from gridctl.clock import HALF_HOUR, LONDON, format_duration
from gridctl.render.layout import Column
from gridctl.schedule.decision import Decision, Outcome
from gridctl.schedule.reasons import place_name
from gridctl.schedule.workload import Workload

_WIDTH = 80
_COLUMNS = 68
_ROWS = 8
_MOST_PIECES = 10
_GROUPS = {
    "": ("workload_id", "decision_id", "action", "start", "end"),
    "region": ("number", "name"),
    "expected": ("carbon_kg", "cost_gbp", "carbon_intensity", "renewable_pct"),
    "baseline": ("start", "carbon_kg", "cost_gbp", "carbon_intensity"),
    "savings": ("carbon_kg", "carbon_pct", "cost_gbp", "flexibility_revenue_gbp"),
    "signal": ("source", "kind", "issued_at", "ends_at", "is_synthetic", "has_estimates"),
}
_TOPS = (1, 1.2, 1.4, 1.6, 2, 2.4, 2.8, 3.2, 3.6, 4, 4.8, 5.6, 6.4, 7.2, 8, 10)
_FIGURES = (  # of an outcome: its label, unit and decimals; of the savings: which, and its unit
    ("energy_kwh", "energy", "kWh", 1, "", ""),
    ("carbon_intensity", "carbon intensity", "g/kWh", 0, "carbon_pct", "%"),
    ("carbon_kg", "carbon", "kg", 1, "carbon_kg", "kg"),
    ("cost_gbp", "electricity cost", "GBP", 2, "cost_gbp", "GBP"),
    ("renewable_pct", "renewable share", "%", 0, "", ""),
)
_STEPS = " ▁▂▃▄▅▆▇█"
_ASCII = str.maketrans("▁▂▃▄▅▆▇█░│└┴─━┄▲", ".__--==#:|++-=.^")


def write_decision(decision: Decision, stream: TextIO) -> None:
    """Write the text of a decision, in colour on a terminal that wants it."""
    text = decision_text(decision)
    if not _can_encode(text, stream):
        text = text.translate(_ASCII)
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
    blocks = [_headline(decision), _when(decision), _numbers(decision), _chart(decision)]
    blocks += [_reason(decision), _alternatives(decision), _notes(decision)]
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


def draw_forecast(
    values: Sequence[float],
    start: datetime,
    *,
    step: timedelta = HALF_HOUR,
    run: tuple[datetime, datetime] | None = None,
    runs: Sequence[tuple[datetime, datetime]] = (),
    cap: float | None = None,
    unit: str = "g/kWh",
    columns: int = _COLUMNS,
    rows: int = _ROWS,
) -> str:
    """A bar chart of ``values`` (one per ``step`` from ``start``; NaN is left blank), UTC below.

    The ``run``, or each of ``runs``, is drawn solid and marked under the axis, the rest shaded;
    ``cap`` is a dotted line.
    At most ``columns`` wide plus 8 for the scale.
    """
    end = start + len(values) * step
    width = _column_count(len(values), columns)
    heights = _resample(values, width)
    known = [height for height in heights if math.isfinite(height)]
    if not known:
        return "no values to draw"
    top = _round_up(max([*known, cap or 0.0]))

    def column_at(instant: datetime) -> int:
        return round((instant - start) / (end - start) * width)

    runs = [run] if run is not None else list(runs)
    marked: set[int] = set()
    for begins, ends in runs:
        first = min(max(column_at(begins), 0), width - 1)
        marked |= set(range(first, min(max(column_at(ends), first + 1), width)))
    lines = [f"{unit:>7}"]
    for row in range(rows, 0, -1):
        cells = "".join(
            _cell(height / top * rows - (row - 1), solid=column in marked)
            for column, height in enumerate(heights)
        )
        if cap is not None and math.ceil(cap / top * rows) == row:
            cells = cells.replace(" ", "┄")
        labelled = (
            row == rows or row == rows // 2 or (rows > 4 and row in (rows * 3 // 4, rows // 4))
        )
        label = f"{top * row / rows:6.0f}" if labelled else ""
        lines.append(f"{label:>6} │{cells}".rstrip())
    lines += _axis(start, end, width, column_at)
    if marked:
        lines.append(" " * 8 + _marker(marked, runs, width))
    return "\n".join(line.rstrip() for line in lines)


def _column_count(slots: int, columns: int) -> int:
    """Whole columns per slot when there is room, else as many as there are."""
    return slots * max(1, columns // slots) if slots <= columns else columns


def _resample(values: Sequence[float], width: int) -> list[float]:
    """The mean of what each column covers; NaN where that has a gap."""
    per_column = len(values) / width
    heights = []
    for column in range(width):
        begins, ends = column * per_column, (column + 1) * per_column
        total = 0.0
        for slot in range(int(begins), min(math.ceil(ends - 1e-9), len(values))):
            total += values[slot] * (min(slot + 1, ends) - max(slot, begins))
        heights.append(total / per_column)
    return heights


def _cell(filled: float, *, solid: bool) -> str:
    """One character of a bar that reaches ``filled`` cells above this row's floor."""
    if not filled > 0:  # also for NaN
        return " "
    if solid:
        return _STEPS[max(1, min(8, round(filled * 8)))]
    return "░" if filled >= 0.5 else " "


def _round_up(value: float) -> float:
    """A round top for the scale, whose quarters are round too: 80, 120, 280 ..."""
    if value <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(size * n for n in _TOPS if size * n >= value)


def _axis(
    start: datetime, end: datetime, width: int, column_at: Callable[[datetime], int]
) -> list[str]:
    """The axis with ticks every 3, 6, 12 ... hours of UTC, their times, and dates at midnight."""
    hours = next(
        (n for n in (1, 3, 6, 12, 24, 48) if (end - start) / timedelta(hours=n) <= width / 7), 96
    )
    rule, times, dates = ["─"] * width, [" "] * (width + 6), [" "] * (width + 6)
    tick = start.replace(minute=0, second=0, microsecond=0)
    while tick.hour % min(hours, 24) or tick < start:
        tick += timedelta(hours=1)
    _place(dates, 0, f"{start:%a} {start.day} {start:%b}")
    while tick < end:
        column = min(column_at(tick), width - 1)
        rule[column] = "┴"
        _place(times, column, f"{tick:%H:%M}")
        if not tick.hour and column > 10:
            _place(dates, column, f"{tick:%a} {tick.day} {tick:%b}")
        tick += timedelta(hours=hours)
    _place(dates, width - 3, "UTC")
    axis = "     0 └" + "".join(rule)
    return [axis, " " * 8 + "".join(times), " " * 8 + "".join(dates)]


def _place(row: list[str], column: int, text: str) -> None:
    """Write over blanks only, so that labels never run into each other."""
    if all(cell == " " for cell in row[max(column - 1, 0) : column + len(text) + 1]):
        row[column : column + len(text)] = text


def _marker(marked: set[int], runs: Sequence[tuple[datetime, datetime]], width: int) -> str:
    first, stop = min(marked), max(marked) + 1
    text = "".join("━" if column in marked else " " for column in range(first, stop))
    label = f" run {runs[0][0]:%H:%M}-{runs[-1][1]:%H:%M} UTC"
    if len(runs) > 1:
        label = f" {len(runs)} runs"
    if stop + len(label) <= width:
        return " " * first + text + label
    if first > len(label):
        return (" " * first)[len(label) + 1 :] + label.strip() + " " + text
    return " " * first + text


def _can_encode(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


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
    for segment in decision.segments:
        what = f"{segment.servers} server{'' if segment.servers == 1 else 's'}"
        if found and found[-1][1:] == (segment.start, what):
            found[-1] = found[-1][0], segment.end, what
        else:
            found.append((segment.start, segment.end, what))
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
        if name == "energy_kwh" and (run is None or cells[0] == cells[1]):
            continue
        if any(cell not in ("", "-") for cell in cells):
            rows.append([label, *cells])
    rows += _terms(decision)
    return "\n".join(f"  {a:<18}{b:>16}{c:>16}{d:>16}".rstrip() for a, b, c, d in rows)


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


def _chart(decision: Decision) -> str:
    """The carbon forecast over the window and the baseline."""
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
            lines.append(f"      with {other.relaxes}")
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
