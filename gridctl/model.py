"""The values that travel from an upstream to the store: requests, payloads, parsed batches."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "gridctl")
SYNTHETIC = "synthetic"


def natural_id(table: str, *parts: object) -> uuid.UUID:
    """The id of a row from its natural key: the same here, in SQL, and on every machine.

    Times must come spelled ``YYYY-MM-DDTHH:MM:SSZ``; ``None`` (Great Britain) is spelled ``GB``.
    """
    spelled = ("GB" if part is None else str(part) for part in parts)
    return uuid.uuid5(NAMESPACE, "|".join((table, *spelled)))


@dataclass(frozen=True)
class Window:
    """A half-open interval of slots in UTC: ``start`` in, ``end`` out."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Request:
    """One call to an upstream, described without making it. ``path`` is below the base URL."""

    source: str
    dataset: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    window: Window | None = None
    is_forecast: bool = False  # its answer is a forecast vintage, issued when it answered


@dataclass(frozen=True)
class Payload:
    """A body as received, with what is needed to read it.

    ``as_of`` is the moment it speaks of and decides which value wins; ``issued_at`` is set when
    the body is a forecast whose issue time is known.
    """

    payload_id: uuid.UUID
    source: str
    dataset: str
    body: bytes
    as_of: datetime
    issued_at: datetime | None = None


@dataclass(frozen=True)
class Reject:
    """A record, or one field of it, that was kept out of the store, and the rule it broke."""

    table: str
    rule: str
    record: str
    field: str | None = None


@dataclass
class Batch:
    """Rows for one table, by column. All columns have the same length."""

    table: str
    columns: dict[str, list[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))


@dataclass
class Parsed:
    """What a payload holds: rows by table, rejected records, and records knowingly left out.

    ``dropped`` counts by reason, so that rows in = rows stored + rejected + dropped.
    """

    batches: list[Batch] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, reason: str, count: int = 1) -> None:
        """Count records that are left out on purpose."""
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + count
