"""The handshake (handshake.md): its key schedule and its documents, without any input or output.

Its two sides are in ``initiator.py`` and ``responder.py``.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fields import is_list
from identity import Identity, IdentityError, guard, sha256, signing_form, verify
from msgpack_strict import EncodingError, decode, encode

DEADLINE_S = 5.0  # HS-3
SMALL_FRAME = 1_024  # HS-4: frame 1 and the retry
LARGE_FRAME = 49_152  # HS-4: frames 2 to 4
MAX_TICKET_MS = 600_000  # HS-60
MAX_TICKETS = 1_000
MAX_ATTACHMENTS = 16  # HS-7
MESSAGE_BYTES = 65_536  # SE-1: this side's own limit
IDLE_MS = 60_000  # SE-50: this side's own limit
PURPOSES = frozenset({"agent", "node", "peer"})  # HS-5
REFUSALS = frozenset({"revoked", "suspended", "not-invited", "busy", "syncing", "draining"})  # HS-8
ZERO_NONCE = bytes(12)


class HandshakeError(Exception):
    """A failed attempt; ``code`` is one of ``handshake.*``, or ``frame.too-big``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def transcript(*parts: bytes) -> bytes:
    """``T`` of the key schedule."""
    return sha256(b"TrustMesh/v1 transcript", *(len(part).to_bytes(4, "big") + part for part in parts))


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 with SHA-256."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def message_nonce(count: int) -> bytes:
    """SE-2: 4 zero bytes, then the count as 8 bytes."""
    return bytes(4) + count.to_bytes(8, "big")


def seal(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    return ChaCha20Poly1305(key).encrypt(nonce, plaintext, associated)


def unseal(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed, associated)
    except (InvalidTag, ValueError):
        raise HandshakeError("handshake.unsealed") from None


def agree(private: X25519PrivateKey, other: bytes) -> bytes:
    """HS-20: X25519, refusing an all-zero result."""
    try:
        dh = private.exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError:
        raise HandshakeError("handshake.weak-key") from None
    if dh == bytes(32):
        raise HandshakeError("handshake.weak-key")
    return dh


def public_bytes(private: X25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def handshake_keys(secret: bytes, t1: bytes) -> tuple[bytes, bytes]:
    """HS-22: the responder's and the initiator's."""
    keys = hkdf(secret, t1, b"TrustMesh/v1 handshake", 64)
    return keys[:32], keys[32:]


@dataclass(frozen=True)
class SessionKeys:
    """HS-25."""

    initiator: bytes = field(repr=False)
    responder: bytes = field(repr=False)
    session_id: bytes
    resumption: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes, t3: bytes) -> "SessionKeys":
        raw = hkdf(secret, t3, b"TrustMesh/v1 session", 128)
        return cls(raw[:32], raw[32:64], raw[64:96], raw[96:])


@dataclass(frozen=True)
class Ticket:
    """HS-60: good once, until ``expires`` on the monotonic clock, between these two and for this purpose."""

    id: bytes
    secret: bytes = field(repr=False)
    expires: float
    responder: bytes
    initiator: bytes
    purpose: str


class Tickets:
    """What a responder keeps of the tickets that it has issued (HS-43, HS-60)."""

    def __init__(self) -> None:
        self._issued: dict[bytes, Ticket] = {}

    def issue(self, keys: SessionKeys, responder: bytes, initiator: bytes, purpose: str = "agent") -> dict[str, Any]:
        """What a welcome says of it."""
        number, expires = secrets.token_bytes(16), time.monotonic() + MAX_TICKET_MS / 1000
        self._issued[number] = Ticket(number, keys.resumption, expires, responder, initiator, purpose)
        if len(self._issued) > MAX_TICKETS:
            del self._issued[next(iter(self._issued))]
        return {"id": number, "ttlMs": MAX_TICKET_MS}

    def redeem(self, number: bytes | None, purpose: str) -> Ticket | None:
        """A good one, which is forgotten hereby; whose it is shows in frame 3."""
        ticket = None if number is None else self._issued.pop(number, None)
        if ticket is None or ticket.purpose != purpose or ticket.expires <= time.monotonic():
            return None
        return ticket


@dataclass(frozen=True)
class Welcome:
    """The handshake's good end: there is a session."""

    keys: SessionKeys
    peer: bytes
    message_bytes: int
    idle_ms: int
    resumed: bool
    ticket: Ticket | None
    attachments: list[bytes]


@dataclass(frozen=True)
class Refusal:
    """The responder's no, with what it gives as proof (HS-8, HS-51)."""

    code: str
    proof: list[bytes]


@dataclass(frozen=True)
class Signing:
    """What one side signs of a handshake (HS-30, HS-31)."""

    label: str
    payload: bytes

    @classmethod
    def responder(cls, net: bytes, purpose: str, t1: bytes) -> "Signing":
        return cls("handshake/responder", encode({"net": net, "purpose": purpose, "transcript": t1}))

    @classmethod
    def initiator(cls, t2: bytes, responder: bytes) -> "Signing":
        return cls("handshake/initiator", encode({"transcript": t2, "responder": responder}))

    def seal(self, identity: Identity, attachments: list[bytes], *, resumed: bool) -> bytes:
        """The plaintext of frames 2 and 3 (HS-7)."""
        own: dict[str, Any] = {"did": identity.key}
        if not resumed:
            own["sig"] = identity.sign(self.label, self.payload)
        own["attachments"] = attachments
        return encode(own)

    def open(self, plaintext: bytes, own: bytes, *, resumed: bool) -> tuple[bytes, list[bytes]]:
        """Whose it is, and what is attached (HS-46 to HS-48)."""
        who = closed(strict(plaintext), {"did", "attachments"}, {"sig"})
        did, signature = who["did"], who.get("sig")
        malformed_if(not is_bytes(did, 32, 32))
        malformed_if(not is_list(who["attachments"], lambda item: is_bytes(item, 1), 0, MAX_ATTACHMENTS))
        malformed_if("sig" in who and (resumed or not is_bytes(signature, 64, 64)))
        try:
            guard(did)
        except IdentityError:
            raise HandshakeError("handshake.weak-key") from None
        if not resumed and not verify(did, signature or b"", signing_form(self.label, did, self.payload)):
            raise HandshakeError("handshake.signature")
        if did == own:
            raise HandshakeError("handshake.reflected")
        return did, who["attachments"]


# Documents


def read_frame(data: bytes, place: int, most: int = LARGE_FRAME) -> list[Any]:
    """What stands behind the place of a frame, which is the one expected (HS-4)."""
    if len(data) > most:
        raise HandshakeError("frame.too-big")
    document = strict(data)
    malformed_if(not isinstance(document, list))
    if not document or type(document[0]) is not int or document[0] != place:
        raise HandshakeError("handshake.unexpected")
    return document[1:]


def place_of(data: bytes) -> Any:
    """The place that a frame names, for whoever may get one of several."""
    document = strict(data)
    return document[0] if isinstance(document, list) and document else None


def strict(data: bytes) -> Any:
    try:
        return decode(data)
    except EncodingError:
        raise HandshakeError("handshake.malformed") from None


def closed(value: Any, needed: set[str], optional: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
    """HS-4: all maps are closed."""
    malformed_if(not isinstance(value, dict) or not needed <= set(value) <= needed | optional)
    fields: dict[str, Any] = value
    return fields


def malformed_if(wrong: bool) -> None:
    if wrong:
        raise HandshakeError("handshake.malformed")


def is_bytes(value: Any, least: int, most: int = LARGE_FRAME) -> bool:
    return isinstance(value, bytes) and least <= len(value) <= most
