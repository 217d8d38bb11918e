"""A node that misbehaves on purpose, on the loopback; and what it takes to be the responder of one handshake."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Callable, Coroutine

from websockets.legacy.server import WebSocketServer, WebSocketServerProtocol, serve

from handshake import SessionKeys, Tickets
from identity import Identity
from responder import Responder
from session import Frame, Session

LIMITS = {"messageBytes": 65_536, "idleMs": 60_000}


def respond(
    identity: Identity, net: bytes, tickets: Tickets, *, final: dict[str, Any] | None = None, **more: Any
) -> Responder:
    """A responder that lets everybody in, with a ticket; or ends with ``final``."""

    def admit(did: bytes, keys: SessionKeys) -> dict[str, Any]:
        return {"limits": LIMITS, "ticket": tickets.issue(keys, identity.key, did)} if final is None else final

    return Responder(identity, net, tickets, admit, **more)


Behaviour = Callable[["Connection"], Coroutine[Any, Any, None]]


@dataclass
class Connection:
    """What a behaviour gets once a session stands."""

    ws: WebSocketServerProtocol
    session: Session
    agent: bytes

    async def send(self, *frames: Frame) -> None:
        for sealed in self.session.seal(frames):
            await self.ws.send(sealed)

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
        self.tickets = Tickets()
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
            responder = respond(
                plan.signer or self.identity,
                self.net,
                self.tickets,
                final=plan.final,
                cookie=secrets.token_bytes(32) if plan.retry else None,
                named=self.identity.key,
            )
            for _ in range(3 if plan.retry else 2):
                await ws.send(responder.receive(_bytes(await ws.recv())))
            if plan.behaviour is not None:
                assert responder.welcome is not None
                keys, agent = responder.welcome.keys, responder.welcome.peer
                session = Session(keys, self.identity.key, role="responder")
                await plan.behaviour(Connection(ws, session, agent))
            await ws.close(plan.close)
        except Exception as error:
            self.errors.append(error)


def _bytes(message: str | bytes) -> bytes:
    assert isinstance(message, bytes)
    return message
