"""Dids, the key guard, the rule of verification and the signing form (identity.md)."""

from __future__ import annotations

import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {character: value for value, character in enumerate(ALPHABET)}
_DID = re.compile(r"did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}")
_LABEL = re.compile(r"[a-z][a-z0-9-]{0,31}(/[a-z][a-z0-9-]{0,31})?")
_PREFIX = b"\xed\x01"

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493

#: ID-11: the seven rows of the table, sign bit clear.
SMALL_ORDER = frozenset(
    bytes.fromhex(row)
    for row in (
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
)


class IdentityError(ValueError):
    """A Did or key that is none; ``code`` is ``did.malformed`` or ``key.*``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def sha256(*parts: bytes) -> bytes:
    """``H`` over the concatenation of its arguments."""
    return hashlib.sha256(b"".join(parts)).digest()


def _clear_sign(point: bytes) -> bytes:
    return point[:31] + bytes((point[31] & 0x7F,))


def guard(key: bytes) -> bytes:
    """The key guard (ID-10 to ID-12). Returns the key."""
    if len(key) != 32:
        raise IdentityError("key.length")
    if _clear_sign(key) in SMALL_ORDER:
        raise IdentityError("key.small-order")
    if int.from_bytes(_clear_sign(key), "little") >= P:
        raise IdentityError("key.non-canonical")
    return key


def key_of(did: str) -> bytes:
    """The key bytes of a Did (ID-1 to ID-3). The pattern is tried before any arithmetic."""
    if not isinstance(did, str) or _DID.fullmatch(did) is None:
        raise IdentityError("did.malformed")
    number = 0
    for character in did[9:]:
        number = number * 58 + _DIGITS[character]
    if number.bit_length() > 34 * 8:
        raise IdentityError("did.malformed")
    raw = number.to_bytes(34, "big")
    if raw[:2] != _PREFIX or _spell(raw[2:]) != did:
        raise IdentityError("did.malformed")
    return guard(raw[2:])


def _spell(key: bytes) -> str:
    number = int.from_bytes(_PREFIX + key, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "did:key:z" + text


def did_of(key: bytes) -> str:
    """The Did of 32 key bytes that pass the guard."""
    return _spell(guard(key))


def mesh_id(root_did: str) -> bytes:
    """``net``: H of the 32 key bytes of the mesh's root (ST-20, HS-5)."""
    return sha256(key_of(root_did))


def signing_form(label: str, signer: bytes, payload: bytes) -> bytes:
    """The bytes that are signed (ID-30)."""
    if _LABEL.fullmatch(label) is None:
        raise ValueError("label")
    if len(signer) != 32:
        raise ValueError("signer")
    return b" ".join(
        (
            b"TrustMesh/v1",
            str(len(label)).encode("ascii"),
            label.encode("ascii"),
            signer,
            str(len(payload)).encode("ascii"),
            payload,
        )
    )


def verify(key: bytes, signature: bytes, message: bytes) -> bool:
    """The rule of verification (ID-20 to ID-24): OpenSSL behind ID-21 and ID-22."""
    try:
        guard(key)
    except IdentityError:
        return False
    if len(signature) != 64:
        return False
    if int.from_bytes(signature[32:], "little") >= L:
        return False
    if _clear_sign(signature[:32]) in SMALL_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Identity:
    """An own key pair. It signs signing forms and nothing else (ID-32)."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError("a seed has 32 bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key: bytes = self._private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        self.did: str = did_of(self.key)

    def sign(self, label: str, payload: bytes) -> bytes:
        """Sign a payload that the caller has encoded itself."""
        return self._private.sign(signing_form(label, self.key, payload))
