"""The side of the handshake that speaks first."""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fields import is_int
from handshake import (
    IDLE_MS,
    LARGE_FRAME,
    MAX_ATTACHMENTS,
    MAX_TICKET_MS,
    MESSAGE_BYTES,
    REFUSALS,
    SMALL_FRAME,
    ZERO_NONCE,
    HandshakeError,
    Refusal,
    SessionKeys,
    Signing,
    Ticket,
    Welcome,
    agree,
    closed,
    handshake_keys,
    is_bytes,
    malformed_if,
    message_nonce,
    place_of,
    public_bytes,
    read_frame,
    seal,
    strict,
    transcript,
    unseal,
)
from identity import Identity, sha256
from msgpack_strict import encode


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
        attachments: list[bytes] | None = None,
        ephemeral: X25519PrivateKey | None = None,
        challenge: bytes | None = None,
    ) -> None:
        self._identity = identity
        self._net = net
        self._responder = responder
        self._purpose = purpose
        if ticket is not None and not (
            (ticket.responder, ticket.initiator, ticket.purpose) == (responder, identity.key, purpose)
            and time.monotonic() < ticket.expires
        ):
            ticket = None
        self._ticket = ticket
        self._attachments = [] if attachments is None else attachments
        self._private = X25519PrivateKey.generate() if ephemeral is None else ephemeral
        self._e = public_bytes(self._private)
        self._n = secrets.token_bytes(32) if challenge is None else challenge
        self._hello: dict[str, Any] = {}
        self._f1 = b""
        self._state = "ready"
        self._retried = False
        self._resumed = False
        self._shown: list[bytes] = []
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
            if len(frame) <= SMALL_FRAME and place_of(frame) == 0:
                return self._on_retry(read_frame(frame, 0))
            return self._on_challenge(frame, read_frame(frame, 2))
        if state == "welcomed":
            return self._on_last(read_frame(frame, 4))
        raise HandshakeError("handshake.unexpected")

    def _on_retry(self, parts: list[Any]) -> bytes:
        """The same hello with the cookie, once; it becomes F1."""
        malformed_if(len(parts) != 1)
        cookie = closed(parts[0], {"cookie"})["cookie"]
        malformed_if(not is_bytes(cookie, 1, 64))
        if self._retried:
            raise HandshakeError("handshake.cookie")
        self._retried = True
        self._state = "challenged"
        self._f1 = encode([1, {**self._hello, "cookie": cookie}], max_bytes=SMALL_FRAME)
        return self._f1

    def _on_challenge(self, f2: bytes, parts: list[Any]) -> bytes:
        """HS-45 to HS-47, then frame 3."""
        malformed_if(len(parts) != 2 or not all(isinstance(part, bytes) for part in parts))
        clear_bytes, sealed = parts
        clear = closed(strict(clear_bytes), {"suite", "e", "n"}, {"resumed"})
        malformed_if(not (is_int(clear["suite"], 0) and is_bytes(clear["e"], 32, 32) and is_bytes(clear["n"], 32, 32)))
        malformed_if("resumed" in clear and clear["resumed"] is not True)
        if clear["suite"] != 1:
            raise HandshakeError("handshake.version")
        if clear["e"] == self._e or clear["n"] == self._n:
            raise HandshakeError("handshake.reflected")
        self._resumed = "resumed" in clear
        malformed_if(self._resumed and self._ticket is None)

        dh = agree(self._private, clear["e"])
        self._secret = dh + self._ticket.secret if self._resumed and self._ticket else dh  # HS-21
        t1 = transcript(self._f1, clear_bytes)
        theirs, ours = handshake_keys(self._secret, t1)
        signing = Signing.responder(self._net, self._purpose, t1)
        plaintext = unseal(theirs, ZERO_NONCE, sealed, t1)  # HS-24
        did, self._shown = signing.open(plaintext, self._identity.key, resumed=self._resumed)
        if not hmac.compare_digest(did, self._responder):  # and so it is the Did of the ticket as well
            raise HandshakeError("handshake.peer")

        t2 = transcript(self._f1, f2)
        own = Signing.initiator(t2, did).seal(self._identity, self._attachments, resumed=self._resumed)
        f3 = encode([3, seal(ours, ZERO_NONCE, own, t2)], max_bytes=LARGE_FRAME)
        self._t3 = transcript(self._f1, f2, f3)
        self._state = "welcomed"
        return f3

    def _on_last(self, parts: list[Any]) -> Welcome | Refusal:
        """HS-50: frame 4, sealed as message 0 of the responder's direction (HS-26)."""
        malformed_if(len(parts) != 1 or not isinstance(parts[0], bytes))
        keys = SessionKeys.derive(self._secret, self._t3)
        plaintext = strict(unseal(keys.responder, message_nonce(0), parts[0], keys.session_id))
        if isinstance(plaintext, dict) and "refusal" in plaintext:
            return _refusal(closed(plaintext, {"refusal", "proof"}))
        welcome = closed(plaintext, {"limits"}, {"ticket"})
        limits = closed(welcome["limits"], {"messageBytes", "idleMs"})
        malformed_if(not all(is_int(limit, 0) for limit in limits.values()))
        return Welcome(
            keys,
            self._responder,
            min(limits["messageBytes"], MESSAGE_BYTES),
            min(max(limits["idleMs"], 1), IDLE_MS),
            self._resumed,
            self._kept(welcome["ticket"], keys) if "ticket" in welcome else None,
            self._shown,
        )

    def _kept(self, value: Any, keys: SessionKeys) -> Ticket:
        fields = closed(value, {"id", "ttlMs"})
        malformed_if(not (is_bytes(fields["id"], 16, 16) and is_int(fields["ttlMs"], 0)))
        expires = time.monotonic() + min(fields["ttlMs"], MAX_TICKET_MS) / 1000
        return Ticket(fields["id"], keys.resumption, expires, self._responder, self._identity.key, self._purpose)


def _refusal(fields: dict[str, Any]) -> Refusal:
    code, proof = fields["refusal"], fields["proof"]
    malformed_if(not isinstance(code, str) or code not in REFUSALS)
    malformed_if(not isinstance(proof, list) or len(proof) > MAX_ATTACHMENTS)
    malformed_if(not all(is_bytes(item, 1) for item in proof))
    return Refusal(code, proof)
