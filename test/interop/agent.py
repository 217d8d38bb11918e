"""An agent driven by JSON lines: ``agent.py JOIN_FILE SEED_HEX`` (commands on stdin, events on stdout, logs on stderr).

The README beside this file lists commands, events and exit codes.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.legacy.client import Connect, WebSocketClientProtocol

from asking import Asking, emit, from_json, log
from chains import delegation, invocation
from gate import REQUIRABLE, Need, Standings
from handshake import DEADLINE_S, HandshakeError, Refusal, Ticket, Tickets, Welcome
from identity import Identity, IdentityError, did_of, key_of, mesh_id, sha256
from initiator import Initiator
from lines import Said
from msgpack_strict import EncodingError
from peers import CONN, Conversation
from serving import Handler, Serving, now_ms
from session import BEGINNINGS, CLOSE_CODES, FINAL_NUMBERS, MAX_SEALED, Body, Frame, Session, SessionError, encode_body
from statements import Clock, Statement, StatementError, attestation, open_statement, proves_revocation, receipt

EXIT_QUIT, EXIT_USAGE, EXIT_REVOKED, EXIT_FINAL = 0, 2, 3, 4
LOOKUP_TIMEOUT_S = 5.0
JOIN_WAIT_S = 30.0
MAX_CONVERSATIONS = 1_000
MAX_UNDER_WAY = 4_096
#: command → kind of message
BEGINS = {"send": "one-way", "request": "request", "stream": "stream"}


@dataclass(frozen=True)
class JoinFile:
    """What a node writes for programs on its machine (HS-70)."""

    url: str
    node: bytes
    net: bytes
    authorities: frozenset[bytes]
    threshold: int

    @classmethod
    def load(cls, path: str) -> "JoinFile":
        raw = json.loads(Path(path).read_text("utf-8"))
        if raw.get("version") != 1:
            raise ValueError("join file: version")
        net = bytes.fromhex(raw["net"])
        if raw["net"] != net.hex() or net != mesh_id(raw["root"]):
            raise ValueError("join file: net is not H of the root's key")
        for did in raw["roots"]:
            key_of(did)
        threshold = raw["threshold"]
        if type(threshold) is not int or threshold < 1:
            raise ValueError("join file: threshold")
        authorities = frozenset(key_of(did) for did in raw["authorities"])
        return cls(raw["url"], key_of(raw["node"]), net, authorities, threshold)


class ConnectOnce(Connect):
    """HS-2: a client must not follow redirects."""

    def handle_redirect(self, uri: str) -> None:
        raise InvalidHandshake("redirects are not followed")


class Refused(Exception):
    """The handshake ended with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class Revoked(Exception):
    """A revocation of the agent's own Did that it verified itself."""


class Ended(Exception):
    """The connection is over, with a close code's name or number."""

    def __init__(self, code: str, again: bool) -> None:
        super().__init__(code)
        self.code = code
        self.again = again


def ended_by(error: ConnectionClosed) -> Ended:
    """What a WebSocket close means where no close frame went ahead."""
    number = error.rcvd.code if error.rcvd is not None else 1006
    names = [code for code, (known, _) in CLOSE_CODES.items() if known == number]
    return Ended(names[0] if len(names) == 1 else str(number), number not in FINAL_NUMBERS)


class Agent:
    """One Did, one node, and whatever sessions follow each other."""

    def __init__(self, join: JoinFile, identity: Identity) -> None:
        self.join = join
        self.identity = identity
        self.net = join.net
        self.clock = Clock()
        self.tickets = Tickets()
        self.standings = Standings()
        self.asking = Asking(self)
        self.serving = Serving(self)
        self.conversations: OrderedDict[bytes, Conversation] = OrderedDict()
        self.under_way: OrderedDict[bytes, tuple[bytes, bytes]] = OrderedDict()
        self.lookups: dict[bytes, asyncio.Future[dict[str, Any]]] = {}
        self.submitted: dict[bytes, Any] = {}
        self.queries: dict[bytes, list[Any]] = {}
        self.ticket: Ticket | None = None
        self.joined = asyncio.Event()
        self.resuming = False
        self.leaving = False
        self.claimed = False
        self.welcomed = False
        self.close_code: str | None = None
        self.session: Session | None = None
        self.ws: WebSocketClientProtocol | None = None
        self.outbox: asyncio.Queue[Frame] = asyncio.Queue()
        self.ping = 0

    # Connections

    async def run(self) -> int:
        """Connect again and again (HS-51) until there is a reason not to."""
        attempt = 0
        while True:
            self.claimed = False
            self.welcomed = False
            self.close_code = None
            try:
                await self._connection()
                raise AssertionError("unreachable")
            except Revoked:
                emit("revoked", verified=True)
                return EXIT_REVOKED
            except Refused as error:
                code, again = error.refusal.code, True
            except Ended as error:
                code, again = error.code, error.again
            except HandshakeError as error:
                code, again = error.code, CLOSE_CODES[error.code][1]
            except SessionError as error:
                code, again = error.code, CLOSE_CODES[error.code][1]
            except (OSError, InvalidHandshake, asyncio.TimeoutError) as error:
                code, again = type(error).__name__, True
            if code in ("revoked", "session.revoked"):
                self._claimed()
            self._session_over("session.closed")
            if self.leaving:
                return EXIT_QUIT
            if self.resuming:
                self.resuming = False
                continue
            log("ended:", code)
            if not again:
                emit("closed", code=code)
                return EXIT_FINAL
            if self.welcomed:
                attempt = 0
            delay = random.uniform(0, min(60.0, 2.0**attempt))
            attempt += 1
            log(f"again in {delay:.2f} s")
            await asyncio.sleep(delay)

    async def _connection(self) -> None:
        """One connection from its opening to its end, which is always an exception."""
        ws: WebSocketClientProtocol | None = None
        try:
            async with asyncio.timeout(DEADLINE_S):  # HS-3
                ws = await ConnectOnce(
                    self.join.url,
                    compression=None,  # HS-1
                    max_size=MAX_SEALED,
                    ping_interval=None,
                    open_timeout=None,
                    close_timeout=2,
                )
                welcome = await self._handshake(ws)
        except HandshakeError as error:
            if ws is not None:
                await ws.close(CLOSE_CODES[error.code][0])
            raise
        except TimeoutError:
            if ws is not None:
                await ws.close(CLOSE_CODES["handshake.timeout"][0])
            raise HandshakeError("handshake.timeout") from None
        except ConnectionClosed as error:
            raise ended_by(error) from None
        except (Refused, Revoked):
            if ws is not None:
                await ws.close(1000)
            raise
        await self._in_session(ws, welcome)

    async def _handshake(self, ws: WebSocketClientProtocol) -> Welcome:
        ticket, self.ticket = self.ticket, None  # a ticket is good once
        attempt = Initiator(self.identity, self.join.net, self.join.node, ticket=ticket)
        step: bytes | Welcome | Refusal = attempt.start()
        while isinstance(step, bytes):
            await ws.send(step)
            step = attempt.receive(await self._receive(ws))
        if isinstance(step, Refusal):
            log("refused:", step.code)
            if step.code == "revoked" and self._is_proof(step.proof):
                raise Revoked
            raise Refused(step)
        return step

    async def _receive(self, ws: WebSocketClientProtocol) -> bytes:
        """The next message. Text ends the connection (HS-1)."""
        message = await ws.recv()
        if isinstance(message, str):
            await ws.close(1003)
            raise Ended("frame.text", False)
        return message

    async def _in_session(self, ws: WebSocketClientProtocol, welcome: Welcome) -> None:
        self.ws = ws
        self.session = Session(welcome.keys, self.identity.key, max_sealed=welcome.message_bytes)
        self.standings = Standings()  # SE-41: what was told before does not count
        self.outbox = asyncio.Queue()
        self.ticket = welcome.ticket
        self.welcomed = True
        emit("joined", did=self.identity.did, resumed=welcome.resumed)
        self.joined.set()
        for conversation in list(self.conversations.values()):
            conversation.on_online()
        idle_s = welcome.idle_ms / 1000
        tasks = [asyncio.create_task(self._keep_alive(idle_s)), asyncio.create_task(self._write(ws, self.session))]
        try:
            while True:
                try:
                    message = await asyncio.wait_for(self._receive(ws), idle_s)
                except asyncio.TimeoutError:
                    raise SessionError("session.idle") from None
                for frame in self.session.open(message):
                    self._on_frame(frame)
        except SessionError as error:
            self.joined.clear()
            await self._close(error.code)
            raise
        except Revoked:
            self.joined.clear()
            await self._close("session.closed")
            raise
        except ConnectionClosed as error:
            end = ended_by(error)
            if self.close_code is not None:
                end = Ended(self.close_code, CLOSE_CODES[self.close_code][1])
            raise end from None
        finally:
            for task in tasks:
                task.cancel()

    async def _keep_alive(self, idle_s: float) -> None:
        """SE-50: a ping at least every third of the idle time."""
        while True:
            await asyncio.sleep(idle_s / 3 * 0.9)
            self.ping += 1
            self._send(Frame("ping", {"n": self.ping}))

    async def _write(self, ws: WebSocketClientProtocol, session: Session) -> None:
        """What was said in one turn goes out in one message (SE-5)."""
        outbox = self.outbox
        try:
            while True:
                frames = [await outbox.get()]
                while not outbox.empty():
                    frames.append(outbox.get_nowait())
                for sealed in session.seal(frames):
                    await ws.send(sealed)
                for _ in frames:
                    outbox.task_done()
        except ConnectionClosed:
            pass  # whoever reads notices

    def _send(self, *frames: Frame) -> None:
        if self.session is None:
            raise SessionError("session.closed")
        for frame in frames:
            self.outbox.put_nowait(frame)

    async def _close(self, code: str) -> None:
        """A close frame, then the close of the connection behind it."""
        ws = self.ws
        if ws is None:
            return
        try:
            self._send(Frame("close", {"code": code}))
            await asyncio.wait_for(self.outbox.join(), 1)
        except (SessionError, asyncio.TimeoutError):
            pass
        await ws.close(CLOSE_CODES[code][0])

    def _session_over(self, code: str) -> None:
        """What waited for this session waits in vain; conversations outlast it."""
        self.joined.clear()
        self.session = None
        self.ws = None
        self.under_way.clear()
        for conversation in self.conversations.values():
            conversation.on_offline()
        submitted, self.submitted = self.submitted, {}
        for number in submitted.values():
            emit("error", id=number, code=code, denial=None)
        lookups, self.lookups = self.lookups, {}
        for lookup in lookups.values():
            lookup.cancel()
        queries, self.queries = self.queries, {}
        for numbers in queries.values():
            for number in numbers:
                emit("error", id=number, code=code, denial=None)

    # Frames

    def _on_frame(self, frame: Frame) -> None:
        fields = frame.fields
        if frame.type == "message":
            self._on_message(fields["from"], fields["body"])
        elif frame.type == "standing":
            self._on_standing(fields)
        elif frame.type == "status":
            self.standings.hear(fields["epoch"])
            if fields["re"] in self.lookups:
                self.lookups.pop(fields["re"]).set_result(fields)
        elif frame.type == "ack":
            self._on_ack(fields["re"], fields.get("code"))
        elif frame.type == "notice":
            self._on_notice(fields["code"], fields["proof"])
        elif frame.type == "close":
            self.close_code = fields["code"]
            log("close frame:", self.close_code)

    def _on_standing(self, fields: dict[str, Any]) -> None:
        did = fields["did"]
        standing = self.standings.tell(fields)
        for number in self.queries.pop(did, []):
            emit("standing", id=number, did=did_of(did), **vars(standing))
        if standing.status in ("revoked", "suspended") and did in self.conversations:  # PE-6
            self.conversations.pop(did).close("peer.cut-off")

    def _on_ack(self, re: bytes, code: str | None) -> None:
        """SE-22, SE-31."""
        if re in self.submitted:
            number = self.submitted.pop(re)
            if code is None:
                emit("attested", id=number)
            else:
                emit("error", id=number, code=code, denial=None)
        peer, conn = self.under_way.pop(re, (b"", b""))
        if code is not None and peer in self.conversations:
            self.conversations[peer].on_refused(conn, code)

    def _on_notice(self, code: str, proof: list[bytes]) -> None:
        """SE-52."""
        log("notice:", code)
        if code != "revoked":
            return
        if self._is_proof(proof):
            raise Revoked
        self._claimed()

    def _is_proof(self, proof: list[bytes]) -> bool:
        return proves_revocation(
            proof, self.identity.key, self.join.net, self.join.authorities, self.join.threshold
        )

    def _claimed(self) -> None:
        """Say once a connection that somebody calls this Did revoked without showing it."""
        if not self.claimed:
            self.claimed = True
            emit("claimed-revoked", verified=False)

    def _on_message(self, peer: bytes, packet: bytes) -> None:
        """PE-1; nothing is kept of whoever only sends what belongs to nothing."""
        known = peer in self.conversations
        conversation = self.conversation(peer)
        conversation.on_packet(packet)
        if not known and conversation.is_new:
            self.conversations.pop(peer, None)

    # Conversations

    def conversation(self, peer: bytes) -> Conversation:
        """The one with this Did."""
        if peer not in self.conversations:
            self.conversations[peer] = Conversation(peer, self)
            if len(self.conversations) > MAX_CONVERSATIONS:
                self.conversations.popitem(last=False)[1].close("mesh.busy")
        self.conversations.move_to_end(peer)
        return self.conversations[peer]

    def post(self, peer: bytes, packet: bytes) -> None:
        """A packet to the node (SE-20). Without a session with it, it is lost like any other."""
        if self.session is None:
            return
        number = secrets.token_bytes(16)
        self.under_way[number] = (peer, packet[:CONN])
        if len(self.under_way) > MAX_UNDER_WAY:
            self.under_way.popitem(last=False)
        self._send(Frame("message", {"id": number, "to": peer, "body": packet}))

    def refusal_of(self, peer: bytes) -> str | None:
        """PE-3."""
        standing = self.standings.last(peer)
        return standing.status if standing is not None and standing.status in ("revoked", "suspended") else None

    def met(self, peer: bytes, role: str, resumed: bool) -> None:
        """There is a new session with another agent."""
        emit("met", did=did_of(peer), role=role, resumed=resumed)

    def received(self, conversation: Conversation, said: Said) -> None:
        """A message of another agent, whole."""
        if said.kind in BEGINNINGS or said.kind in ("credit", "cancel"):
            self.serving.received(conversation, said)
        else:
            self.asking.answered(conversation.peer, said)

    def interrupt(self, peer: bytes) -> None:
        """It is another program now."""
        self.serving.interrupt(peer)
        self.asking.interrupt(peer)

    def is_waiting_for(self, peer: bytes) -> bool:
        return self.asking.is_waiting_for(peer)

    async def look_up(self, dids: list[bytes], links: list[Statement]) -> dict[str, Any]:
        """SE-43."""
        number = secrets.token_bytes(16)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.lookups[number] = answer
        pairs = [[link.signer, link.id] for link in links]
        try:
            self._send(Frame("lookup", {"id": number, "dids": dids, "links": pairs}))
            return await asyncio.wait_for(answer, LOOKUP_TIMEOUT_S)
        finally:
            self.lookups.pop(number, None)

    # Commands

    async def command(self, command: dict[str, Any]) -> None:
        """One line from stdin. ``quit`` is not among them."""
        do, number = command.get("do"), command.get("id")
        if do == "serve":
            if command["minTier"] not in REQUIRABLE:
                raise ValueError("minTier")
            can = command.get("can")
            root = None if can is None else self.identity.key  # SE-65
            need = Need(command["kind"], command["minTier"], can, root)
            self.serving.handlers[command["kind"]] = Handler(need, command.get("items"), command.get("signed", True))
        elif do == "delegate":
            emit("delegated", id=number, bytes=self._delegate(command).hex())
        elif do == "credit":
            self.asking.credit(number, command["grant"])
        elif do == "cancel":
            self.asking.cancel(number)
        elif do == "rest":
            while not self.conversation(key_of(command["did"])).is_idle:
                await asyncio.sleep(0.01)
            emit("rests", id=number)
        elif do == "lose":
            self.conversation(key_of(command["did"])).lose()
        elif do == "repeat":
            self.conversation(key_of(command["did"])).repeat()
        elif do == "replay":
            self.conversation(key_of(command["did"])).replay(command.get("received", False))
        elif do == "rekey" and "did" in command:
            self.conversation(key_of(command["did"])).rekey()
        else:
            try:
                await self._command(do, command, number)
            except (SessionError, EncodingError, IdentityError, StatementError) as error:
                emit("error", id=number, code=error.code, denial=None)
            except TimeoutError:
                emit("error", id=number, code="session.closed", denial=None)

    async def _command(self, do: Any, command: dict[str, Any], number: Any) -> None:
        """Those that need a session with the node."""
        async with asyncio.timeout(JOIN_WAIT_S):
            await self.joined.wait()
        if do in BEGINS:
            self._ask(command, number)
        elif do == "attest":
            self._submit(
                attestation(
                    self.identity, self.net, key_of(command["subject"]), command["value"], self.clock.next()
                ),
                number,
            )
        elif do == "statement":
            self._submit(bytes.fromhex(command["bytes"]), number)
        elif do == "query":
            key = key_of(command["did"])
            self.queries.setdefault(key, []).append(number)
            self._send(Frame("query", {"did": key}))
        elif do == "rekey":
            self._send(Frame("rekey", {}))
        elif do == "resume":
            self.resuming = True
            self.joined.clear()
            await self._close("session.closed")
        else:
            log("unknown command:", do)

    def _ask(self, command: dict[str, Any], number: Any) -> None:
        to = key_of(command["to"])
        args = encode_body(from_json(command.get("content")))
        body = Body(command["kind"], args, self._proof(command, to, args)).encode()
        signed = None
        if command.get("signed"):
            said = body if command["signed"] is True else b"something else"
            signed = receipt(self.identity, self.net, to, said, now_ms())
        self.asking.ask(number, to, BEGINS[command["do"]], body, grant=command.get("grant"), receipt=signed)

    def _delegate(self, command: dict[str, Any]) -> bytes:
        """A link behind the last one of ``chain``, or a first one."""
        parent = self._links(command["chain"])[-1] if command.get("chain") else None
        return delegation(
            self.identity,
            self.net,
            key_of(command["to"]),
            command["can"],
            self.clock.next(),
            parent=parent,
            where=from_json(command.get("where", [])),
            depth=command.get("depth", 0),
        )

    def _links(self, chain: list[str]) -> list[Statement]:
        return [open_statement(bytes.fromhex(link), self.net) for link in chain]

    def _proof(self, command: dict[str, Any], executor: bytes, args: bytes) -> tuple[bytes, ...]:
        """An invocation and the links, of a ``chain`` (SE-65)."""
        if not command.get("chain"):
            return ()
        links = self._links(command["chain"])
        can = command.get("can", links[-1].claims["can"])
        shown = invocation(self.identity, self.net, executor, links[-1].id, can, args, self.clock.next())
        return (shown, *(link.envelope for link in links))

    def _submit(self, envelope: bytes, number: Any) -> None:
        """SE-30, SE-31."""
        self.submitted[sha256(envelope)] = number
        self._send(Frame("statement", {"bytes": envelope}))

    async def leave(self) -> None:
        """The close frames of ``quit``."""
        self.leaving = True
        for conversation in self.conversations.values():
            conversation.close("session.closed")
        if self.joined.is_set():
            await self._close("session.closed")


def read_lines(queue: "asyncio.Queue[str | None]", loop: asyncio.AbstractEventLoop) -> None:
    """Feed stdin to the loop, line by line, from a thread of its own; ``None`` at its end."""
    rest = b""
    try:
        while chunk := os.read(0, 65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                loop.call_soon_threadsafe(queue.put_nowait, line.decode("utf-8", "replace"))
        loop.call_soon_threadsafe(queue.put_nowait, None)
    except RuntimeError:  # the loop is closed
        pass


async def obey(agent: Agent, queue: "asyncio.Queue[str | None]") -> None:
    """Take commands until ``quit`` or the end of stdin."""
    while (line := await queue.get()) is not None:
        if not line.strip():
            continue
        try:
            command = json.loads(line)
            if command.get("do") == "quit":
                break
            await agent.command(command)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log("bad command:", repr(error))
    await agent.leave()


async def main(join_path: str, seed_hex: str) -> int:
    agent = Agent(JoinFile.load(join_path), Identity(bytes.fromhex(seed_hex)))
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    threading.Thread(target=read_lines, args=(queue, asyncio.get_running_loop()), daemon=True).start()
    running = asyncio.create_task(agent.run())
    obeying = asyncio.create_task(obey(agent, queue))
    done, _ = await asyncio.wait({running, obeying}, return_when=asyncio.FIRST_COMPLETED)
    if obeying in done:
        obeying.result()
        running.cancel()
        return EXIT_QUIT
    obeying.cancel()
    return running.result()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        log("usage: agent.py JOIN_FILE SEED_HEX")
        sys.exit(EXIT_USAGE)
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2])))
