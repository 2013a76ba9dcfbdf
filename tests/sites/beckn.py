"""A discovery service: it answers ``discover`` at once, or acknowledges, or refuses.

Places and values are made up. With a ``public_key`` it wants every message signed.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from sites.site import Asked, Reply, json_reply

DIALECTS: dict[str, dict[str, Any]] = {
    "ack-v1": {"message": {"ack": {"status": "ACK"}}},
    "ack-adapter": {"message": {"status": "ACK", "messageId": "m-1"}},
    "ack-candidate": {"transaction_id": "t-1", "timestamp": "2026-05-06T12:10:01Z",
                      "ack_status": "ACK"},
    "ack-long-term": {"status": "ACK", "signature": "c2lnbmVk"},
    "nack-v1": {"message": {"ack": {"status": "NACK"},
                            "error": {"code": "30001", "message": "provider not found"}}},
    "nack-adapter": {"message": {"status": "NACK", "messageId": "m-1", "error": {
        "code": "SCH_INVALID_FORMAT", "message": "bad\ntimestamp", "details": {"path": "x"}}}},
    "nack-candidate": {"transaction_id": "t-1", "ack_status": "NACK",
                       "error": {"code": "NO_RESULTS_FOUND", "message": "nothing found"}},
    "nack-long-term": {"status": "NACK",
                       "error": {"errorCode": "30004", "errorMessage": "item not found"}},
    "error-in-200": {"error": "service unavailable"},
}  # fmt: skip


class Beckn:
    """``answers`` is ``sync``, or one of :data:`DIALECTS`. ``messages`` are those that came."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.answers = "sync"
        self.public_key: bytes | None = None
        self.messages: list[dict[str, Any]] = []

    def reply(self, asked: Asked) -> Reply | None:
        if asked.path != "/discover":
            return None
        if asked.method != "POST":
            return json_reply({"error": {"code": "405", "message": "POST only"}}, 405)
        problem = self._problem(asked)
        if problem is not None:
            return problem
        if self.answers != "sync":
            return json_reply(DIALECTS[self.answers])
        return json_reply(on_discover(self.messages[-1]["context"], self.now))

    def _problem(self, asked: Asked) -> Reply | None:
        try:
            message = json.loads(asked.body)
            context = message["context"]
            is_whole = context["action"] == "discover" and message["message"]["text_search"]
        except (ValueError, KeyError, TypeError):
            is_whole = False
        if not is_whole:
            return _nack(400, "SCH_INVALID_JSON", "no discover message")
        if self.public_key is not None:
            signature = asked.headers.get("Authorization", "")
            wrong = _signature_problem(signature, asked.body, self.public_key, context["bap_id"])
            if wrong:
                return _nack(401, "AUT_SIGNATURE_INVALID", wrong)
        self.messages.append(message)
        return None


def on_discover(context: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Two catalogues: four windows and their offers in pounds, and one abroad in euros."""
    said = {key: context[key] for key in ("version", "domain", "transaction_id", "bap_id")}
    day = f"{now:%Y-%m-%d}T00:00:00Z"
    british = {
        "@type": "beckn:Catalog",
        "beckn:id": "catalog-gb",
        "beckn:validity": {"@type": "beckn:TimePeriod", "schema:startDate": day},
        "beckn:provider": {"beckn:id": "prov-gb", "beckn:descriptor": {"schema:name": "Windows"}},
        "beckn:items": [
            item("w-cam", "Cambridge", "TEST-E1", "10:00:00Z", "13:00:00Z", 110, 72.5),
            item("w-man", "Manchester", "TEST-NW1", "13:00:00Z", "16:30:00Z", 95, 64),
            item("w-edi", "Edinburgh", "TEST-S1", "22:00:00Z", "04:00:00Z", 20, 97),
            item("w-edi-day", "Edinburgh", "TEST-S1", "08:00:00Z", "12:00:00Z", 31, 91),
        ],
        "beckn:offers": [
            offer("o-cam", ["w-cam"], "0.118", "GBP"),
            offer("o-cam-late", ["w-cam"], "0.097", "GBP"),
            offer("o-north", ["w-man", "w-edi"], "0.061", "GBP"),
        ],
    }
    abroad = {
        "@type": "beckn:Catalog",
        "beckn:id": "catalog-nl",
        "beckn:providerId": "prov-nl",
        "beckn:items": [
            item("w-ams", "Amsterdam", "TEST-NL1", "01:00:00Z", "05:00:00Z", 240, 38, "NL"),
        ],
        "beckn:offers": [offer("o-ams", ["w-ams"], "0.071", "EUR")],
    }
    return {
        "context": {
            **said,
            "action": "on_discover",
            "message_id": "msg-on-1",
            "timestamp": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "bpp_id": "grid.example",
        },
        "message": {"catalogs": [british, abroad]},
    }


_POINTS = {"Cambridge": [0.13, 52.2], "Manchester": [-2.24, 53.48], "Edinburgh": [-3.2, 55.95],
           "Amsterdam": [4.9, 52.37]}  # fmt: skip


def item(
    item_id: str,
    locality: str,
    zone: str,
    start: str,
    end: str,
    grams: float,
    mix: float,
    country: str = "GB",
) -> dict[str, Any]:
    """An item as the live sandbox lists it: available at a list of places."""
    return {
        "@type": "beckn:Item",
        "beckn:id": item_id,
        "beckn:descriptor": {"schema:name": f"{locality} window", "beckn:shortDesc": "made up"},
        "beckn:availableAt": [
            {
                "geo": {"type": "Point", "coordinates": _POINTS[locality]},
                "address": {"addressLocality": locality, "addressCountry": country},
            }
        ],
        "beckn:itemAttributes": {
            "@type": "beckn:ComputeEnergyWindow",
            "beckn:gridParameters": {
                "gridArea": locality,
                "gridZone": zone,
                "renewableMix": mix,
                "renewableMixUnit": "percent",
                "carbonIntensity": grams,
                "carbonIntensityUnit": "gCO2/kWh",
            },
            "beckn:timeWindow": {"start": start, "end": end},
            "beckn:capacityParameters": {
                "availableCapacity": 2.5,
                "capacityUnit": "MW",
                "reservationRequired": False,
            },
        },
    }


def offer(offer_id: str, items: list[str], value: str, currency: str) -> dict[str, Any]:
    return {
        "@type": "beckn:Offer",
        "beckn:id": offer_id,
        "beckn:items": items,
        "beckn:price": {"value": value, "currency": currency},
        "beckn:offerAttributes": {"beckn:unit": "per_kWh", "beckn:priceStability": "stable"},
    }


def _nack(status: int, code: str, words: str) -> Reply:
    document = {"message": {"status": "NACK", "error": {"code": code, "message": words}}}
    realm = 'Signature realm="grid.example",headers="(created) (expires) digest"'
    return json_reply(document, status, **({"WWW-Authenticate": realm} if status == 401 else {}))


def _signature_problem(header: str, body: bytes, public_key: bytes, bap_id: str) -> str | None:
    """Checked by itself, not by the code under test."""
    import hashlib
    import re

    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    said = dict(re.findall(r'(\w+)="([^"]*)"', header))
    if said.get("keyId", "").split("|")[0] != bap_id:
        return "the signer is not the bap"
    digest = base64.b64encode(hashlib.blake2b(body).digest()).decode()
    lines = (
        f"(created): {said.get('created')}",
        f"(expires): {said.get('expires')}",
        f"digest: BLAKE-512={digest}",
    )
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(base64.b64decode(said.get("signature", "")), "\n".join(lines).encode())
    except InvalidSignature:
        return "the signature does not fit"
    return None
