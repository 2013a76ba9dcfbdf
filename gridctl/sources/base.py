"""What a source is: it describes requests and reads payloads, and does no I/O of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from gridctl.errors import DataError
from gridctl.model import Parsed, Payload, Request, Window

Options = Mapping[str, Any]  # the settings of a source's config section, by key


@dataclass(frozen=True)
class Dataset:
    """One series of a source. ``first_data`` is where the publisher's history begins, if it keeps
    one; ``cadence`` how often it publishes, which is how often ``--watch`` asks."""

    name: str
    cadence: timedelta
    first_data: datetime | None
    about: str


@dataclass(frozen=True)
class Document:
    """A file or body opened far enough to tell what it is: JSON, or CSV with its header and the
    row below."""

    json: Any = None
    header: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
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


def _nothing_more(request: Request, body: bytes, options: Options) -> list[Request]:
    return []


def _no_history(dataset: str, window: Window, options: Options) -> list[Request]:
    return []


def _no_headers(request: Request, now: datetime, options: Options) -> Mapping[str, str]:
    return {}


def _is_ready(options: Options) -> str | None:
    return None


@dataclass(frozen=True)
class Source:
    """What a source module offers: facts about its publisher, and pure functions.

    None of the functions does I/O. ``latest``, ``history`` and ``follow`` describe calls:

    - ``latest(now, ahead, options)``: what brings the present, and forecasts up to ``ahead``;
    - ``history(dataset, window, options)``: a span of the past, within the publisher's limits;
    - ``follow(request, body, options)``: what an answer leads to, say the next page, or the files
      that a catalogue lists. Raises :class:`DataError` when the answer is not what was asked for;
    - ``standby(request, options)``: what to ask instead when a call failed for good;
    - ``headers(request, now, options)``: headers of a call, say its signature;
    - ``parse(payload)``: the rows of an answer. Raises :class:`DataError` when nothing is of use;
    - ``recognise(document)``: what a saved file is, ``None`` when it is not this source's;
    - ``not_ready(options)``: why nothing can be asked yet, say a setting that is missing.
    """

    name: str
    setting: str  # config section: base URL and options; may be one that does not exist
    about: str
    licence: str
    datasets: tuple[Dataset, ...]
    tables: tuple[str, ...]  # what it fills
    latest: Callable[[datetime, timedelta, Options], list[Request]]
    parse: Callable[[Payload], Parsed]
    recognise: Callable[[Document], Recognised | None]
    history: Callable[[str, Window, Options], list[Request]] = _no_history
    follow: Callable[[Request, bytes, Options], list[Request]] = _nothing_more
    standby: Callable[[Request, Options], list[Request]] = lambda request, options: []
    headers: Callable[[Request, datetime, Options], Mapping[str, str]] = _no_headers
    not_ready: Callable[[Options], str | None] = _is_ready
    url: str = ""  # base URL where no setting gives one
    horizon: timedelta = timedelta(hours=48)  # how far ahead the publisher forecasts
    paces: Mapping[str, timedelta] = field(  # least time between calls of a queue, all processes
        default_factory=lambda: {"": timedelta(milliseconds=100)}
    )
    at_once: int = 1  # calls in flight

    def dataset(self, name: str) -> Dataset | None:
        """The dataset of that name."""
        return next((dataset for dataset in self.datasets if dataset.name == name), None)


def path_of(url: str) -> tuple[str, dict[str, str]]:
    """Path and parameters of an absolute URL that an answer holds, to ask below our base URL."""
    parts = urlsplit(url)
    return parts.path, dict(parse_qsl(parts.query))


def open_document(body: bytes) -> Document:
    """Tell JSON from CSV. Raises :class:`DataError` when it is neither."""
    if body.lstrip()[:1] in (b"{", b"["):
        return Document(json=load_json(body), is_json=True)
    text = decode(body)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        header, first = next(rows, []), next(rows, [])
    except csv.Error as error:
        raise DataError(f"neither JSON nor CSV with a header: {error}") from None
    if len(header) < 2:
        raise DataError("neither JSON nor CSV with a header")
    return Document(header=tuple(name.strip() for name in header), first=tuple(first))


def _delimiter(text: str) -> str:
    """What parts the columns: a semicolon where the first line has no comma."""
    first = text.partition("\n")[0]
    return ";" if ";" in first and "," not in first else ","


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


def csv_records(body: bytes) -> Iterator[dict[str, Any]]:
    """The rows of a CSV with a header, by stripped column name; what a short row lacks is ``None``,
    what a long one has too much is a list under ``extra``.

    Raises :class:`DataError` when there is no header, or quoting goes wrong.
    """
    rows = csv.DictReader(io.StringIO(decode(body), newline=""), restkey="extra")
    try:
        if not rows.fieldnames:
            raise DataError("an empty body")
        rows.fieldnames = [name.strip() for name in rows.fieldnames]
        yield from rows
    except csv.Error as error:
        raise DataError(f"not a CSV that can be read: {error}") from None


def decode(body: bytes) -> str:
    """UTF-8 text of a body, with or without a byte order mark. Raises :class:`DataError`."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError("neither JSON nor CSV: not UTF-8 text") from None
