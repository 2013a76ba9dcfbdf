"""What ``query`` and ``plot`` ask: a canned query with its parameters, or the user's own SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl.cli.app import Session
from gridctl.errors import UsageError

if TYPE_CHECKING:
    from gridctl.query.answer import Answer

ParamOption = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="Set a parameter; repeatable."),
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", "-n", min=0, help="At most so many rows.")
]


@dataclass(frozen=True)
class Question:
    """A query by name, with ``params`` as typed, or ``sql``; ``as_of`` a past moment, if given."""

    name: str | None
    sql: str | None
    params: list[str]
    as_of: datetime | None
    limit: int | None

    def answer(self, session: Session) -> Answer:
        """Ask the database. Raises :class:`UsageError` as the query does."""
        from gridctl.query.catalogue import parse_assignments
        from gridctl.query.run import run_named, run_sql

        if self.name is not None:
            given = parse_assignments(self.params)
            return run_named(session.config, self.name, given, self.as_of, self.limit, session.say)
        if self.params:
            raise UsageError("--param goes with a named query; write the value into --sql")
        return run_sql(session.config, self.sql or "", self.limit, self.as_of)

    def counted(self, count: int) -> str:
        """How many rows there were, and whether the limit cut them off."""
        rows = f"{count:,} row{'' if count == 1 else 's'}"
        return f"{rows}, the limit" if self.limit is not None and count == self.limit else rows


def check_one_way(*ways: object) -> None:
    """Raise :class:`UsageError` unless exactly one way to say what is asked was used."""
    if sum(way is not None and way is not False for way in ways) != 1:
        raise UsageError("name one query, or give --sql or --list; see: gridctl query --list")
