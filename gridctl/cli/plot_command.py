"""``gridctl plot``: the answer to a query as a chart, in the terminal or as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl.cli.app import AsOfOption, Session, ZoneOption, app
from gridctl.cli.question import LimitOption, ParamOption, Question, check_one_way
from gridctl.clock import find_zone

if TYPE_CHECKING:
    from gridctl.query.answer import Answer
    from gridctl.render.chart.plot import Plot

EPILOG = (
    "Examples: gridctl plot carbon-trend --param hours=168; "
    "gridctl plot generation-mix --output mix.svg; "
    "gridctl plot price-trend --kind heatmap --param hours=720."
)  # fmt: skip


class Kind(StrEnum):
    """How values are drawn; ``area`` is stacked."""

    LINE = "line"
    AREA = "area"
    BAR = "bar"
    HEATMAP = "heatmap"


@app.command(epilog=EPILOG)
def plot(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A query; gridctl query --list shows them.")
    ] = None,
    param: ParamOption = None,
    as_of: AsOfOption = None,
    limit: LimitOption = None,
    kind: Annotated[
        Kind | None, typer.Option("--kind", "-k", help="Instead of the query's own.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="NAME,...", help="Draw these columns of numbers."),
    ] = None,
    tz: ZoneOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write a picture, .png or .svg, instead."),
    ] = None,
    sql: Annotated[
        str | None, typer.Option("--sql", metavar="SELECT", help="Draw this SELECT's answer.")
    ] = None,
) -> None:
    """Draw the answer to a query: lines, stacked areas, bars or a heat map."""
    check_one_way(name, sql)
    session: Session = ctx.obj
    names = [] if columns is None else [column.strip() for column in columns.split(",")]
    zone = UTC if tz is None else find_zone(tz)
    asked = Question(name, sql, param or [], session.time(as_of), limit)
    draw(session, asked, output, zone, kind, names)


def draw(
    session: Session,
    asked: Question,
    output: Path | None,
    zone: tzinfo,
    kind: str | None = None,
    columns: Sequence[str] = (),
) -> None:
    """Ask, and print the chart or write the picture; where it cannot go is told before."""
    if output is not None:
        from gridctl.render.style import check_picture

        check_picture(output)
    answer = asked.answer(session)
    _show(session, _plot_of(session, asked, answer, kind, columns, zone), output)
    session.say(asked.counted(len(answer.rows)))


def _plot_of(
    session: Session,
    asked: Question,
    answer: Answer,
    kind: str | None,
    columns: Sequence[str],
    zone: tzinfo,
) -> Plot:
    from gridctl.query.catalogue import find, parse_assignments
    from gridctl.render.chart.asked import plot_query, plot_sql

    if asked.name is None:
        return plot_sql(answer, asked.as_of, kind=kind, columns=columns, zone=zone)
    given = parse_assignments(asked.params)
    query = find(asked.name, session.config.query_folder)
    return plot_query(answer, query, given, asked.as_of, kind=kind, columns=columns, zone=zone)


def _show(session: Session, drawn: Plot, output: Path | None) -> None:
    from gridctl.render.tables import write_text

    if drawn.is_empty:
        for note in drawn.notes:
            session.say(f"note: {note}")
        if output is not None:
            session.say(f"nothing to draw: {output} is not written")
    elif output is None:
        write_text(drawn.text())
    else:
        drawn.save(output)
        session.say(f"drawn in {output}")
