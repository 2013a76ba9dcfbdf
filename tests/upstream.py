"""Every upstream on one port of 127.0.0.1, behaving as the real ones do, faults included.

``faults`` is a list of things to do instead of replying, taken from the front, one per request.
As a process of its own: ``python tests/upstream.py`` prints its URL; ``POST /_faults`` with a JSON
list of names from :data:`FAULTS` orders faults anew, ``GET /_asked`` tells what was asked.
"""

from __future__ import annotations

import gzip
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sites.beckn import Beckn
from sites.carbon_intensity import CarbonIntensity
from sites.dfs import DemandFlexibility
from sites.elexon import Elexon
from sites.neso import Neso
from sites.octopus import Octopus
from sites.site import Asked, Reply, Site

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


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Begin a body, then cut the line the hard way."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'{"data":[')
    handler.wfile.flush()
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True


def truncated_gzip(handler: BaseHTTPRequestHandler) -> None:
    """Half of a gzip stream, called whole by its length."""
    packed = gzip.compress(b'{"data":[]}' * 1000)
    status(200, packed[: len(packed) // 2], Content_Encoding="gzip")(handler)


HTML = b"<!DOCTYPE html><html><body>Sorry, we are down.</body></html>"
FAULTS: dict[str, Fault] = {
    "429": status(429, b"", Retry_After="1"),
    "500": status(500),
    "503": status(503),
    "404": status(404),
    "html": status(200, HTML, Content_Type="text/html"),
    "empty-object": body(b"{}"),
    "wrong-types": body(b'{"data":[{"from":5,"to":null,"intensity":[]}],"result":7,"results":1}'),
    "truncated": body(b'{"data":[{"from":"2026'),
    "broken-off": broken_off,
    "reset": reset,
    "truncated-gzip": truncated_gzip,
    "stall": stall(30),
}


def all_sites(now: datetime) -> list[Site]:
    """One of each publisher."""
    kinds = (CarbonIntensity, DemandFlexibility, Neso, Elexon, Octopus, Beckn)
    return [kind(now) for kind in kinds]


class Upstream:
    """The server. ``requests`` logs (time, path with parameters)."""

    def __init__(self, now: datetime, sites: Sequence[Site] | None = None, port: int = 0) -> None:
        self.sites = list(all_sites(now) if sites is None else sites)
        self.faults: list[Fault] = []
        self.fault_for: Callable[[Asked], Fault | None] = lambda asked: None
        self.requests: list[tuple[float, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.requests]

    def site(self, kind: type[Any]) -> Any:
        """The site of that kind, to change how it behaves."""
        return next(site for site in self.sites if isinstance(site, kind))

    def __enter__(self) -> Upstream:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, asked: Asked) -> Reply:
        for site in self.sites:
            found = site.reply(asked)
            if found is not None:
                return found
        return Reply(b'{"error":{"code":"404","message":"no such path"}}', 404)

    def _handler(upstream) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                asked = Asked(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    dict(self.headers),
                    self.rfile.read(length),
                    upstream.url,
                )
                if asked.path.startswith("/_"):
                    return upstream._control(self, asked)
                upstream.requests.append((time.monotonic(), self.path))
                fault = upstream.faults.pop(0) if upstream.faults else upstream.fault_for(asked)
                if fault is not None:
                    return fault(self)
                reply = upstream.reply(asked)
                headers = {name.replace("-", "_"): text for name, text in reply.headers.items()}
                status(reply.status, reply.body, **headers)(self)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _control(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        if asked.method == "POST":
            self.faults[:] = [FAULTS[name] for name in json.loads(asked.body)]
        status(200, json.dumps(self.paths).encode())(handler)


if __name__ == "__main__":
    with Upstream(datetime.now(UTC), port=int(sys.argv[1]) if len(sys.argv) > 1 else 0) as running:
        sys.stdout.write(f"{running.url}\n")
        sys.stdout.flush()
        sys.stdin.read()  # until whoever started it goes away
