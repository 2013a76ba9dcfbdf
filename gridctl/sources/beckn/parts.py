"""Reach into a message whose keys may be prefixed (``beckn:id``, ``schema:name``) or plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PREFIXES = ("beckn:", "schema:", "")


def part(node: Any, *names: str) -> Any:
    """The first of these parts that a node has, ``None`` when it has none or is no object."""
    if not isinstance(node, Mapping):
        return None
    for name in names:
        for prefix in _PREFIXES:
            value = node.get(prefix + name)
            if value is not None:
                return value
    return None


def word(raw: Any) -> str | None:
    """A text without the spaces around it; ``None`` for anything else, and for an empty one."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    return raw.strip() or None if isinstance(raw, str) else None


def others(node: Any, *known: str) -> dict[str, Any]:
    """What a node says beside the known parts. JSON-LD's own ``@`` keys say nothing of it."""
    if not isinstance(node, Mapping):
        return {}
    return {
        key: value
        for key, value in node.items()
        if not key.startswith("@")
        and key.removeprefix("beckn:").removeprefix("schema:") not in known
    }
