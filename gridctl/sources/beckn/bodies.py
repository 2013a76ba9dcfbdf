"""Read messages: an ``on_discover`` into windows and offers, every message into its exchange.

A request and its answer are one row of ``beckn_transactions`` when they share their ids, as the
protocol's text says they do, and neither overwrites the other: each fills its own payload column.
Where the answer has a message id of its own, as in the drafted examples, they are two rows. The
``action`` is that of the request: ``discover`` for ``on_discover``, too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gridctl.clock import parse_wire_time
from gridctl.errors import DataError
from gridctl.model import Parsed, Payload
from gridctl.sources.base import decode, load_json
from gridctl.sources.beckn.catalogs import read_catalogs
from gridctl.sources.beckn.messages import ACK, Context, Message, read
from gridctl.sources.beckn.parts import part, word
from gridctl.sources.records import batch_of

_OK = 200


def parse(payload: Payload) -> Parsed:
    """Rows of a message. Raises :class:`DataError` for a refusal, and for what is no message."""
    message = read(load_json(payload.body))
    asked = _asked(payload)
    row = _transaction(payload, message, asked)
    ids = {name: row[name] for name in ("transaction_id", "message_id")}
    if message.context.action == "on_discover":
        parsed = read_catalogs(message.body, payload.as_of, ids)
    else:
        parsed = Parsed()
    parsed.batches.append(batch_of("beckn_transactions", [row]))
    parsed.used += 1
    return parsed


def _asked(payload: Payload) -> Context:
    """The context of what was sent, when it is known."""
    try:
        return Context.of(load_json(payload.request)) if payload.request else Context()
    except DataError:
        return Context()


def _transaction(payload: Payload, message: Message, asked: Context) -> dict[str, Any]:
    """The row of an exchange, under the ids of what was sent where that is known."""
    said = message.context
    transaction_id = asked.transaction_id or said.transaction_id
    message_id = asked.message_id or said.message_id
    action = asked.plain_action or said.plain_action
    if transaction_id is None or message_id is None or action is None:
        raise DataError("the message does not say which exchange it belongs to")
    is_answer = message.is_ack or said.is_callback
    text = decode(payload.body)
    sent = decode(payload.request) if asked.action and payload.request else None
    return {
        "transaction_id": transaction_id,
        "message_id": message_id,
        "action": action,
        "bap_id": said.bap_id or asked.bap_id,
        "bpp_id": said.bpp_id or asked.bpp_id,
        "request_payload": sent if is_answer else text,
        "response_payload": text if is_answer else None,
        # Only a good answer to a call of ours gets here; a saved file does not say.
        "http_status": _OK if payload.request else None,
        "status": _status(message),
        "timestamp": _time(said.timestamp) or _time(asked.timestamp) or payload.as_of,
    }


def _status(message: Message) -> str | None:
    """``ACK``; the state of an order; ``completed`` for other answers; nothing for a request."""
    if message.is_ack:
        return ACK
    if not message.context.is_callback:
        return None
    return word(part(part(message.body, "order"), "orderStatus")) or "completed"


def _time(label: str | None) -> datetime | None:
    try:
        return parse_wire_time(label) if label else None
    except (ValueError, OverflowError):
        return None
