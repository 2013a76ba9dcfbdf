"""Which chart an answer gets: the one its query names, as the user changed it, or a guess."""

from __future__ import annotations

from collections.abc import Sequence

from gridctl.errors import UsageError
from gridctl.query.answer import Answer
from gridctl.query.chart import Chart
from gridctl.render.values import is_numeric

# The endings that column names have, the longest first.
_UNITS = {
    "gco2_kwh": "g/kWh",
    "carbon_intensity": "g/kWh",
    "gbp_mwh": "GBP/MWh",
    "gbp": "GBP",
    "mwh": "MWh",
    "kwh": "kWh",
    "mw": "MW",
    "kw": "kW",
    "pct": "%",
    "kg": "kg",
}
_NOT_MEASURED = ("rank", "sequence", "settlement_period", "region_number", "half_hours", "hour")


def choose_chart(
    answer: Answer, declared: Chart | None, kind: str | None = None, values: Sequence[str] = ()
) -> Chart:
    """The chart ``declared`` by the query, else a guess, with the kind and the values asked for.

    Raises :class:`UsageError` naming what to choose when there is nothing to go by, or when what
    was chosen does not fit the answer.
    """
    base = declared or _guess(answer, values)
    drawn = tuple(values) or base.values
    _check_values(answer, drawn)
    unit = base.unit if drawn == base.values else _common_unit(drawn)
    kind, second = kind or base.kind, base.by or base.down
    if len(drawn) > 1 and (second or kind == "heatmap"):
        raise UsageError(f"this chart draws one value: choose with --columns, from {_list(drawn)}")
    if kind == "heatmap":
        return Chart(kind, base.x, drawn, unit, down=second)
    return Chart(kind, base.x, drawn, unit, by=second)


def unit_of(column: str) -> str:
    """The unit that ends a column's name, empty where none is known."""
    return next((unit for ending, unit in _UNITS.items() if _ends(column, ending)), "")


def name_of(column: str) -> str:
    """A column's name for a legend: ``forecast_gco2_kwh`` is ``forecast``."""
    ending = next((e for e in _UNITS if _ends(column, e) and e != "carbon_intensity"), "")
    return column.removesuffix(ending).replace("_", " ").strip() or column


def with_unit(name: str, unit: str) -> str:
    """``price, GBP/MWh``; a unit that says the name already stands alone."""
    return unit if unit.startswith(name) else f"{name}, {unit}" if unit else name


def is_time(kind: str) -> bool:
    """Whether a DuckDB type is a moment or a day."""
    return kind == "DATE" or kind.startswith("TIMESTAMP")


def _ends(column: str, ending: str) -> bool:
    return column == ending or column.endswith(f"_{ending}")


def _guess(answer: Answer, values: Sequence[str]) -> Chart:
    """Numbers of one unit over the first time, else as bars for the first text."""
    times = [name for name, kind in answer.columns if is_time(kind)]
    texts = [name for name, kind in answer.columns if kind == "VARCHAR"]
    numbers = list(values) or [
        name
        for name, kind in answer.columns
        if is_numeric(kind) and not name.endswith("_id") and name not in _NOT_MEASURED
    ]
    if not numbers or not (times or texts):
        raise UsageError(
            "cannot tell what to draw: a chart needs a column of times or texts, and one of numbers"
        )
    unit = unit_of(numbers[0])
    alike = tuple(name for name in numbers if unit_of(name) == unit) if unit else (numbers[0],)
    if not times:
        return Chart("bar", texts[0], alike, unit)
    by = texts[0] if texts and _repeats(answer, times[0]) else None
    return Chart("line", times[0], alike[:1] if by and not values else alike, unit, by=by)


def _repeats(answer: Answer, column: str) -> bool:
    index = [name for name, _ in answer.columns].index(column)
    return len({row[index] for row in answer.rows}) < len(answer.rows)


def _check_values(answer: Answer, values: Sequence[str]) -> None:
    kinds = dict(answer.columns)
    numeric = [name for name, kind in answer.columns if is_numeric(kind)]
    for name in values:
        if name not in kinds:
            raise UsageError(f"the answer has no column {name!r}; numbers are in {_list(numeric)}")
        if not is_numeric(kinds[name]):
            raise UsageError(f"column {name} holds no numbers; those are in {_list(numeric)}")


def _common_unit(values: Sequence[str]) -> str:
    units = {unit_of(name) for name in values}
    if len(units) > 1:
        each = _list([f"{name} ({unit_of(name) or 'none known'})" for name in values])
        raise UsageError(f"columns of different units do not share an axis: {each}")
    return units.pop()


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
