"""The one call: ``discover``, a POST of a signed or unsigned message."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson

from gridctl.errors import DataError, UsageError
from gridctl.model import Request
from gridctl.sources.base import Options, load_json
from gridctl.sources.beckn import signing
from gridctl.sources.beckn.messages import read

DOMAIN = "beckn.one:DEG:compute-energy:1.0"
# A name and no address: nothing has ever been published there, so it is never fetched.
SCHEMA = (
    "https://raw.githubusercontent.com/beckn/protocol-specifications-new/refs/heads/draft/"
    "schema/ComputeEnergy/v1/context.jsonld"
)
_LIFETIME_SECONDS = 300  # of a signature


def latest(now: datetime, ahead: timedelta, options: Options) -> list[Request]:
    """Ask for all windows that the service finds by the text in the settings."""
    message = {
        "context": {
            "version": "2.0.0",
            "action": "discover",
            "domain": DOMAIN,
            "timestamp": f"{now.astimezone(UTC).isoformat(timespec='milliseconds')[:23]}Z",
            "message_id": str(uuid.uuid4()),
            "transaction_id": str(uuid.uuid4()),
            "bap_id": options["bap_id"],
            "bap_uri": options["bap_uri"],
            "ttl": "PT30S",
            "schema_context": [SCHEMA],
        },
        "message": {"text_search": options["search"]},
    }
    path = f"/{str(options['path']).lstrip('/')}"
    return [Request("beckn", "discover", path, body=orjson.dumps(message))]


def follow(request: Request, body: bytes, options: Options) -> list[Request]:
    """Nothing: windows come at once or, after an acknowledgement, by a callback to another.

    Raises :class:`DataError` with the words of a refusal, or when the answer is to something else.
    """
    message = read(load_json(body))
    if not message.is_ack and message.context.action != "on_discover":
        raise DataError(f"answered {message.context.action!r} to discover")
    return []


def headers(request: Request, now: datetime, options: Options) -> Mapping[str, str]:
    """The signature, when there is a key. Raises :class:`UsageError` when it cannot be used."""
    if not options["key_file"] or request.body is None:
        return {}
    # Reading the key is this source's only I/O: options name a file so that the key itself never
    # stands in the settings, which are shown and logged.
    key = signing.read_key(options["key_file"])
    created = int(now.timestamp())
    signed = signing.sign(
        request.body,
        key,
        options["bap_id"],
        options["key_id"],
        created,
        created + _LIFETIME_SECONDS,
    )
    return {"Authorization": signed}


def not_ready(options: Options) -> str | None:
    """The setting that is missing; also a key that cannot be used, found out before any call."""
    if not options["url"]:
        return "no discovery service is set: give its address as beckn.url"
    if not options["key_file"]:
        return None
    if not options["key_id"]:
        return "beckn.key_file is set but beckn.key_id is not: a signature names both"
    try:
        signing.read_key(options["key_file"])
        signing.require_library()
    except UsageError as obstacle:
        return str(obstacle)
    return None
