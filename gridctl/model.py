"""The values that travel from an upstream to the store: requests, payloads, parsed batches."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "gridctl")
SYNTHETIC = "synthetic"
CATALOGUE = "catalogue"  # a dataset that only tells what else to ask for: nothing of it is stored


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
    window: Window | None = None  # the span of history that its answer covers
    is_forecast: bool = False  # its answer is a forecast vintage, issued when it answered
    body: bytes | None = None  # sent by POST as JSON when given
    pace: str = ""  # which of the source's queues it waits in
    version: str | None = None  # the publisher's mark of the answer: one known is not asked for
    serves: str = ""  # the dataset it brings up to date, when it only leads to it
    leads_on: bool = False  # its answer leads to more of the same
    part: str = ""  # which part of the dataset it is about, say a region, when others have theirs

    @property
    def served(self) -> str:
        """The dataset that this call brings up to date."""
        return self.serves or self.dataset

    @property
    def series(self) -> str:
        """What the spans of history that are here are counted by."""
        return f"{self.dataset}/{self.part}" if self.part else self.dataset


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
    location: str = ""  # URL with its parameters, or the name of a file
    request: bytes | None = None  # what was sent, when it was a POST


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

    Every record of the payload is counted once: in ``used``, as a reject of the whole record, or in
    ``dropped``, which counts by reason. One record may make several rows, or share in making one.
    """

    batches: list[Batch] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    used: int = 0

    def drop(self, reason: str, count: int = 1) -> None:
        """Count records that are left out on purpose."""
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + count
