"""What a site is: it replies to what is asked, or leaves it to the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Asked:
    """A request as it came. ``host`` is ``http://127.0.0.1:port``, for absolute URLs in replies."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    host: str


@dataclass(frozen=True)
class Reply:
    """What is sent back."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Site(Protocol):
    def reply(self, asked: Asked) -> Reply | None:
        """``None`` when the path is not this site's."""


def json_reply(document: Any, status: int = 200, **headers: str) -> Reply:
    kind = {"Content-Type": "application/json"}
    return Reply(json.dumps(document).encode(), status, kind | headers)


def csv_reply(text: str, **headers: str) -> Reply:
    return Reply(text.encode(), 200, {"Content-Type": "text/csv", **headers})
