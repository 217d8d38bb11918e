"""What this agent asks of others, or merely says: from a command to the events that answer it (PE-12 to PE-15)."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Any, Protocol

from identity import Identity, did_of
from lines import Message, Said
from msgpack_strict import MAX_INTEGER, EncodingError
from peers import Conversation
from session import decode_body
from statements import StatementError, open_receipt, open_statement

REPLY_TIMEOUT_S = 30.0
#: kind of a question → what may answer it (PE-13)
ANSWERS = {"request": ("reply", "error"), "stream": ("item", "end", "error")}


def log(*parts: object) -> None:
    print(*parts, file=sys.stderr, flush=True)


def emit(event: str, **fields: Any) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


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


class Owner(Protocol):
    """The agent that asks."""

    identity: Identity
    net: bytes

    def conversation(self, peer: bytes) -> Conversation:
        """The one with this Did."""


@dataclass(eq=False)
class _Call:
    """What waits for its answer, or to be heard."""

    number: Any
    to: bytes
    message: Message
    receipt: bytes | None = None  # the id of this agent's own
    granted: int = 0
    timer: asyncio.TimerHandle | None = None


class Asking:
    """All that this agent asks."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._calls: list[_Call] = []

    def ask(
        self, number: Any, to: bytes, kind: str, body: bytes, *, grant: int | None = None, receipt: bytes | None = None
    ) -> None:
        """``kind`` is ``one-way``, ``request`` or ``stream``."""
        message = Message(kind, body, grant=grant, receipt=receipt)
        own = None if receipt is None else open_statement(receipt, self._owner.net).id
        call = _Call(number, to, message, own, grant or 0)
        message.on_failed = lambda code: self._fail(call, code)
        if kind == "one-way":
            message.on_heard = lambda: self._end(call, "sent")
        self._calls.append(call)
        self._wait(call)
        self._owner.conversation(to).say(message)

    def credit(self, number: Any, grant: int) -> None:
        """More items of a stream are taken."""
        call = self._find(number)
        call.granted += grant
        self._wait(call)
        self._owner.conversation(call.to).say(Message("credit", re=call.message.number, grant=grant))

    def cancel(self, number: Any, code: str = "cancelled") -> None:
        """Nobody waits for it any more."""
        call = self._find(number)
        self._owner.conversation(call.to).give_up(call.message)
        self._fail(call, code)

    def is_waiting_for(self, peer: bytes) -> bool:
        return any(call.to == peer and call.message.kind in ANSWERS for call in self._calls)

    def answered(self, peer: bytes, said: Said) -> None:
        """An answer, which counts only from the Did that was asked (PE-13)."""
        for call in self._calls:
            if call.to == peer and call.message.number == said.re and call.message.is_begun:
                if said.kind in ANSWERS.get(call.message.kind, ()):
                    self._on_answer(call, said)
                return

    def interrupt(self, peer: bytes) -> None:
        """PE-21: of what has been said there will be no answer."""
        for call in [call for call in self._calls if call.to == peer and call.message.is_begun]:
            self._fail(call, "message.interrupted")

    def _on_answer(self, call: _Call, said: Said) -> None:
        try:
            value = None if said.kind == "end" else decode_body(said.body)
            shown = {}
            if said.kind == "reply" and call.receipt is not None:
                shown["receipt"] = self._checked(call, said).hex()
        except (EncodingError, StatementError) as error:
            self._fail(call, error.code)
            return
        if said.kind == "error":
            self._on_error(call, value)
        elif said.kind == "item":
            self._on_item(call, value)
        else:
            if said.calls is not None:
                shown["calls"] = said.calls
            self._end(call, said.kind, **({} if said.kind == "end" else {"content": to_json(value)}), **shown)

    def _on_item(self, call: _Call, value: Any) -> None:
        """PE-14."""
        if call.granted == 0:
            self.cancel(call.number, "stream.not-granted")
            return
        call.granted -= 1
        self._wait(call)
        emit("item", id=call.number, content=to_json(value))

    def _on_error(self, call: _Call, value: Any) -> None:
        """SE-62; a denial is in the form for people already (SE-63)."""
        if not isinstance(value, dict) or not isinstance(value.get("code"), str):
            self._fail(call, "failed")
            return
        denial = value.get("denial")
        self._fail(call, value["code"], to_json(denial) if isinstance(denial, dict) else None)

    def _checked(self, call: _Call, said: Said) -> bytes:
        """The id of the receipt of an answer (PE-15)."""
        if said.receipt is None:
            raise StatementError("receipt.none")
        own = self._owner.identity.key
        return open_receipt(said.receipt, self._owner.net, call.to, own, said.body, re=call.receipt).id

    def _find(self, number: Any) -> _Call:
        found = [call for call in self._calls if call.number == number]
        if not found:
            raise ValueError(f"nothing is waited for as {number!r}")
        return found[0]

    def _wait(self, call: _Call) -> None:
        if call.timer is not None:
            call.timer.cancel()
        call.timer = asyncio.get_running_loop().call_later(REPLY_TIMEOUT_S, self.cancel, call.number, "timeout")

    def _settle(self, call: _Call) -> bool:
        """Whether it was waited for until now."""
        if call.timer is not None:
            call.timer.cancel()
        is_new = call in self._calls
        if is_new:
            self._calls.remove(call)
        return is_new

    def _end(self, call: _Call, event: str, **fields: Any) -> None:
        if self._settle(call):
            emit(event, id=call.number, **fields)

    def _fail(self, call: _Call, code: str, denial: Any = None) -> None:
        if self._settle(call):
            log("failed:", did_of(call.to), code)
            emit("error", id=call.number, code=code, denial=denial)
