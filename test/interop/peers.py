"""One agent's conversation with another, through a node (peers.md): packets, sessions, and the lines above them."""

from __future__ import annotations

import asyncio
import random
import secrets
from dataclasses import dataclass
from typing import Any, Protocol

from handshake import DEADLINE_S, HandshakeError, Refusal, SessionKeys, Ticket, Tickets, Welcome, place_of
from identity import Identity
from initiator import Initiator
from lines import Incoming, Message, Outgoing, Said
from responder import Responder
from session import MAX_BODY, MAX_PACKET, REKEY, Frame, Session, SessionError

CONN = 16  # PE-1
MAX_SEALED = MAX_PACKET - CONN
UNHEARD_S = 5.0  # PE-31
MAX_ATTEMPTS = 24  # PE-30
UNCONFIRMED = "message.unconfirmed"
#: After these, what has not been sent yet has failed (PE-30).
UNREACHABLE = frozenset(
    {"message.recipient-unknown", "message.recipient-offline", "message.sender-cut-off", "message.forged-sender"}
)


class Owner(Protocol):
    """The agent whose conversations these are."""

    identity: Identity
    net: bytes
    tickets: Tickets

    def post(self, peer: bytes, packet: bytes) -> None:
        """Give a packet to the node, if there is a session with it."""

    def refusal_of(self, peer: bytes) -> str | None:
        """With what a Did is refused that the node says is cut off (PE-3)."""

    def met(self, peer: bytes, role: str, resumed: bool) -> None:
        """There is a new session."""

    def received(self, conversation: "Conversation", said: Said) -> None:
        """A message, whole, in its turn (PE-25)."""

    def interrupt(self, peer: bytes) -> None:
        """It is another program now: what it has asked for is of no use, and what it was asked for is not answered."""

    def is_waiting_for(self, peer: bytes) -> bool:
        """Whether an answer is awaited."""


@dataclass
class _Attempt:
    conn: bytes
    role: str
    side: Any
    deadline: asyncio.TimerHandle


class Conversation:
    """With one other Did. Packets and what becomes of them come in; packets go out by ``owner.post``."""

    def __init__(self, peer: bytes, owner: Owner) -> None:
        self.peer = peer
        self._owner = owner
        self._ticket: Ticket | None = None
        self._attempt: _Attempt | None = None
        self._failed = 0  # sessions and attempts since anything was heard
        self._trouble = UNCONFIRMED
        self._conn = b""
        self._session: Session | None = None
        self._max_bytes: int | None = None  # what the other side takes, once it has greeted in this session
        self._owes_heard = False
        self._said: list[Frame] = []
        self._posted = b""
        self._received = b""
        self._out = Outgoing()
        self._in: Incoming | None = None
        self._turn: asyncio.Handle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._unheard: asyncio.TimerHandle | None = None

    # What this side has to say

    def say(self, message: Message) -> None:
        """In its turn."""
        self._out.say(message)
        self._flush_soon()

    def give_up(self, message: Message) -> None:
        """Nobody waits for it any more; whoever works on it is told so (PE-14)."""
        message.is_given_up = True
        if message.is_heard:
            self.say(Message("cancel", re=message.number))

    def rekey(self) -> None:
        """SE-6, before it is due."""
        if self._session is not None:
            self._seal([REKEY])

    def replay(self, received: bool) -> None:
        """The last packet again, as by a node that lies."""
        if received:
            self.on_packet(self._received)
        else:
            self._owner.post(self.peer, self._posted)

    def repeat(self) -> None:
        """What was said last is said again under the same numbers, which nobody should."""
        if self._session is not None:
            self._seal(self._said)

    @property
    def is_new(self) -> bool:
        """Whether nothing has come of it yet."""
        return self._session is None and self._attempt is None and self._in is None and self._out.is_done

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything."""
        return self._out.is_done and not self._owner.is_waiting_for(self.peer)

    # The node

    def on_packet(self, packet: bytes) -> None:
        """PE-1, PE-4."""
        if len(packet) < CONN:
            return
        self._received = packet
        conn, rest = packet[:CONN], packet[CONN:]
        if self._session is not None and conn == self._conn:
            self._on_sealed(rest)
        elif self._attempt is not None and conn == self._attempt.conn:
            self._on_step(self._attempt, rest)
        elif rest and _begins_handshake(rest):
            self._on_hello(conn, rest)
        elif rest:
            self._post(conn)

    def on_refused(self, conn: bytes, code: str) -> None:
        """The node did not take a packet on (PE-30)."""
        if self._session is not None and conn == self._conn:
            self._lose()
        elif self._attempt is not None and conn == self._attempt.conn:
            self._end_attempt()
        else:
            return
        self._trouble = code
        if code in UNREACHABLE:
            self._out.fail_unsaid(code)
        self._begin_later()

    def on_offline(self) -> None:
        """The session with the node is lost, and perhaps what was on the way with it."""
        self._end_attempt()
        self._again = _cancel(self._again)

    def on_online(self) -> None:
        """PE-31."""
        self._failed = 0
        if self._unheard is not None:
            self._lose()
        self._begin()

    def close(self, code: str) -> None:
        """This agent leaves, or the other is cut off (PE-6): whatever waits has failed."""
        if self._session is not None:
            self._seal([Frame("close", {"code": "session.closed"})])
        self._lose()
        self._end_attempt()
        self._again = _cancel(self._again)
        self._out.fail(code)
        self._owner.interrupt(self.peer)

    def lose(self) -> None:
        """This side knows its session no more; a new one is begun if anybody waits."""
        self._lose()
        self._begin_later()

    # Handshakes

    def _begin(self) -> None:
        """An attempt, if anybody waits and there is none."""
        self._again = _cancel(self._again)
        if self._session is not None or self._attempt is not None or self.is_idle:
            return
        ticket, self._ticket = self._ticket, None
        side = Initiator(self._owner.identity, self._owner.net, self.peer, purpose="peer", ticket=ticket)
        conn = secrets.token_bytes(CONN)
        self._begin_attempt(conn, "initiator", side)
        self._post(conn + side.start())

    def _begin_later(self) -> None:
        """PE-30: with full jitter."""
        if self._session is not None or self._attempt is not None or self.is_idle:
            return
        if self._failed >= MAX_ATTEMPTS:
            self._out.fail(self._trouble)
            self._failed = 0
        self._again = _cancel(self._again)
        delay = random.uniform(0, min(5.0, 0.2 * 2**self._failed))
        self._failed += 1
        self._again = asyncio.get_running_loop().call_later(delay, self._begin)

    def _begin_attempt(self, conn: bytes, role: str, side: Any) -> _Attempt:
        self._end_attempt()
        deadline = asyncio.get_running_loop().call_later(DEADLINE_S, self._fail_attempt)  # HS-3
        self._attempt = _Attempt(conn, role, side, deadline)
        return self._attempt

    def _fail_attempt(self) -> None:
        self._end_attempt()
        self._begin_later()

    def _end_attempt(self) -> None:
        if self._attempt is not None:
            self._attempt.deadline.cancel()
        self._attempt = None

    def _on_hello(self, conn: bytes, frame: bytes) -> None:
        """PE-5: of two attempts that of the lower key goes on."""
        is_own = self._attempt is not None and self._attempt.role == "initiator"
        if is_own and self._owner.identity.key < self.peer:
            return
        side = Responder(self._owner.identity, self._owner.net, self._owner.tickets, self._admit, purpose="peer")
        self._on_step(self._begin_attempt(conn, "responder", side), frame)

    def _admit(self, did: bytes, keys: SessionKeys) -> dict[str, Any]:
        """PE-2, PE-3."""
        if did != self.peer:
            raise HandshakeError("handshake.peer")
        refusal = self._owner.refusal_of(did)
        if refusal is not None:
            return {"refusal": refusal, "proof": []}
        ticket = self._owner.tickets.issue(keys, self._owner.identity.key, did, "peer")
        return {"limits": {"messageBytes": MAX_SEALED, "idleMs": 60_000}, "ticket": ticket}

    def _on_step(self, attempt: _Attempt, frame: bytes) -> None:
        """A frame of a handshake, or nothing: the other side knows of none (PE-4)."""
        try:
            step = attempt.side.receive(frame) if frame else None
        except HandshakeError:
            step = None
        if isinstance(step, bytes):
            self._post(attempt.conn + step)
            if attempt.role == "responder" and attempt.side.welcome is not None:
                self._meet(attempt, attempt.side.welcome)
        elif isinstance(step, Welcome):
            self._ticket = step.ticket
            self._meet(attempt, step)
        else:  # failed, refused, or reset
            if isinstance(step, Refusal):
                self._out.fail_unsaid("message.refused")
            self._fail_attempt()

    def _meet(self, attempt: _Attempt, welcome: Welcome) -> None:
        """A new session takes the place of the one before (PE-5)."""
        self._lose()
        self._end_attempt()
        self._again = _cancel(self._again)
        self._conn = attempt.conn
        sealed = min(welcome.message_bytes, MAX_SEALED)
        own = self._owner.identity.key
        self._session = Session(welcome.keys, own, role=attempt.role, purpose="peer", max_sealed=sealed)
        self._max_bytes = None
        self._owes_heard = False
        self._owner.met(self.peer, attempt.role, welcome.resumed)
        self.greet()
        self._watch()

    # Sessions

    def greet(self) -> None:
        """PE-20, once in a session."""
        greeting: dict[str, Any] = {"line": self._out.name, "next": self._out.next, "maxBytes": MAX_BODY}
        if self._in is not None:
            greeting["heard"] = self._in.heard
        self._seal([Frame("greet", greeting)])

    def _lose(self) -> None:
        """Without a word."""
        self._session = None
        self._unheard = _cancel(self._unheard)

    def _on_sealed(self, sealed: bytes) -> None:
        session = self._session
        assert session is not None
        try:
            if not sealed:
                raise SessionError("session.closed")
            for frame in session.open(sealed):
                if self._session is session:
                    self._on_frame(frame)
        except SessionError:
            if sealed:
                self._post(self._conn)
            self._lose()
            self._begin_later()
            return
        self._flush()

    def _on_frame(self, frame: Frame) -> None:
        if frame.type == "rekey":
            return
        if frame.type == "close":
            self._lose()
            self._begin_later()
        elif (frame.type == "greet") != (self._max_bytes is None):
            raise SessionError("frame.unexpected")
        elif frame.type == "greet":
            self._on_greet(frame.fields)
        elif frame.type == "heard":
            self._failed, self._trouble = 0, UNCONFIRMED
            self._out.hear(frame.fields["n"])
        elif frame.type == "say":
            self._on_say(frame.fields)
        self._watch(again=frame.type in ("greet", "heard"))

    def _on_greet(self, fields: dict[str, Any]) -> None:
        """PE-20 to PE-24."""
        if self._in is not None and self._in.name == fields["line"]:
            heard = fields.get("heard")
            self._out.resume(heard["n"] if heard is not None and heard["line"] == self._out.name else 0)
        else:
            self._in = Incoming(fields["line"], fields["next"])
            self._out.restart()
            self._owner.interrupt(self.peer)
        self._max_bytes = fields["maxBytes"]

    def _on_say(self, fields: dict[str, Any]) -> None:
        assert self._in is not None
        self._owes_heard = True
        said = self._in.take(fields, MAX_BODY)
        if said is not None:
            self._owner.received(self, said)

    # Packets

    def _flush_soon(self) -> None:
        """At the end of the turn, in one message (SE-5)."""
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._turn = _cancel(self._turn)
        if self._session is None:
            if self._again is None:
                self._begin()
            return
        if self._max_bytes is None:  # nothing is said to somebody who has not greeted
            return
        frames = []
        if self._owes_heard and self._in is not None:
            frames.append(Frame("heard", {"n": self._in.expected - 1}))
            self._owes_heard = False
        due = self._out.due(self._max_bytes)
        self._said = due or self._said
        self._seal(frames + due)
        self._watch()

    def _seal(self, frames: list[Frame]) -> None:
        assert self._session is not None
        for sealed in self._session.seal(frames):
            self._post(self._conn + sealed)

    def _post(self, packet: bytes) -> None:
        self._posted = packet
        self._owner.post(self.peer, packet)

    def _watch(self, again: bool = False) -> None:
        """PE-31: a new session where nothing is heard for long."""
        is_expecting = self._session is not None and (self._max_bytes is None or self._out.is_unheard)
        if again or not is_expecting:
            self._unheard = _cancel(self._unheard)
        if is_expecting and self._unheard is None:
            delay = min(40.0, UNHEARD_S * 2**self._failed)
            self._unheard = asyncio.get_running_loop().call_later(delay, self.lose)


def _begins_handshake(frame: bytes) -> bool:
    try:
        return place_of(frame) == 1
    except HandshakeError:
        return False


def _cancel(handle: asyncio.Handle | None) -> None:
    """To be kept in place of the handle."""
    if handle is not None:
        handle.cancel()
