"""What a source is: it describes requests and reads payloads, and does no I/O of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from gridctl.errors import DataError
from gridctl.model import Parsed, Payload, Request, Window


@dataclass(frozen=True)
class Dataset:
    """One series of a source. ``first_data`` is where the publisher's history begins."""

    name: str
    cadence: timedelta
    first_data: datetime
    about: str


@dataclass(frozen=True)
class Document:
    """A file or body opened far enough to tell what it is: JSON, or CSV with its header."""

    json: Any = None
    header: tuple[str, ...] = ()
    is_json: bool = False


@dataclass(frozen=True)
class Recognised:
    """What a file turned out to be. ``problem`` says why nothing of it can be stored.

    ``is_reference`` marks a known table of constants for which the store has no place.
    """

    dataset: str
    problem: str | None = None
    is_reference: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)


class Source(Protocol):
    """The contract of a source module. ``requests`` and ``parse`` are pure."""

    NAME: str
    SETTING: str  # config section with the base URL
    MIN_INTERVAL: timedelta  # between calls, over all processes
    HORIZON: timedelta  # how far ahead the publisher forecasts
    DATASETS: tuple[Dataset, ...]

    def latest(self, now: datetime, ahead: timedelta) -> list[Request]:
        """The calls that bring the present up to date and the forecasts up to ``ahead``."""

    def history(self, dataset: str, window: Window) -> list[Request]:
        """The calls for a span of the past, chunked within the publisher's limits."""

    def parse(self, payload: Payload) -> Parsed:
        """Read a payload. Raises :class:`DataError` when nothing of it can be used."""

    def recognise(self, document: Document) -> Recognised | None:
        """Say what a saved file is, from its content; ``None`` when it is not this source's."""


def open_document(body: bytes) -> Document:
    """Tell JSON from CSV. Raises :class:`DataError` when it is neither."""
    if body.lstrip()[:1] in (b"{", b"["):
        return Document(json=load_json(body), is_json=True)
    text = decode(body)
    header = next(csv.reader(io.StringIO(text)), [])
    if len(header) < 2:
        raise DataError("neither JSON nor CSV with a header")
    return Document(header=tuple(name.strip() for name in header))


def load_json(body: bytes) -> Any:
    """Parse a JSON body. Raises :class:`DataError` saying what was found instead."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        start = body.lstrip()[:1]
        if not body.strip():
            raise DataError("an empty body") from None
        if start == b"<":
            raise DataError("an HTML or XML page instead of JSON") from None
        raise DataError(f"not valid JSON, perhaps cut short: {error}") from None


def decode(body: bytes) -> str:
    """UTF-8 text of a body, with or without a byte order mark. Raises :class:`DataError`."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError("neither JSON nor CSV: not UTF-8 text") from None
