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
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.legacy.client import Connect, WebSocketClientProtocol

from chains import ChainError, Executor, Knowledge, Ledger, Use, delegation, invocation, open_links, verify_use
from gate import REQUIRABLE, Need, Standings, denial, judge
from handshake import DEADLINE_S, HandshakeError, Initiator, Refusal, Ticket, Welcome
from identity import Identity, IdentityError, did_of, key_of, mesh_id, sha256
from msgpack_strict import MAX_INTEGER, EncodingError
from session import (
    CLOSE_CODES,
    FINAL_NUMBERS,
    MAX_SEALED,
    Body,
    Frame,
    Session,
    SessionError,
    decode_body,
    encode_body,
    parse_body,
)
from statements import Clock, Statement, StatementError, attestation, open_statement, proves_revocation

EXIT_QUIT, EXIT_USAGE, EXIT_REVOKED, EXIT_FINAL = 0, 2, 3, 4
REPLY_TIMEOUT_S = 30.0
LOOKUP_TIMEOUT_S = 5.0
MAX_AGE_MS = 10_000
JOIN_WAIT_S = 30.0
SEEN_BOUND = 10_000  # SE-23 names no bound; memory needs one


def log(*parts: object) -> None:
    print(*parts, file=sys.stderr, flush=True)


def emit(event: str, **fields: Any) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


def _now() -> int:
    return time.time_ns() // 1_000_000


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


def from_json(value: Any) -> Any:
    """JSON to a body: ``{"$bin": hex}`` is a byte string, and a number beyond ±(2^53 − 1) a float64 if it is one."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"$bin"} and isinstance(value["$bin"], str):
            return bytes.fromhex(value["$bin"])
        return {name: from_json(item) for name, item in value.items()}
    if type(value) is int and abs(value) > MAX_INTEGER and value.bit_length() <= 1024 and int(float(value)) == value:
        return float(value)
    return value


def to_json(value: Any) -> Any:
    """A body to JSON; the inverse of :func:`from_json`."""
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {name: to_json(item) for name, item in value.items()}
    if isinstance(value, bytes):
        return {"$bin": value.hex()}
    return value


def denial_to_json(denial: Any) -> Any:
    """A denial for people; SE-63 has it in this form already."""
    return to_json(denial) if isinstance(denial, dict) else None


@dataclass
class Asked:
    """A request that waits for its answer, or a message or statement that waits for its acknowledgement."""

    what: str  # request, send, attest
    number: Any
    to: bytes
    timer: asyncio.TimerHandle | None = None


class Agent:
    """One Did, one node, and whatever sessions follow each other."""

    def __init__(self, join: JoinFile, identity: Identity) -> None:
        self.join = join
        self.identity = identity
        self.clock = Clock()
        self.handlers: dict[str, Need] = {}
        self.ledger = Ledger()
        self.lookups: dict[bytes, asyncio.Future[dict[str, Any]]] = {}
        self.judging: set[asyncio.Task[None]] = set()
        self.ticket: Ticket | None = None
        self.joined = asyncio.Event()
        self.resuming = False
        self.leaving = False
        self.claimed = False
        self.welcomed = False
        self.close_code: str | None = None
        self.ws: WebSocketClientProtocol | None = None
        self.session: Session | None = None
        self.standings = Standings()
        self.asked: dict[bytes, Asked] = {}
        self.queries: dict[bytes, list[Any]] = {}
        self.seen: OrderedDict[tuple[bytes, bytes], None] = OrderedDict()
        self.send_lock = asyncio.Lock()
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
        self.session = Session(welcome, self.identity.key)
        self.standings = Standings()  # SE-41: what was told before does not count
        self.ticket = welcome.ticket
        self.welcomed = True
        emit("joined", did=self.identity.did, resumed=welcome.resumed)
        self.joined.set()
        pinger = asyncio.create_task(self._keep_alive())
        try:
            while True:
                try:
                    message = await asyncio.wait_for(self._receive(ws), self.session.idle_s)
                except asyncio.TimeoutError:
                    raise SessionError("session.idle") from None
                for frame in self.session.open(message):
                    await self._on_frame(frame)
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
            pinger.cancel()

    async def _keep_alive(self) -> None:
        """SE-50: a ping at least every third of the idle time."""
        assert self.session is not None
        while True:
            await asyncio.sleep(self.session.idle_s / 3 * 0.9)
            self.ping += 1
            await self._send(Frame("ping", {"n": self.ping}))

    async def _send(self, *frames: Frame, rekey: bool = False) -> None:
        """Seal and send in one turn, so that counts go out in their order."""
        async with self.send_lock:
            session, ws = self.session, self.ws
            if session is None or ws is None:
                raise SessionError("session.closed")
            sealed = session.seal(*frames, rekey=rekey)
            try:
                await ws.send(sealed)
            except ConnectionClosed:
                raise SessionError("session.closed") from None

    async def _close(self, code: str) -> None:
        """A close frame, then the close of the connection behind it."""
        ws = self.ws
        if ws is None:
            return
        try:
            await self._send(Frame("close", {"code": code}))
        except (SessionError, EncodingError):
            pass
        await ws.close(CLOSE_CODES[code][0])

    def _session_over(self, code: str) -> None:
        """What waited for this session waits in vain."""
        self.joined.clear()
        self.session = None
        self.ws = None
        asked, self.asked = self.asked, {}
        for entry in asked.values():
            self._fail(entry, code)
        lookups, self.lookups = self.lookups, {}
        for lookup in lookups.values():
            lookup.cancel()
        queries, self.queries = self.queries, {}
        for numbers in queries.values():
            for number in numbers:
                emit("error", id=number, code=code, denial=None)

    # Frames

    async def _on_frame(self, frame: Frame) -> None:
        fields = frame.fields
        if frame.type == "message":
            await self._on_message(fields)
        elif frame.type == "standing":
            standing = self.standings.tell(fields)
            for number in self.queries.pop(fields["did"], []):
                emit("standing", id=number, did=did_of(fields["did"]), **vars(standing))
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

    def _on_ack(self, re: bytes, code: str | None) -> None:
        """SE-22, SE-31. An ack without a code ends the wait of all but a request."""
        entry = self.asked.get(re)
        if entry is None or (code is None and entry.what == "request"):
            return
        del self.asked[re]
        if code is not None:
            self._fail(entry, code)
        else:
            emit("sent" if entry.what == "send" else "attested", id=entry.number)

    def _fail(self, entry: Asked, code: str, denial: Any = None) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
        emit("error", id=entry.number, code=code, denial=denial)

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

    async def _on_message(self, fields: dict[str, Any]) -> None:
        sender, message_id = fields["from"], fields["id"]
        if fields["kind"] in ("reply", "error"):
            self._on_answer(fields)
            return
        if (sender, message_id) in self.seen:  # SE-23
            return
        self.seen[sender, message_id] = None
        if len(self.seen) > SEEN_BOUND:
            self.seen.popitem(last=False)
        asks = fields["kind"] == "request"
        body = parse_body(fields["body"])
        need = None if body is None else self.handlers.get(body.kind)
        if body is None or need is None:
            if asks:
                await self._answer(fields, "error", {"code": "no-handler"})
            return
        refusal = judge(self.standings, sender, need)
        if refusal is None and need.can is not None:  # not awaited here: what decides comes in further frames
            task = asyncio.create_task(self._on_behalf(fields, body, need))
            self.judging.add(task)
            task.add_done_callback(self.judging.discard)
            return
        await self._carry_out(fields, body, refusal)

    async def _carry_out(self, fields: dict[str, Any], body: Body, refusal: dict[str, Any] | None) -> None:
        """Serve what was asked, or deny it."""
        sender, asks = fields["from"], fields["kind"] == "request"
        about = {"kind": body.kind, "from": did_of(sender)}
        if refusal is not None:
            emit("denied", **about)
            if asks:  # SE-64
                await self._answer(fields, "error", {"code": "denied", "denial": refusal})
            return
        try:
            content = decode_body(body.args)
        except EncodingError:
            if asks:
                await self._answer(fields, "error", {"code": "no-handler"})
            return
        if asks:
            emit("served", **about)
            await self._answer(fields, "reply", {"echo": content, "for": did_of(sender)})
        else:
            emit("received", content=to_json(content), **about)

    async def _on_behalf(self, fields: dict[str, Any], body: Body, need: Need) -> None:
        """The gate of a handler that requires a capability (SE-42, SE-65)."""
        code: str | None = None
        link: int | None = None
        try:
            if body.proof:
                await self._verify(fields["from"], body, need)
            else:
                code = "gate.no-chain"
        except ChainError as error:
            code, link = error.code, error.link
        except asyncio.CancelledError:
            return  # the session is over
        except Exception as error:  # DG-56
            log("chain:", repr(error))
            code = "chain.error"
        refusal = None
        if code is not None:
            refusal = denial(code, fields["from"], self.standings.last(fields["from"]), need, link)
        try:
            await self._carry_out(fields, body, refusal)
        except SessionError as error:
            log("no answer:", error.code)

    async def _verify(self, peer: bytes, body: Body, need: Need) -> None:
        """DG-50, on what the node answers to a lookup (SE-43)."""
        assert need.can is not None and need.root is not None
        shown, *envelopes = body.proof
        links = open_links(envelopes)
        dids = list(dict.fromkeys(did for link in links for did in (link.signer, link.claims["aud"])))
        if len(dids) > len(links) + 1:  # no chain at all, and too many to ask for
            dids = dids[: len(links) + 1]
        asked_at = _now()
        status = await self._look_up(dids, links)
        # From here on nothing waits: what was told is what is known.
        standings = {did: self.standings.last(did) for did in dids}
        told = {did: standing for did, standing in standings.items() if standing and self.standings.is_fresh(standing)}
        executor = Executor(
            key=self.identity.key,
            net=self.join.net,
            root=need.root,
            now=_now(),
            known=Knowledge(
                revoked=frozenset(did for did, standing in told.items() if standing.status == "revoked"),
                suspended=frozenset(did for did, standing in told.items() if standing.status == "suspended"),
                void=frozenset(status["void"]),
                fresh_as_of=asked_at if len(told) == len(dids) else 0,
            ),
            max_age_ms=MAX_AGE_MS,
            opinion=lambda did: (told[did].score, told[did].confidence),
            min_tier=need.min_tier,
        )
        verify_use(Use(envelopes, shown, body.args, need.can, peer), executor, self.ledger)

    async def _look_up(self, dids: list[bytes], links: list[Statement]) -> dict[str, Any]:
        """SE-43."""
        number = secrets.token_bytes(16)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.lookups[number] = answer
        pairs = [[link.signer, link.id] for link in links]
        try:
            await self._send(Frame("lookup", {"id": number, "dids": dids, "links": pairs}))
            return await asyncio.wait_for(answer, LOOKUP_TIMEOUT_S)
        finally:
            self.lookups.pop(number, None)

    async def _answer(self, asked: dict[str, Any], kind: str, value: Any) -> None:
        """SE-20, SE-61, SE-62. What cannot be encoded is answered with ``failed``."""
        try:
            body = encode_body(value)
        except EncodingError:
            kind, body = "error", encode_body({"code": "failed"})
        await self._send(
            Frame(
                "message",
                {
                    "id": secrets.token_bytes(16),
                    "kind": kind,
                    "to": asked["from"],
                    "re": asked["id"],
                    "body": body,
                },
            )
        )

    def _on_answer(self, fields: dict[str, Any]) -> None:
        """The answer to a request, only from the Did that was asked."""
        entry = self.asked.get(fields.get("re", b""))  # an answer to nothing is dropped
        if entry is None or entry.what != "request" or entry.to != fields["from"]:
            return
        del self.asked[fields["re"]]
        try:
            body = decode_body(fields["body"])
        except EncodingError as error:
            self._fail(entry, error.code)
            return
        if fields["kind"] == "reply":
            if entry.timer is not None:
                entry.timer.cancel()
            emit("reply", id=entry.number, content=to_json(body))
        elif isinstance(body, dict) and isinstance(body.get("code"), str):
            self._fail(entry, body["code"], denial_to_json(body.get("denial")))
        else:
            self._fail(entry, "failed")

    # Commands

    async def command(self, command: dict[str, Any]) -> None:
        """One line from stdin. ``quit`` is not among them."""
        do, number = command.get("do"), command.get("id")
        if do == "serve":
            if command["minTier"] not in REQUIRABLE:
                raise ValueError("minTier")
            can = command.get("can")
            root = None if can is None else self.identity.key  # SE-65
            self.handlers[command["kind"]] = Need(command["kind"], command["minTier"], can, root)
            return
        if do == "delegate":
            emit("delegated", id=number, bytes=self._delegate(command).hex())
            return
        try:
            async with asyncio.timeout(JOIN_WAIT_S):
                await self.joined.wait()
            if do in ("request", "send"):
                await self._ask(command, number)
            elif do == "attest":
                envelope = attestation(
                    self.identity, self.join.net, key_of(command["subject"]), command["value"], self.clock.next()
                )
                await self._submit(envelope, number)
            elif do == "statement":
                await self._submit(bytes.fromhex(command["bytes"]), number)
            elif do == "query":
                key = key_of(command["did"])
                self.queries.setdefault(key, []).append(number)
                await self._send(Frame("query", {"did": key}))
            elif do == "rekey":
                self.ping += 1
                await self._send(Frame("ping", {"n": self.ping}), rekey=True)
            elif do == "resume":
                self.resuming = True
                self.joined.clear()
                await self._close("session.closed")
            else:
                log("unknown command:", do)
        except (SessionError, EncodingError, IdentityError, StatementError) as error:
            emit("error", id=number, code=error.code, denial=None)
        except TimeoutError:
            emit("error", id=number, code="session.closed", denial=None)

    async def _ask(self, command: dict[str, Any], number: Any) -> None:
        what = command["do"]
        to = key_of(command["to"])
        args = encode_body(from_json(command.get("content")))
        body = Body(command["kind"], args, self._proof(command, to, args)).encode()
        message_id = secrets.token_bytes(16)
        entry = Asked(what, number, to)
        entry.timer = asyncio.get_running_loop().call_later(REPLY_TIMEOUT_S, self._expire, message_id)
        self.asked[message_id] = entry
        kind = "request" if what == "request" else "one-way"
        try:
            await self._send(Frame("message", {"id": message_id, "kind": kind, "to": to, "body": body}))
        except (SessionError, EncodingError):
            if self.asked.pop(message_id, None) is not None:
                entry.timer.cancel()
                raise

    def _delegate(self, command: dict[str, Any]) -> bytes:
        """A link behind the last one of ``chain``, or a first one."""
        parent = self._links(command["chain"])[-1] if command.get("chain") else None
        return delegation(
            self.identity,
            self.join.net,
            key_of(command["to"]),
            command["can"],
            self.clock.next(),
            parent=parent,
            where=from_json(command.get("where", [])),
            depth=command.get("depth", 0),
        )

    def _links(self, chain: list[str]) -> list[Statement]:
        return [open_statement(bytes.fromhex(link), self.join.net) for link in chain]

    def _proof(self, command: dict[str, Any], executor: bytes, args: bytes) -> tuple[bytes, ...]:
        """An invocation and the links, of a ``chain`` (SE-65)."""
        if not command.get("chain"):
            return ()
        links = self._links(command["chain"])
        can = command.get("can", links[-1].claims["can"])
        shown = invocation(self.identity, self.join.net, executor, links[-1].id, can, args, self.clock.next())
        return (shown, *(link.envelope for link in links))

    async def _submit(self, envelope: bytes, number: Any) -> None:
        """SE-30, SE-31."""
        re = sha256(envelope)
        self.asked[re] = Asked("attest", number, self.identity.key)
        await self._send(Frame("statement", {"bytes": envelope}))

    def _expire(self, message_id: bytes) -> None:
        entry = self.asked.pop(message_id, None)
        if entry is not None:
            self._fail(entry, "timeout")

    async def leave(self) -> None:
        """The close frame of ``quit``."""
        self.leaving = True
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
