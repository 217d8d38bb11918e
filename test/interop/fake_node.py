"""A responder for tests: the other side of the handshake, and a node that misbehaves on purpose.

``selftest.py`` drives :class:`Responder` in memory; ``live_test.py`` runs :class:`FakeNode` on the loopback.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Callable, Coroutine

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from websockets.legacy.server import WebSocketServer, WebSocketServerProtocol, serve

from handshake import (
    ZERO_NONCE,
    SessionKeys,
    agree,
    hkdf,
    initiator_payload,
    message_nonce,
    public_bytes,
    responder_payload,
    transcript,
)
from identity import Identity, sha256, signing_form, verify
from msgpack_strict import decode, encode
from session import Direction, Frame, parse_frames


class Responder:
    """One attempt, from the responder's side. It asserts where a real one would close the connection."""

    def __init__(
        self,
        identity: Identity,
        net: bytes,
        *,
        retry: bool = False,
        tickets: dict[bytes, tuple[bytes, bytes]] | None = None,
        final: dict[str, Any] | None = None,
        poses_as: bytes | None = None,
    ) -> None:
        self.identity = identity
        self.net = net
        self.retry = retry
        self.poses_as = identity.key if poses_as is None else poses_as
        self.tickets = {} if tickets is None else tickets
        self.final = final
        self.private = X25519PrivateKey.generate()
        self.cookie: bytes | None = None
        self.resumed_did: bytes | None = None
        self.initiator = b""
        self.keys: SessionKeys | None = None
        self.hello: dict[str, Any] = {}

    def on_hello(self, f1: bytes) -> bytes:
        """Frame 1 to a retry or frame 2."""
        assert len(f1) <= 1024
        place, hello = decode(f1)
        assert place == 1 and hello["v"] == 1 and 1 in hello["suites"] and hello["net"] == self.net
        assert hello["to"] == sha256(hello["n"], self.poses_as)
        if self.retry and self.cookie is None:
            self.hello = hello
            self.cookie = secrets.token_bytes(32)
            return encode([0, {"cookie": self.cookie}])
        if self.cookie is not None:
            assert hello == {**self.hello, "cookie": self.cookie}, "the same hello with the cookie"
        clear: dict[str, Any] = {"suite": 1, "e": public_bytes(self.private), "n": secrets.token_bytes(32)}
        known = self.tickets.pop(hello.get("ticket", b""), None)
        self.secret = agree(self.private, hello["e"])
        if known is not None:
            clear["resumed"] = True
            self.resumed_did = known[0]
            self.secret += known[1]
        clear_bytes = encode(clear)
        t1 = transcript(f1, clear_bytes)
        self.handshake_keys = hkdf(self.secret, t1, b"TrustMesh/v1 handshake", 64)
        own: dict[str, Any] = {"did": self.identity.key}
        if known is None:
            own["sig"] = self.identity.sign(
                "handshake/responder", responder_payload(self.net, hello["purpose"], t1)
            )
        own["attachments"] = []
        sealed = ChaCha20Poly1305(self.handshake_keys[:32]).encrypt(ZERO_NONCE, encode(own), t1)
        f2 = encode([2, clear_bytes, sealed])
        self.f1, self.f2, self.t2 = f1, f2, transcript(f1, f2)
        return f2

    def on_response(self, f3: bytes) -> bytes:
        """Frame 3 to frame 4."""
        place, sealed = decode(f3)
        assert place == 3
        who = decode(ChaCha20Poly1305(self.handshake_keys[32:]).decrypt(ZERO_NONCE, sealed, self.t2))
        self.initiator = who["did"]
        if self.resumed_did is not None:
            assert set(who) == {"did", "attachments"} and who["did"] == self.resumed_did
        else:
            form = signing_form(
                "handshake/initiator", who["did"], initiator_payload(self.t2, self.identity.key)
            )
            assert verify(who["did"], who["sig"], form)
        keys = SessionKeys.derive(self.secret, transcript(self.f1, self.f2, f3))
        self.keys = keys
        final = self.final
        if final is None:
            ticket = secrets.token_bytes(16)
            self.tickets[ticket] = (self.initiator, keys.resumption)
            final = {
                "limits": {"messageBytes": 65_536, "idleMs": 60_000},
                "ticket": {"id": ticket, "ttlMs": 600_000},
            }
        sealed4 = ChaCha20Poly1305(keys.responder).encrypt(message_nonce(0), encode(final), keys.session_id)
        return encode([4, sealed4])


class ResponderSession:
    """The responder's side of a session."""

    def __init__(self, keys: SessionKeys) -> None:
        self._out = Direction(keys.responder, keys.session_id, 1)
        self._in = Direction(keys.initiator, keys.session_id, 0)

    def seal(self, *frames: Frame) -> bytes:
        sealed = self._out.seal(encode([[frame.type, frame.fields] for frame in frames]))
        if frames[-1].type == "rekey":
            self._out.rekey()
        return sealed

    def open(self, sealed: bytes) -> list[Frame]:
        frames = parse_frames(self._in.open(sealed))
        if frames[-1].type == "rekey":
            self._in.rekey()
        return frames


Behaviour = Callable[["Connection"], Coroutine[Any, Any, None]]


@dataclass
class Connection:
    """What a behaviour gets once a session stands."""

    ws: WebSocketServerProtocol
    session: ResponderSession
    agent: bytes

    async def send(self, *frames: Frame) -> None:
        await self.ws.send(self.session.seal(*frames))

    async def receive(self) -> list[Frame]:
        message = await self.ws.recv()
        assert isinstance(message, bytes)
        return self.session.open(message)


@dataclass
class Plan:
    """What the fake node does with one connection."""

    retry: bool = False
    final: dict[str, Any] | None = None
    signer: Identity | None = None  # who signs in place of the node
    close: int = 1000
    behaviour: Behaviour | None = None


class FakeNode:
    """Treats each connection by the next plan, and the last plan again for ever."""

    def __init__(self, identity: Identity, net: bytes, plans: list[Plan]) -> None:
        self.identity = identity
        self.net = net
        self.plans = plans
        self.connections = 0
        self.errors: list[BaseException] = []
        self.tickets: dict[bytes, tuple[bytes, bytes]] = {}
        self._server: WebSocketServer | None = None

    async def start(self) -> str:
        self._server = await serve(self._serve, "127.0.0.1", 0, compression=None, ping_interval=None)
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, ws: WebSocketServerProtocol, _path: str = "") -> None:
        plan = self.plans[min(self.connections, len(self.plans) - 1)]
        self.connections += 1
        try:
            responder = Responder(
                plan.signer or self.identity,
                self.net,
                retry=plan.retry,
                tickets=self.tickets,
                final=plan.final,
                poses_as=self.identity.key,
            )
            answer = responder.on_hello(_bytes(await ws.recv()))
            await ws.send(answer)
            if plan.retry:
                await ws.send(responder.on_hello(_bytes(await ws.recv())))
            await ws.send(responder.on_response(_bytes(await ws.recv())))
            assert responder.keys is not None
            if plan.behaviour is not None:
                await plan.behaviour(Connection(ws, ResponderSession(responder.keys), responder.initiator))
            await ws.close(plan.close)
        except Exception as error:
            self.errors.append(error)


def _bytes(message: str | bytes) -> bytes:
    assert isinstance(message, bytes)
    return message
