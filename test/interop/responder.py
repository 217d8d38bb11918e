"""The side of the handshake that answers."""

from __future__ import annotations

import hmac
import secrets
from typing import Any, Callable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fields import is_int, is_list
from handshake import (
    LARGE_FRAME,
    PURPOSES,
    SMALL_FRAME,
    ZERO_NONCE,
    HandshakeError,
    SessionKeys,
    Signing,
    Ticket,
    Tickets,
    Welcome,
    agree,
    closed,
    handshake_keys,
    is_bytes,
    malformed_if,
    message_nonce,
    public_bytes,
    read_frame,
    seal,
    transcript,
    unseal,
)
from identity import Identity, sha256
from msgpack_strict import encode

#: What a responder says last to a Did that has proved itself: a welcome or a refusal (HS-8).
Admission = Callable[[bytes, SessionKeys], dict[str, Any]]

_IN_HELLO = {"v", "suites", "net", "purpose", "e", "n"}
_MAY_BE_IN_HELLO = {"to", "ticket", "cookie"}


class Responder:
    """One attempt (HS-9): ``receive`` takes a frame and gives the next; after the last, ``welcome`` is there or not.

    ``named`` is who the hello may be for, where that is not who signs.
    """

    def __init__(
        self,
        identity: Identity,
        net: bytes,
        tickets: Tickets,
        admit: Admission,
        *,
        purpose: str = "agent",
        cookie: bytes | None = None,
        attachments: list[bytes] | None = None,
        ephemeral: X25519PrivateKey | None = None,
        challenge: bytes | None = None,
        named: bytes | None = None,
    ) -> None:
        self._identity = identity
        self._net = net
        self._tickets = tickets
        self._admit = admit
        self._purpose = purpose
        self._cookie = cookie
        self._attachments = [] if attachments is None else attachments
        self._private = X25519PrivateKey.generate() if ephemeral is None else ephemeral
        self._e = public_bytes(self._private)
        self._n = secrets.token_bytes(32) if challenge is None else challenge
        self._named = identity.key if named is None else named
        self._state = "listening"
        self._demanded = False
        self._ticket: Ticket | None = None
        self._secret = b""
        self._keys = b""
        self._f1, self._f2 = b"", b""
        self.welcome: Welcome | None = None

    def receive(self, frame: bytes) -> bytes:
        """One frame of the initiator (the table of handshake.md)."""
        state, self._state = self._state, "done"
        if state == "listening":
            return self._on_hello(frame, read_frame(frame, 1, SMALL_FRAME))
        if state == "challenged":
            return self._on_response(frame, read_frame(frame, 3))
        raise HandshakeError("handshake.unexpected")

    def _on_hello(self, f1: bytes, parts: list[Any]) -> bytes:
        """HS-40 to HS-44, then the retry or frame 2."""
        malformed_if(len(parts) != 1)
        hello = self._checked(parts[0])
        if self._cookie is not None and hello.get("cookie") != self._cookie:
            if self._demanded or "cookie" in hello:
                raise HandshakeError("handshake.cookie")
            self._demanded = True
            self._state = "listening"
            return encode([0, {"cookie": self._cookie}])
        self._ticket = self._tickets.redeem(hello.get("ticket"), self._purpose)
        if hello["e"] == self._e:
            raise HandshakeError("handshake.reflected")
        dh = agree(self._private, hello["e"])

        clear: dict[str, Any] = {"suite": 1, "e": self._e, "n": self._n}
        if self._ticket is not None:
            clear["resumed"] = True
        self._secret = dh if self._ticket is None else dh + self._ticket.secret  # HS-21
        clear_bytes = encode(clear)
        t1 = transcript(f1, clear_bytes)
        ours, self._keys = handshake_keys(self._secret, t1)
        signing = Signing.responder(self._net, self._purpose, t1)
        own = signing.seal(self._identity, self._attachments, resumed=self._ticket is not None)
        self._f1 = f1
        self._f2 = encode([2, clear_bytes, seal(ours, ZERO_NONCE, own, t1)], max_bytes=LARGE_FRAME)
        self._state = "challenged"
        return self._f2

    def _checked(self, value: Any) -> dict[str, Any]:
        """The body of a hello (HS-40, HS-41)."""
        if isinstance(value, dict) and is_int(value.get("v")) and value["v"] != 1:
            raise HandshakeError("handshake.version")
        hello = closed(value, _IN_HELLO, _MAY_BE_IN_HELLO)
        sizes = {"net": (32, 32), "e": (32, 32), "n": (32, 32), "to": (32, 32), "ticket": (16, 16), "cookie": (1, 64)}
        malformed_if(not is_int(hello["v"]) or not is_list(hello["suites"], lambda suite: is_int(suite, 0), 1, 8))
        malformed_if(not all(is_bytes(hello[name], *size) for name, size in sizes.items() if name in hello))
        malformed_if(not isinstance(hello["purpose"], str) or hello["purpose"] not in PURPOSES)
        if 1 not in hello["suites"]:
            raise HandshakeError("handshake.version")
        if hello["net"] != self._net:
            raise HandshakeError("handshake.mesh")
        if hello.get("to", sha256(hello["n"], self._named)) != sha256(hello["n"], self._named):
            raise HandshakeError("handshake.peer")
        if hello["n"] == self._n:
            raise HandshakeError("handshake.reflected")
        if hello["purpose"] != self._purpose:  # PE-2; nobody is told
            raise HandshakeError("handshake.unexpected")
        return hello

    def _on_response(self, f3: bytes, parts: list[Any]) -> bytes:
        """HS-48 and HS-49, then frame 4."""
        malformed_if(len(parts) != 1 or not isinstance(parts[0], bytes))
        resumed = self._ticket is not None
        t2 = transcript(self._f1, self._f2)
        plaintext = unseal(self._keys, ZERO_NONCE, parts[0], t2)
        did, shown = Signing.initiator(t2, self._identity.key).open(plaintext, self._identity.key, resumed=resumed)
        if self._ticket is not None and not hmac.compare_digest(did, self._ticket.initiator):
            raise HandshakeError("handshake.peer")
        keys = SessionKeys.derive(self._secret, transcript(self._f1, self._f2, f3))
        last = self._admit(did, keys)
        if "limits" in last:
            limits = last["limits"]
            self.welcome = Welcome(keys, did, limits["messageBytes"], limits["idleMs"], resumed, None, shown)
        return encode([4, seal(keys.responder, message_nonce(0), encode(last), keys.session_id)])
