"""Sign and check messages as BECKN-006 says: BLAKE2b-512 of the body, Ed25519 over three lines.

The body must be sent as the very bytes that were signed. The wire calls the digest ``BLAKE-512``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib
import os
import re
from pathlib import Path

from gridctl.errors import DataError, UsageError

_SIGNED = "(created) (expires) digest"
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_SEED_BYTES = 32
_CLOCK_TOLERANCE_SECONDS = 5  # how far ahead of ours the signer's clock may be


def sign(
    body: bytes, key: bytes, subscriber_id: str, key_id: str, created: int, expires: int
) -> str:
    """The ``Authorization`` header for a body. ``key`` is the 32-byte seed, times are Unix seconds.

    Raises :class:`UsageError` for ids that cannot stand in a header, and without the library.
    """
    require_library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for name in (subscriber_id, key_id):
        if not name or not name.isascii() or not name.isprintable() or set(name) & set('"|'):
            raise UsageError(f'{name!r} cannot stand in a signature: plain letters without " and |')
    line = signing_string(body, created, expires).encode()
    signature = base64.b64encode(Ed25519PrivateKey.from_private_bytes(key).sign(line)).decode()
    return (
        f'Signature keyId="{subscriber_id}|{key_id}|ed25519",algorithm="ed25519",'
        f'created="{created}",expires="{expires}",headers="{_SIGNED}",signature="{signature}"'
    )


def verify(header: str, body: bytes, public_key: bytes, now: int) -> str:
    """The subscriber who signed. Raises :class:`DataError` saying what is wrong.

    Its caller still has to compare the subscriber with the context's ``bap_id`` or ``bpp_id``.
    """
    require_library()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    said: dict[str, str] = {}
    if header.startswith("Signature "):
        said = dict(_PARAMETER.findall(header))
    subscriber, _, rest = said.get("keyId", "").partition("|")
    if (said.get("algorithm"), said.get("headers")) != ("ed25519", _SIGNED) or not rest:
        raise DataError("no Ed25519 signature over created, expires and digest")
    try:
        created, expires = int(said["created"]), int(said["expires"])
        signature = base64.b64decode(said["signature"], validate=True)
    except (KeyError, ValueError):
        raise DataError("the signature's times or bytes cannot be read") from None
    if created > now + _CLOCK_TOLERANCE_SECONDS:
        raise DataError("the signature is from the future")
    if expires < now:
        raise DataError("the signature has expired")
    line = signing_string(body, created, expires).encode()
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, line)
    except InvalidSignature:
        raise DataError("the signature does not fit the body and the key") from None
    return subscriber


def signing_string(body: bytes, created: int, expires: int) -> str:
    """The three lines that are signed; no line end after the last."""
    digest = base64.b64encode(hashlib.blake2b(body, digest_size=64).digest()).decode()
    return f"(created): {created}\n(expires): {expires}\ndigest: BLAKE-512={digest}"


def read_key(path: str | os.PathLike[str]) -> bytes:
    """The 32-byte seed from a file with base64 of it, or of seed and public key together.

    Raises :class:`UsageError`, which never shows what the file holds, when there is no such key or
    when others than its owner may read it.
    """
    file = Path(path).expanduser()
    try:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise UsageError(f"beckn.key_file {file} is open to others: chmod 600 {file}")
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"beckn.key_file {file}: {error.strerror}") from None
    try:
        key = base64.b64decode(b"".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in (_SEED_BYTES, 2 * _SEED_BYTES):
        raise UsageError(f"beckn.key_file {file} does not hold base64 of 32 or 64 bytes")
    return key[:_SEED_BYTES]


def require_library() -> None:
    """Raises :class:`UsageError` saying how to install what signing needs."""
    try:
        importlib.import_module("cryptography")
    except ImportError:
        raise UsageError(
            'signing needs the cryptography package: pip install "gridctl[beckn]"'
        ) from None
