"""``gridctl query``: canned questions by name, or the user's own SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl.cli.app import AsOfOption, Format, FormatOption, OutputOption, Session, ZoneOption, app
from gridctl.cli.question import LimitOption, ParamOption, Question, check_one_way
from gridctl.errors import UsageError

if TYPE_CHECKING:
    from gridctl.query.header import Query

EPILOG = (
    "Examples: gridctl query current-grid-status; "
    "gridctl query carbon-trend --param hours=48 --format csv; "
    "gridctl query --sql \"SELECT avg(actual_gco2_kwh) FROM carbon_intensity_national\"."
)  # fmt: skip


@app.command(epilog=EPILOG)
def query(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A query; --list shows them.")] = None,
    show_list: Annotated[bool, typer.Option("--list", "-l", help="List the queries.")] = False,
    param: ParamOption = None,
    as_of: AsOfOption = None,
    limit: LimitOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
    tz: ZoneOption = None,
    show_sql: Annotated[
        bool, typer.Option("--show-sql", help="Print the SQL instead of running it.")
    ] = False,
    sql: Annotated[
        str | None, typer.Option("--sql", metavar="SELECT", help="Run this SELECT or EXPLAIN.")
    ] = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw a chart; with --output X.png or .svg, a picture.")
    ] = False,
) -> None:
    """Ask the database a question, by name or in SQL. It is only ever read."""
    from gridctl.render.endings import format_for
    from gridctl.render.tables import write_rows

    session: Session = ctx.obj
    check_one_way(name, sql, show_list)
    asked = Question(name, sql, param or [], session.time(as_of), limit)
    if plot and not show_list and not show_sql:
        return _draw(session, asked, format, output, tz)
    chosen = format_for(output, format, Format, "add --plot to draw it")
    zone = session.zone(tz, chosen)
    if show_list:
        return _write_list(session, chosen, output)
    if show_sql:
        return _write_sql(session, name, sql, output)
    answer = asked.answer(session)
    meta = {"query": sql or name, "as_of": asked.as_of}
    write_rows(answer.columns, answer.rows, chosen, output, meta, zone)
    for note in answer.notes:
        session.say(f"note: {note}")
    session.say(asked.counted(len(answer.rows)))


def _draw(
    session: Session, asked: Question, format: Format | None, output: Path | None, tz: str | None
) -> None:
    from gridctl.cli.plot_command import draw

    if format is not None:
        raise UsageError(f"--plot draws, and --format {format} writes rows: give one of them")
    draw(session, asked, output, session.zone(tz, Format.TABLE))


def _write_list(session: Session, format: Format, output: Path | None) -> None:
    from gridctl.query.catalogue import all_queries
    from gridctl.render.tables import write_document, write_rows

    queries = all_queries(session.config.query_folder, lambda text: session.say(f"note: {text}"))
    if format is Format.JSON:
        return write_document({"queries": [query.as_dict() for query in queries]}, output)
    headings = ["name", "description", "parameters", "theme", "file"]
    rows: list[tuple[str | None, ...]] = [
        (q.name, q.description, q.defaults, q.theme, str(q.file) if q.file else None)
        for q in queries
    ]
    if format is Format.TABLE and output is None:  # two columns fit 80 characters, five do not
        headings = headings[:2]
        rows = [(query.name, _described(query)) for query in queries]
    write_rows([(heading, "VARCHAR") for heading in headings], rows, format, output)


def _described(query: Query) -> str:
    parameters = f" [{query.defaults}]" if query.defaults else ""
    return f"{query.description}{parameters}{f' (yours: {query.file})' if query.file else ''}"


def _write_sql(session: Session, name: str | None, sql: str | None, output: Path | None) -> None:
    from gridctl.query.catalogue import find
    from gridctl.render.tables import write_text

    found = find(name, session.config.query_folder).sql if name is not None else sql or ""
    write_text(found.rstrip() + "\n", output)
