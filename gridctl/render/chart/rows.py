"""An answer by columns, and how its times and keys are read."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from gridctl.errors import UsageError
from gridctl.query.answer import Answer
from gridctl.render.values import shown_value


class Rows:
    """An answer by columns."""

    def __init__(self, answer: Answer) -> None:
        names = [name for name, _ in answer.columns]
        self._columns = dict(zip(names, zip(*answer.rows, strict=True), strict=True))

    def column(self, name: str) -> tuple[Any, ...]:
        """As answered. Raises :class:`UsageError` when there is no such column."""
        if name not in self._columns:
            raise UsageError(f"the answer has no column {name!r} to draw by")
        return self._columns[name]

    def numbers(self, name: str) -> list[float]:
        """As floats; what is missing or endless is NaN."""
        found = [math.nan if v is None else float(v) for v in self.column(name)]
        return [value if math.isfinite(value) else math.nan for value in found]


def label_of(key: Any, zone: tzinfo) -> str:
    """A key as written beside a bar or a row."""
    if isinstance(key, datetime):
        local = instant_of(key).astimezone(zone)
        return f"{local:%a} {local.day} {local:%b %H:%M}"
    if isinstance(key, date):
        return f"{key:%a} {key.day} {key:%b}"
    return shown_value(key) or "none"


def instant_of(moment: Any) -> datetime:
    """A time without a zone is UTC; a day begins at midnight UTC."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
