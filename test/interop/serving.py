"""What this agent does for others: handlers, the gate before them, and answers (SE-42, SE-60 to SE-65, PE-12 to PE-15)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Protocol

from asking import emit, log, to_json
from chains import ChainError, Executor, Knowledge, Ledger, Use, open_links, verify_use
from gate import Need, Standings, denial, judge
from identity import Identity, did_of
from lines import Message, Said
from msgpack_strict import EncodingError
from peers import Conversation
from session import BEGINNINGS, Body, decode_body, encode_body, parse_body
from statements import Statement, StatementError, open_receipt, receipt

MAX_AGE_MS = 10_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Owner(Protocol):
    """The agent that serves."""

    identity: Identity
    net: bytes
    standings: Standings

    async def look_up(self, dids: list[bytes], links: list[Statement]) -> dict[str, Any]:
        """SE-43."""


@dataclass(frozen=True)
class Handler:
    """What is required; how many items it yields, if it is one that yields; and whether it signs whom it is asked to."""

    need: Need
    items: int | None = None
    signs: bool = True


@dataclass(eq=False)
class _Serving:
    """A message that is being handled, until it is answered or nobody waits."""

    conversation: Conversation
    said: Said
    granted: int
    task: asyncio.Task[None] | None = None
    more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def peer(self) -> bytes:
        return self.conversation.peer

    def answer(self, kind: str, value: Any = None, shown: Callable[[bytes], bytes] | None = None) -> None:
        """SE-61, SE-62. What cannot be encoded is answered with ``failed``."""
        try:
            body = b"" if kind == "end" else encode_body(value)
        except EncodingError:
            kind, body, shown = "error", encode_body({"code": "failed"}), None
        self.conversation.say(Message(kind, body, re=self.said.n, receipt=None if shown is None else shown(body)))

    def refuse(self, code: str, **more: Any) -> None:
        if self.said.kind != "one-way":  # SE-64
            self.answer("error", {"code": code, **more})


class Serving:
    """All that this agent serves."""

    def __init__(self, owner: Owner) -> None:
        self.handlers: dict[str, Handler] = {}
        self._owner = owner
        self._ledger = Ledger()
        self._open: list[_Serving] = []

    def received(self, conversation: Conversation, said: Said) -> None:
        """A message that begins something, or is about one that did (PE-14)."""
        if said.kind in BEGINNINGS:
            self._begin(_Serving(conversation, said, said.grant or 0))
            return
        for serving in self._open:
            if (serving.peer, serving.said.n) == (conversation.peer, said.re):
                if said.kind == "cancel":
                    self._stop(serving)
                else:
                    serving.granted += said.grant or 0
                    serving.more.set()
                return

    def interrupt(self, peer: bytes) -> None:
        """PE-21: nobody knows any more what has been asked."""
        for serving in [serving for serving in self._open if serving.peer == peer]:
            self._stop(serving)

    def _stop(self, serving: _Serving) -> None:
        if serving.task is not None:
            serving.task.cancel()
        self._open.remove(serving)
        emit("cancelled", **{"from": did_of(serving.peer)})

    def _begin(self, serving: _Serving) -> None:
        """The gate, all but the chain (SE-42), by what was told ahead of the message."""
        body = parse_body(serving.said.body)
        handler = None if body is None else self.handlers.get(body.kind)
        if body is None or handler is None:
            serving.refuse("no-handler")
            return
        refusal = judge(self._owner.standings, serving.peer, handler.need)
        self._open.append(serving)
        serving.task = asyncio.get_running_loop().create_task(self._serve(serving, handler, body, refusal))

    async def _serve(self, serving: _Serving, *how: Any) -> None:
        try:
            await self._handle(serving, *how)
        except Exception as error:
            log("handler:", repr(error))
            serving.refuse("failed")
        if serving in self._open:
            self._open.remove(serving)

    async def _handle(
        self, serving: _Serving, handler: Handler, body: Body, refusal: dict[str, Any] | None
    ) -> None:
        said, peer = serving.said, serving.peer
        about = {"kind": body.kind, "from": did_of(peer)}
        if refusal is None and handler.need.can is not None:
            refusal = await self._on_behalf(peer, body, handler.need)
        if refusal is not None:
            emit("denied", **about)
            serving.refuse("denied", denial=refusal)
            return
        try:
            content = decode_body(body.args)
            asked = self._receipt_of(serving)
        except EncodingError:
            serving.refuse("no-handler")
            return
        except StatementError as error:
            log("receipt:", error.code)
            serving.refuse("failed")
            return
        signed = {} if asked is None else {"receipt": asked.hex()}
        if said.kind == "one-way":
            emit("received", content=to_json(content), **about, **signed)
        elif handler.items is not None and said.kind == "request":
            serving.refuse("is-stream")
        else:
            emit("served", **about, **signed)
            await self._answer(serving, handler, {"echo": content, "for": did_of(peer)}, asked)

    async def _answer(self, serving: _Serving, handler: Handler, value: Any, asked: bytes | None) -> None:
        owner, peer = self._owner, serving.peer
        if serving.said.kind == "request":
            shown = None
            if asked is not None and handler.signs:
                shown = lambda body: receipt(owner.identity, owner.net, peer, body, now_ms(), asked)  # noqa: E731
            serving.answer("reply", value, shown)
            return
        for place in range(1 if handler.items is None else handler.items):
            if not serving.granted:
                emit("paused", said=place)
            while not serving.granted:
                serving.more.clear()
                await serving.more.wait()
            serving.granted -= 1
            serving.answer("item", value if handler.items is None else place)
        serving.answer("end")

    def _receipt_of(self, serving: _Serving) -> bytes | None:
        """The id of the receipt that a message came with (PE-15)."""
        said, own = serving.said, self._owner.identity.key
        if said.receipt is None:
            return None
        return open_receipt(said.receipt, self._owner.net, serving.peer, own, said.body).id

    async def _on_behalf(self, peer: bytes, body: Body, need: Need) -> dict[str, Any] | None:
        """The gate of a handler that requires a capability (SE-42, SE-65)."""
        link: int | None = None
        try:
            if body.proof:
                await self._verify(peer, body, need)
                return None
            code = "gate.no-chain"
        except ChainError as error:
            code, link = error.code, error.link
        except Exception as error:  # DG-56
            log("chain:", repr(error))
            code = "chain.error"
        return denial(code, peer, self._owner.standings.last(peer), need, link)

    async def _verify(self, peer: bytes, body: Body, need: Need) -> None:
        """DG-50, on what the node answers to a lookup (SE-43)."""
        assert need.can is not None and need.root is not None
        shown, *envelopes = body.proof
        links = open_links(envelopes)
        dids = list(dict.fromkeys(did for link in links for did in (link.signer, link.claims["aud"])))
        if len(dids) > len(links) + 1:  # no chain at all, and too many to ask for
            dids = dids[: len(links) + 1]
        asked_at = now_ms()
        status = await self._owner.look_up(dids, links)
        # From here on nothing waits: what was told is what is known.
        book = self._owner.standings
        standings = {did: book.last(did) for did in dids}
        told = {did: standing for did, standing in standings.items() if standing and book.is_fresh(standing)}
        executor = Executor(
            key=self._owner.identity.key,
            net=self._owner.net,
            root=need.root,
            now=now_ms(),
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
        verify_use(Use(envelopes, shown, body.args, need.can, peer), executor, self._ledger)
