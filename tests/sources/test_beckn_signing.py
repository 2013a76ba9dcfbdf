"""Signatures: the published vector bit for bit, and that nothing signed can be changed unseen."""

import base64
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.errors import DataError, UsageError
from gridctl.sources.beckn import signing

pytest.importorskip("cryptography", reason="signing needs the optional cryptography package")

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED = bytes(range(32))
CREATED, EXPIRES = 1_778_000_000, 1_778_000_300
BODY = b'{"context":{"action":"discover"}}'


def public_key(seed: bytes = SEED) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signed(body: bytes = BODY, seed: bytes = SEED) -> str:
    return signing.sign(body, seed, "bap.example", "key-1", CREATED, EXPIRES)


def test_our_own_vector() -> None:
    # Worked out once with hashlib and OpenSSL's Ed25519; the key is the bytes 0 to 31.
    assert signing.signing_string(b"", 1, 2) == (
        "(created): 1\n(expires): 2\ndigest: BLAKE-512="
        "eGoC90IBWQPGxv2FJVLScpEvR0DhWEdhiobiF/cfVBnSXhAxr+5YUxOJZESTTrBLkDpoWxRIt1XVb3Aa/pvizg=="
    )
    assert signed() == (
        'Signature keyId="bap.example|key-1|ed25519",algorithm="ed25519",created="1778000000",'
        'expires="1778000300",headers="(created) (expires) digest",signature="'
        'D9xcNrhrnNFYzEuQZW9PyG/Wx0vsE02POQM6ty7UBQwvYOZgs+k40bkYM9E6nLnylA/t6qfLu3jhV0YgJqX1Dw=="'
    )


def test_the_published_vector(real_data: Path) -> None:
    vector = json.loads((real_data / "beckn" / "beckn-006-signature-vector.json").read_bytes())
    body = vector["body"].encode()
    created, expires = vector["created"], vector["expires"]
    key = base64.b64decode(vector["signing_private_key_b64"])[:32]
    assert signing.signing_string(body, created, expires) == vector["signing_string"]
    header = signing.sign(
        body, key, vector["subscriber_id"], vector["unique_key_id"], created, expires
    )
    assert header == vector["authorization_header"]
    public = base64.b64decode(vector["signing_public_key_b64"])
    assert signing.verify(header, body, public, created) == vector["subscriber_id"]


@settings(deadline=None)
@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_what_is_signed_can_be_verified(body: bytes, seed: bytes) -> None:
    header = signing.sign(body, seed, "bap.example", "key-1", CREATED, EXPIRES)
    assert signing.verify(header, body, public_key(seed), CREATED + 1) == "bap.example"


@settings(deadline=None)
@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_changed_byte_is_noticed(at: int, flip: int) -> None:
    changed = BODY[:at] + bytes([BODY[at] ^ flip]) + BODY[at + 1 :]
    with pytest.raises(DataError, match="does not fit"):
        signing.verify(signed(), changed, public_key(), CREATED)


@pytest.mark.parametrize(
    ("tamper", "now", "message"),
    [
        (lambda h: h.replace('expires="1778000300"', 'expires="1778009999"'), CREATED, "not fit"),
        (lambda h: h.replace('created="1778000000"', 'created="1777999999"'), CREATED, "not fit"),
        (lambda h: h, CREATED - 6, "from the future"),
        (lambda h: h, EXPIRES + 1, "expired"),
        (lambda h: h.replace("ed25519", "rsa"), CREATED, "no Ed25519 signature"),
        (lambda h: h.replace("(expires) ", ""), CREATED, "no Ed25519 signature"),
        (lambda h: h.replace("bap.example|key-1|ed25519", "bap"), CREATED, "no Ed25519 signature"),
        (lambda h: h.replace('created="', 'created="x'), CREATED, "cannot be read"),
        (lambda h: h.replace('signature="', 'signature="*'), CREATED, "cannot be read"),
        (lambda h: h.split(",signature")[0], CREATED, "cannot be read"),
        (lambda h: "", CREATED, "no Ed25519 signature"),
        (lambda h: "Bearer x", CREATED, "no Ed25519 signature"),
    ],
)
def test_what_does_not_verify(tamper: Callable[[str], str], now: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        signing.verify(tamper(signed()), BODY, public_key(), now)


def test_another_key_does_not_verify() -> None:
    with pytest.raises(DataError, match="does not fit"):
        signing.verify(signed(seed=bytes(32)), BODY, public_key(), CREATED)


@pytest.mark.parametrize("name", ["", 'a"b', "a|b", "a\nb", "zoë"])
def test_ids_that_would_break_the_header(name: str) -> None:
    for ids in ((name, "key-1"), ("bap.example", name)):
        with pytest.raises(UsageError, match="cannot stand in a signature"):
            signing.sign(BODY, SEED, *ids, CREATED, EXPIRES)


# -- keys


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "key.b64"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("extra", [b"", public_key()])
def test_a_key_is_a_seed_with_or_without_its_public_key(tmp_path: Path, extra: bytes) -> None:
    path = key_file(tmp_path, base64.b64encode(SEED + extra) + b"\n")
    assert signing.read_key(path) == SEED


@pytest.mark.parametrize("content", [b"", b"secret-thing", base64.b64encode(SEED[:31]), b"\xff"])
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match="32 or 64 bytes") as refused:
        signing.read_key(key_file(tmp_path, content))
    assert "secret" not in str(refused.value)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UsageError, match="chmod 600"):
        signing.read_key(key_file(tmp_path, base64.b64encode(SEED), mode))


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "none" / "key"):
        with pytest.raises(UsageError, match="No such file"):
            signing.read_key(path)


def test_without_the_library_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "cryptography", missing)
    with pytest.raises(UsageError, match=r'pip install "gridctl\[beckn\]"'):
        signed()
