"""The initiator's side of the handshake (handshake.md), without any input or output of its own."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from identity import Identity, IdentityError, guard, sha256, signing_form, verify
from msgpack_strict import EncodingError, decode, encode

DEADLINE_S = 5.0  # HS-3
SMALL_FRAME = 1_024  # HS-4: frame 1 and the retry
LARGE_FRAME = 49_152  # HS-4: frames 2 to 4
MAX_TICKET_MS = 600_000  # HS-60
MESSAGE_BYTES = 65_536  # SE-1: this side's own limit
IDLE_MS = 60_000  # SE-50: this side's own limit
REFUSALS = frozenset({"revoked", "suspended", "not-invited", "busy", "syncing", "draining"})  # HS-8
ZERO_NONCE = bytes(12)


class HandshakeError(Exception):
    """A failed attempt; ``code`` is one of ``handshake.*``."""

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


def responder_payload(net: bytes, purpose: str, t1: bytes) -> bytes:
    """HS-30."""
    return encode({"net": net, "purpose": purpose, "transcript": t1})


def initiator_payload(t2: bytes, responder: bytes) -> bytes:
    """HS-31."""
    return encode({"transcript": t2, "responder": responder})


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
    """HS-60: good once, until ``expires`` on the monotonic clock, with this responder, purpose and own Did."""

    id: bytes
    secret: bytes = field(repr=False)
    expires: float
    responder: bytes
    initiator: bytes
    purpose: str


@dataclass(frozen=True)
class Welcome:
    """The handshake's good end: there is a session."""

    keys: SessionKeys
    message_bytes: int
    idle_ms: int
    resumed: bool
    ticket: Ticket | None


@dataclass(frozen=True)
class Refusal:
    """The responder's no, with what it gives as proof (HS-8, HS-51)."""

    code: str
    proof: list[bytes]


class Initiator:
    """One attempt (HS-9): ``start`` gives the hello; ``receive`` takes a frame and gives the next, or the end."""

    def __init__(
        self,
        identity: Identity,
        net: bytes,
        responder: bytes,
        *,
        purpose: str = "agent",
        ticket: Ticket | None = None,
        ephemeral: X25519PrivateKey | None = None,
        challenge: bytes | None = None,
    ) -> None:
        self._identity = identity
        self._net = net
        self._responder = responder
        self._purpose = purpose
        if ticket is not None and not (
            ticket.responder == responder
            and ticket.initiator == identity.key
            and ticket.purpose == purpose
            and time.monotonic() < ticket.expires
        ):
            ticket = None
        self._ticket = ticket
        self._private = X25519PrivateKey.generate() if ephemeral is None else ephemeral
        self._e = public_bytes(self._private)
        self._n = secrets.token_bytes(32) if challenge is None else challenge
        self._hello: dict[str, Any] = {}
        self._f1 = b""
        self._state = "ready"
        self._retried = False
        self._resumed = False
        self._t3 = b""
        self._secret = b""

    def start(self) -> bytes:
        """Frame 1 (HS-5)."""
        if self._state != "ready":
            raise HandshakeError("handshake.unexpected")
        self._hello = {
            "v": 1,
            "suites": [1],
            "net": self._net,
            "purpose": self._purpose,
            "e": self._e,
            "n": self._n,
            "to": sha256(self._n, self._responder),
        }
        if self._ticket is not None:
            self._hello["ticket"] = self._ticket.id
        self._state = "challenged"
        self._f1 = encode([1, self._hello], max_bytes=SMALL_FRAME)
        return self._f1

    def receive(self, frame: bytes) -> bytes | Welcome | Refusal:
        """One frame of the responder (the table of handshake.md)."""
        state, self._state = self._state, "done"
        if state == "challenged":
            place, document = _frame(frame)
            if place == 0 and not self._retried:
                return self._on_retry(frame, document)
            if place == 2:
                return self._on_challenge(frame, document)
        elif state == "welcomed":
            place, document = _frame(frame)
            if place == 4:
                return self._on_last(document)
        raise HandshakeError("handshake.unexpected")

    def _on_retry(self, frame: bytes, document: list[Any]) -> bytes:
        """The same hello with the cookie, once; it becomes F1."""
        if len(frame) > SMALL_FRAME or len(document) != 2:
            raise HandshakeError("handshake.malformed")
        fields = _closed(document[1], {"cookie"})
        cookie = fields["cookie"]
        if not isinstance(cookie, bytes) or not 1 <= len(cookie) <= 64:
            raise HandshakeError("handshake.malformed")
        self._retried = True
        self._state = "challenged"
        self._f1 = encode([1, {**self._hello, "cookie": cookie}], max_bytes=SMALL_FRAME)
        return self._f1

    def _on_challenge(self, f2: bytes, document: list[Any]) -> bytes:
        """HS-45 to HS-47, then frame 3."""
        if len(document) != 3 or not isinstance(document[1], bytes) or not isinstance(document[2], bytes):
            raise HandshakeError("handshake.malformed")
        clear_bytes, sealed = document[1], document[2]
        clear = _closed(_strict(clear_bytes), {"suite", "e", "n"}, {"resumed"})
        if type(clear["suite"]) is not int or not _is_bin(clear["e"], 32) or not _is_bin(clear["n"], 32):
            raise HandshakeError("handshake.malformed")
        if clear["suite"] != 1:
            raise HandshakeError("handshake.version")
        if clear["e"] == self._e or clear["n"] == self._n:
            raise HandshakeError("handshake.reflected")
        if "resumed" in clear:
            if clear["resumed"] is not True or self._ticket is None:
                raise HandshakeError("handshake.malformed")
            self._resumed = True

        dh = agree(self._private, clear["e"])
        self._secret = dh + self._ticket.secret if self._resumed and self._ticket else dh  # HS-21
        t1 = transcript(self._f1, clear_bytes)
        keys = hkdf(self._secret, t1, b"TrustMesh/v1 handshake", 64)  # HS-22
        plaintext = _unseal(keys[:32], ZERO_NONCE, sealed, t1)  # HS-24

        who = _closed(_strict(plaintext), {"did", "attachments"}, {"sig"})
        did, signature = who["did"], who.get("sig")
        attachments = who["attachments"]
        if not isinstance(did, bytes) or not isinstance(attachments, list) or len(attachments) > 16:
            raise HandshakeError("handshake.malformed")
        if not all(isinstance(item, bytes) for item in attachments):
            raise HandshakeError("handshake.malformed")
        if len(did) != 32 or ("sig" in who) == self._resumed:  # HS-7: absent exactly in a resumption
            raise HandshakeError("handshake.malformed")
        try:
            guard(did)
        except IdentityError:
            raise HandshakeError("handshake.weak-key") from None
        if not self._resumed:
            if not _is_bin(signature, 64):
                raise HandshakeError("handshake.malformed")
            payload = responder_payload(self._net, self._purpose, t1)
            if not verify(did, signature, signing_form("handshake/responder", did, payload)):
                raise HandshakeError("handshake.signature")
        if did == self._identity.key:
            raise HandshakeError("handshake.reflected")
        if not hmac.compare_digest(did, self._responder):  # and so it is the Did of the ticket as well
            raise HandshakeError("handshake.peer")

        t2 = transcript(self._f1, f2)
        own: dict[str, Any] = {"did": self._identity.key}
        if not self._resumed:
            own["sig"] = self._identity.sign("handshake/initiator", initiator_payload(t2, did))
        own["attachments"] = []
        f3 = encode([3, ChaCha20Poly1305(keys[32:]).encrypt(ZERO_NONCE, encode(own), t2)], max_bytes=LARGE_FRAME)
        self._t3 = transcript(self._f1, f2, f3)
        self._state = "welcomed"
        return f3

    def _on_last(self, document: list[Any]) -> Welcome | Refusal:
        """HS-50: frame 4, sealed as message 0 of the responder's direction (HS-26)."""
        if len(document) != 2 or not isinstance(document[1], bytes):
            raise HandshakeError("handshake.malformed")
        keys = SessionKeys.derive(self._secret, self._t3)
        plaintext = _strict(_unseal(keys.responder, message_nonce(0), document[1], keys.session_id))
        if isinstance(plaintext, dict) and "refusal" in plaintext:
            return _refusal(_closed(plaintext, {"refusal", "proof"}))
        welcome = _closed(plaintext, {"limits"}, {"ticket"})
        limits = _closed(welcome["limits"], {"messageBytes", "idleMs"})
        ticket: Ticket | None = None
        if "ticket" in welcome:
            fields = _closed(welcome["ticket"], {"id", "ttlMs"})
            if not _is_bin(fields["id"], 16):
                raise HandshakeError("handshake.malformed")
            ttl = min(_positive(fields["ttlMs"]), MAX_TICKET_MS)
            ticket = Ticket(
                fields["id"],
                keys.resumption,
                time.monotonic() + ttl / 1000,
                self._responder,
                self._identity.key,
                self._purpose,
            )
        return Welcome(
            keys,
            min(_positive(limits["messageBytes"]), MESSAGE_BYTES),
            min(_positive(limits["idleMs"]), IDLE_MS),
            self._resumed,
            ticket,
        )


def _refusal(fields: dict[str, Any]) -> Refusal:
    code, proof = fields["refusal"], fields["proof"]
    if not isinstance(code, str) or code not in REFUSALS:
        raise HandshakeError("handshake.malformed")
    if not isinstance(proof, list) or len(proof) > 16 or not all(isinstance(item, bytes) for item in proof):
        raise HandshakeError("handshake.malformed")
    return Refusal(code, proof)


def _frame(data: bytes) -> tuple[int, list[Any]]:
    """HS-4: an array whose first element is the place of the frame."""
    document = _strict(data, LARGE_FRAME)
    if not isinstance(document, list) or not document or type(document[0]) is not int:
        raise HandshakeError("handshake.malformed")
    return document[0], document


def _strict(data: bytes, max_bytes: int = LARGE_FRAME) -> Any:
    try:
        return decode(data, max_bytes=max_bytes)
    except EncodingError:
        raise HandshakeError("handshake.malformed") from None


def _closed(value: Any, needed: set[str], optional: set[str] = frozenset()) -> dict[str, Any]:  # type: ignore[assignment]
    """HS-4: all maps are closed."""
    if not isinstance(value, dict) or not needed <= set(value) <= needed | optional:
        raise HandshakeError("handshake.malformed")
    return value


def _is_bin(value: Any, size: int) -> bool:
    return isinstance(value, bytes) and len(value) == size


def _positive(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise HandshakeError("handshake.malformed")
    return value


def _unseal(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed, associated)
    except (InvalidTag, ValueError):
        raise HandshakeError("handshake.unsealed") from None
