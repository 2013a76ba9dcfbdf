"""A Carbon Intensity API on 127.0.0.1 that behaves as the real one does, faults included.

It selects periods by their END, inclusive at both sides; ``/generation`` forgets everything after
31 December when a range straddles new year; answers hold 18 regions. ``faults`` is a list of
things to do instead of answering, taken from the front, one per request.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HALF_HOUR = timedelta(minutes=30)
FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
NAMES = (
    "North Scotland",
    "South Scotland",
    "North West England",
    "North East England",
    "Yorkshire",
    "North Wales & Merseyside",
    "South Wales",
    "West Midlands",
    "East Midlands",
    "East England",
    "South West England",
    "South England",
    "London",
    "South East England",
    "England",
    "Scotland",
    "Wales",
    "GB",
)
Fault = Callable[[BaseHTTPRequestHandler], None]


def status(
    code: int, body: bytes = b'{"error":{"code":"500","message":"no"}}', **headers: str
) -> Fault:
    """Answer with this status, body and headers (underscores stand for dashes)."""

    def fault(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return fault


def body(content: bytes) -> Fault:
    """Answer 200 with these bytes."""
    return status(200, content)


def broken_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent, then hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data":[')
    handler.close_connection = True


def stall(seconds: float) -> Fault:
    """Say nothing for a while."""

    def fault(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return fault


class Upstream:
    """The server. ``requests`` logs (time, path); ``horizon`` may be cut short."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.horizon = timedelta(hours=48)
        self.faults: list[Fault] = []
        self.requests: list[tuple[float, str]] = []
        self.edit: Callable[[str, Any], Any] = lambda path, document: document
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.requests]

    def __enter__(self) -> Upstream:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(upstream) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                upstream.requests.append((time.monotonic(), self.path))
                if upstream.faults:
                    upstream.faults.pop(0)(self)
                    return
                document = upstream.edit(self.path, upstream.answer(self.path))
                status(200, json.dumps(document).encode(), Content_Type="application/json")(self)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def answer(self, path: str) -> dict[str, Any]:
        family, start, end = self._parse(path)
        periods = []
        t = datetime(start.year, start.month, start.day, tzinfo=UTC) - timedelta(days=1)
        while t < end:
            is_forgotten = family == "generation" and t.year > start.year
            is_known = t <= self.now + self.horizon
            if start <= t + HALF_HOUR <= end and is_known and not is_forgotten:
                periods.append(self.period(family, t))
            t += HALF_HOUR
        return {"data": periods}

    def _parse(self, path: str) -> tuple[str, datetime, datetime]:
        words = path.strip("/").split("/")
        if words[0] == "regional":
            words = ["regional", *words[2:]]
        family, first, last = words
        start = datetime.fromisoformat(first)
        spans = {"fw24h": 24, "fw48h": 48}
        if last in spans:
            return family, start, start + timedelta(hours=spans[last])
        if last == "pt24h":
            return family, start - timedelta(hours=24), start
        return family, start, datetime.fromisoformat(last)

    def period(self, family: str, t: datetime) -> dict[str, Any]:
        end = t + HALF_HOUR
        record: dict[str, Any] = {"from": f"{t:%Y-%m-%dT%H:%MZ}", "to": f"{end:%Y-%m-%dT%H:%MZ}"}
        if family == "intensity":
            is_over = t + timedelta(hours=1) <= self.now
            actual = value(t) + 3 if is_over else None
            record["intensity"] = {"forecast": value(t), "actual": actual, "index": "moderate"}
        elif family == "generation":
            record["generationmix"] = mix(t)
        else:
            record["regions"] = [
                {
                    "regionid": n,
                    "dnoregion": "a network",
                    "shortname": name,
                    "intensity": {"forecast": value(t) + n, "index": "low"},
                    "generationmix": mix(t),
                }
                for n, name in enumerate(NAMES, 1)
            ]
        return record


def value(t: datetime) -> int:
    """A forecast that depends on the half hour alone."""
    return 100 + (t.hour * 2 + t.minute // 30) * 2


def mix(t: datetime) -> list[dict[str, Any]]:
    wind = 20 + t.hour
    shares = {"wind": wind, "gas": 50 - t.hour, "nuclear": 15, "biomass": 7, "imports": 8}
    return [{"fuel": fuel, "perc": shares.get(fuel, 0)} for fuel in FUELS]
