"""Tell a message, an acknowledgement and a refusal apart, in all dialects that are in use.

An answer whose ``context.action`` begins with ``on_`` is complete. Anything else may acknowledge:
``message.ack.status`` (version 1), ``message.status`` (adapters of version 2), ``ack_status`` (the
2.0.0 candidate) or ``status`` (its long-term release).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gridctl.errors import DataError
from gridctl.sources.base import Document, Recognised
from gridctl.sources.beckn.parts import part, word

ACK, NACK = "ACK", "NACK"
_CALLBACK = "on_"
_VECTOR = {"signing_string", "digest_b64", "signature_b64"}


@dataclass(frozen=True)
class Context:
    """Who speaks of what to whom. What is missing, or no text, is ``None``."""

    action: str | None = None
    transaction_id: str | None = None
    message_id: str | None = None
    bap_id: str | None = None
    bpp_id: str | None = None
    timestamp: str | None = None

    @classmethod
    def of(cls, document: Any) -> Context:
        """The context of a message; of a bare acknowledgement what it says of itself."""
        context, message = part(document, "context"), part(document, "message")
        if not isinstance(context, Mapping):
            context = document
        return cls(
            word(part(context, "action")),
            word(part(context, "transaction_id", "transactionId")),
            word(part(context, "message_id", "messageId")) or word(part(message, "messageId")),
            word(part(context, "bap_id", "bapId")),
            word(part(context, "bpp_id", "bppId")),
            word(part(context, "timestamp")),
        )

    @property
    def is_callback(self) -> bool:
        return (self.action or "").startswith(_CALLBACK)

    @property
    def plain_action(self) -> str | None:
        """``discover`` of ``on_discover``."""
        return self.action.removeprefix(_CALLBACK) if self.action else None


@dataclass(frozen=True)
class Message:
    """A message, or the acknowledgement of one."""

    context: Context
    body: Any
    is_ack: bool = False


def read(document: Any) -> Message:
    """Raises :class:`DataError` with code and words of a refusal, or when it is no message."""
    if not isinstance(document, dict):
        raise DataError("a Beckn message is an object")
    _check_depth(document)
    refusal = _refusal(document)
    if refusal is not None:
        raise DataError(refusal)
    context = Context.of(document)
    if not context.is_callback and _acknowledgement(document) == ACK:
        return Message(context, part(document, "message"), is_ack=True)
    if context.action is None or not isinstance(part(document, "context"), Mapping):
        raise DataError("neither a Beckn message nor an acknowledgement")
    return Message(context, part(document, "message"))


def recognise(document: Document) -> Recognised | None:
    """``discover`` for listed windows, ``messages`` for all other steps of a journey."""
    body = document.json
    if not isinstance(body, dict):
        return None
    if body.keys() >= _VECTOR:
        return Recognised("signature-vector", is_reference=True)
    context = Context.of(body) if isinstance(body.get("context"), Mapping) else Context()
    is_message = None not in (context.action, context.transaction_id)
    if not is_message and not _acknowledgement(body):
        return None
    try:
        read(body)
    except DataError as refused:
        return Recognised("messages", problem=str(refused))
    if not is_message:
        return Recognised("messages", problem="an acknowledgement that does not say of what")
    return Recognised("discover" if context.action == "on_discover" else "messages")


def _check_depth(document: Any) -> None:
    """JSON can be read four times as deep as it can be written, and parts of it are kept."""
    try:
        orjson.dumps(document)
    except TypeError:
        raise DataError("nested too deeply for a message") from None


def _acknowledgement(document: Mapping[str, Any]) -> str | None:
    message = part(document, "message")
    found = (
        part(document, "ack_status"),
        part(part(message, "ack"), "status"),
        part(message, "status"),
        part(document, "status"),
    )
    return next((status for status in found if status in (ACK, NACK)), None)


def _refusal(document: Mapping[str, Any]) -> str | None:
    """The words of a NACK, or of an error, which may come in an answer that calls itself 200."""
    message = part(document, "message")
    error = part(document, "error") or part(message, "error")
    if not error:
        is_refused = _acknowledgement(document) == NACK and not Context.of(document).is_callback
        return "refused (NACK) without a reason" if is_refused else None
    said = (part(error, "code", "errorCode"), part(error, "message", "errorMessage"))
    words = ": ".join(str(piece) for piece in said if piece is not None) or str(error)
    return f"refused: {' '.join(words.split())[:200]}"
