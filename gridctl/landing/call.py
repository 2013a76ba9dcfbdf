"""A call to an upstream, or a file given, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gridctl.landing.file import as_text
from gridctl.model import natural_id


@dataclass(frozen=True)
class Call:
    """One call to an upstream, or one file given, and what came of it."""

    source: str
    dataset: str
    origin: str
    location: str
    requested_at: datetime
    as_of: datetime
    body: bytes | None
    responded_at: datetime | None = None
    issued_at: datetime | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 1
    error: str | None = None
    request: bytes | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body or b"").hexdigest()

    @property
    def payload_id(self) -> UUID:
        """Named by content, moment and place: the same payload has the same id everywhere."""
        return natural_id(
            "payload", self.source, self.dataset, self.location, as_text(self.as_of), self.sha256
        )


@dataclass(frozen=True)
class Waiting:
    """A payload that waits to be loaded, or a call that waits to be logged."""

    payload_id: UUID
    source: str
    dataset: str
    bytes: int


@dataclass(frozen=True)
class Counts:
    """What loading a payload did, in records."""

    fetched: int = 0
    inserted: int = 0
    updated: int = 0
    rejected: int = 0
