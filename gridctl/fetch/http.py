"""One polite call: a place in the host's queue before each try, retries, and a bounded patience."""

from __future__ import annotations

import logging
import random
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
import urllib3

from gridctl import __version__
from gridctl.config import Config

_log = logging.getLogger("gridctl.fetch")

OK, NOT_MODIFIED = 200, 304
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_KEPT_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Date",
    "ETag",
    "Last-Modified",
    "Retry-After",
    "Server",
    "X-Cache",
)


_CHUNK = 1 << 16
_LARGEST_BODY = 500_000_000  # the largest file known, 17 years of generation mix, is 60 MB
_PATIENT_BODY = 10  # a body may take this many times the silence that is waited for


@dataclass(frozen=True)
class Answer:
    """What came of a call. ``status`` and ``body`` are ``None`` when nobody answered."""

    requested_at: datetime
    responded_at: datetime
    attempts: int
    status: int | None = None
    body: bytes | None = None
    headers: dict[str, str] | None = None
    error: str | None = None


@dataclass(frozen=True)
class Patience:
    """How long to wait for what."""

    timeout: timedelta
    attempts: int
    backoff: timedelta
    retry_after_max: timedelta

    @classmethod
    def from_config(cls, config: Config) -> Patience:
        return cls(
            config["fetch.timeout"],
            max(1, int(config["fetch.attempts"])),
            config["fetch.backoff"],
            config["fetch.retry_after_max"],
        )


def new_session() -> requests.Session:
    """A session that says who is asking."""
    session = requests.Session()
    session.headers["User-Agent"] = f"gridctl/{__version__} (carbon-aware scheduling)"
    session.headers["Accept-Encoding"] = "gzip, deflate"
    session.headers["Accept"] = "application/json, text/csv;q=0.9, */*;q=0.5"
    return session


@dataclass(frozen=True)
class Outgoing:
    """What is sent: a GET, or a POST of JSON when there is a ``body``."""

    url: str
    params: Mapping[str, str]
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(
    session: requests.Session,
    outgoing: Outgoing,
    patience: Patience,
    wait_turn: Callable[[], None],
    sleep: Callable[[float], object] = time.sleep,
) -> Answer:
    """Call with retries on 429, 5xx and faults of the line, honouring ``Retry-After``.

    ``wait_turn`` is called before every try, so that retries keep the host's pace too: urllib3's
    own retries cannot. Never raises for what the network does: the answer says it.
    """
    requested_at = datetime.now(UTC)
    for attempt in range(1, patience.attempts + 1):
        wait_turn()
        answer = _try_once(session, outgoing, patience, requested_at, attempt)
        is_worth_a_try = answer.status is None or answer.status in _RETRIED
        pause = _pause(answer, attempt, patience)
        if not is_worth_a_try or attempt == patience.attempts or pause is None:
            return answer
        _log.info("%s: %s; next try in %.1f s", outgoing.url, answer.error or answer.status, pause)
        sleep(pause)
    raise AssertionError("attempts is at least 1")


def _try_once(
    session: requests.Session,
    outgoing: Outgoing,
    patience: Patience,
    requested_at: datetime,
    attempt: int,
) -> Answer:
    method = "GET" if outgoing.body is None else "POST"
    kind = {} if outgoing.body is None else {"Content-Type": "application/json"}
    try:
        with session.request(
            method,
            outgoing.url,
            params=dict(outgoing.params),
            data=outgoing.body,
            headers={**kind, **outgoing.headers},
            timeout=patience.timeout.total_seconds(),
            stream=True,
        ) as response:
            body = _read_body(response, patience.timeout * _PATIENT_BODY)
    except (requests.RequestException, urllib3.exceptions.HTTPError, zlib.error) as error:
        return Answer(requested_at, datetime.now(UTC), attempt, error=_cause(error))
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(requested_at, datetime.now(UTC), attempt, response.status_code, body, headers)


def _read_body(response: requests.Response, longest: timedelta) -> bytes:
    """The whole body, decompressed here: requests takes half a gzip stream for a whole one.

    Raises ``requests.Timeout`` for a body that trickles in for longer than ``longest``.
    """
    give_up = time.monotonic() + longest.total_seconds()
    received = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        received += chunk
        if time.monotonic() > give_up:
            raise requests.Timeout("the body timed out")
        if len(received) > _LARGEST_BODY:
            raise requests.RequestException(f"an answer of more than {_LARGEST_BODY:,} bytes")
    if response.headers.get("Content-Encoding", "identity").lower() in ("", "identity"):
        return bytes(received)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, told by their first bytes
    body = unpacker.decompress(bytes(received), _LARGEST_BODY)
    if not unpacker.eof:
        raise zlib.error("Error -5 while decompressing: the stream ends early")
    return body


def _pause(answer: Answer, attempt: int, patience: Patience) -> float | None:
    """Seconds before the next try; ``None`` when the server asks for more than our patience."""
    backoff = patience.backoff.total_seconds() * 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)
    asked = _retry_after((answer.headers or {}).get("Retry-After"))
    if asked is None:
        return backoff
    return None if asked > patience.retry_after_max.total_seconds() else max(asked, 0.0)


def _retry_after(value: str | None) -> float | None:
    """Seconds from a ``Retry-After`` header: a number, or an HTTP date."""
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, TypeError):
        return None
    return (until - datetime.now(UTC)).total_seconds()


def _cause(error: Exception) -> str:
    """The innermost reason in words: requests wraps urllib3 wraps the socket's."""
    seen = str(error)
    for phrase, plain in (
        ("Connection refused", "connection refused"),
        ("Name or service not known", "host name not found"),
        ("Temporary failure in name resolution", "host name not found"),
        ("Failed to resolve", "host name not found"),
        ("timed out", "timed out"),
        ("IncompleteRead", "the answer broke off"),
        ("Connection broken", "the answer broke off"),
        ("RemoteDisconnected", "the server hung up"),
        ("reset by peer", "connection reset"),
        ("decompressing", "the compressed answer is damaged"),
        ("CERTIFICATE", "its certificate is not trusted"),
    ):
        if phrase in seen:
            return plain
    return f"{type(error).__name__}: {seen[:200]}"
