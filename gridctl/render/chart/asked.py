"""Charts of canned queries and of users' own SQL, with titles and sources of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from gridctl.query.answer import Answer
from gridctl.query.header import Query
from gridctl.render.chart.notes import is_all_synthetic, tells_source
from gridctl.render.chart.plot import Heading, Plot
from gridctl.render.values import shown_value

_UNTOLD = "real or synthetic is not told: the SQL selects no source"


def plot_query(
    answer: Answer,
    query: Query,
    given: Mapping[str, object],
    as_of: datetime | None = None,
    *,
    kind: str | None = None,
    columns: Sequence[str] = (),
    zone: tzinfo = UTC,
) -> Plot:
    """The chart of a canned query's answer; ``given`` are the parameters it was asked with.

    ``kind`` and ``columns`` replace those of the query's own chart. Raises :class:`UsageError` when
    they do not suit the answer.
    """
    asked = [f"{name} {shown_value(value)}" for name, value in given.items()]
    heading = Heading(query.description, _joined(asked, as_of), _source(answer, query))
    return Plot(answer, query.chart, heading, kind=kind, columns=columns, zone=zone)


def plot_sql(
    answer: Answer,
    as_of: datetime | None = None,
    *,
    kind: str | None = None,
    columns: Sequence[str] = (),
    zone: tzinfo = UTC,
) -> Plot:
    """The chart of an answer to a user's own SQL, guessed from its columns as far as not chosen."""
    if not tells_source(answer):
        answer = replace(answer, notes=(*answer.notes, _UNTOLD))
    heading = Heading("", _joined([], as_of))
    return Plot(answer, None, heading, kind=kind, columns=columns, zone=zone)


def _joined(asked: Sequence[str], as_of: datetime | None) -> str:
    moment = [f"as of {shown_value(as_of)}"] if as_of else []
    return ", ".join([*asked, *moment])


def _source(answer: Answer, query: Query) -> str:
    """What the licences of the sources behind a query ask for."""
    from gridctl.sources import SOURCES

    if is_all_synthetic(answer):
        return "Source: the synthetic grid of gridctl"
    words = (word for command in query.needs.values() for word in command.split())
    licences = dict.fromkeys(SOURCES[word].licence for word in words if word in SOURCES)
    return f"Source: {'; '.join(licences)}" if licences else ""
