"""The lines on which two agents speak, one in each direction (peers.md, PE-10 to PE-25), whatever sessions carry them."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Iterator

from session import MAX_PART, Frame, SessionError

WINDOW = 262_144  # PE-23
BESIDE = 64  # what a frame weighs beside its body


def _nothing(*_: object) -> None:
    pass


@dataclass(eq=False)
class Message:
    """What this side has to say; ``number`` is that of its last part, as it was said last."""

    kind: str
    body: bytes = b""
    re: int | None = None
    grant: int | None = None
    receipt: bytes | None = None
    on_heard: Callable[[], None] = _nothing
    on_failed: Callable[[str], None] = _nothing
    number: int | None = None
    is_begun: bool = False
    is_heard: bool = False
    is_given_up: bool = False


@dataclass(eq=False)
class _Part:
    message: Message
    body: bytes
    is_first: bool
    is_last: bool

    @property
    def weight(self) -> int:
        return len(self.body) + BESIDE

    def frame(self, n: int) -> Frame:
        message = self.message
        message.is_begun = True
        if self.is_last:
            message.number = n
        optional: dict[str, Any] = {"re": message.re, "grant": message.grant}
        optional |= {"receipt": message.receipt} if self.is_last else {"more": True}
        fields = {name: value for name, value in optional.items() if value is not None}
        return Frame("say", {"n": n, "kind": message.kind, **fields, "body": self.body})


def _parts(message: Message) -> Iterator[_Part]:
    starts = range(0, max(len(message.body), 1), MAX_PART)
    for start in starts:
        yield _Part(message, message.body[start : start + MAX_PART], start == 0, start == starts[-1])


class Outgoing:
    """This side's line: what waits to be said, and what has been said and not heard."""

    def __init__(self) -> None:
        self.name = secrets.token_bytes(8)
        self._heard = 0
        self._unsaid: deque[_Part] = deque()
        self._unheard: deque[_Part] = deque()

    @property
    def next(self) -> int:
        """The number that follows on all that was heard (PE-20)."""
        return self._heard + 1

    @property
    def is_unheard(self) -> bool:
        return bool(self._unheard)

    @property
    def is_done(self) -> bool:
        """Whether nobody waits for anything to be said or heard."""
        return all(part.message.is_given_up for part in (*self._unheard, *self._unsaid))

    def say(self, message: Message) -> None:
        self._unsaid.extend(_parts(message))

    def due(self, max_bytes: int) -> list[Frame]:
        """The frames that may be said now (PE-11, PE-23) to somebody who takes so much."""
        frames = []
        weight = sum(part.weight for part in self._unheard)
        while self._unsaid and weight < WINDOW:
            part = self._unsaid[0]
            message = part.message
            if part.is_first and (message.is_given_up or len(message.body) > max_bytes):
                self._unsaid = deque(part for part in self._unsaid if part.message is not message)
                _fail([message], "message.too-big")
                continue
            self._unheard.append(self._unsaid.popleft())
            weight += part.weight
            frames.append(part.frame(self._heard + len(self._unheard)))
        return frames

    def hear(self, n: int) -> None:
        """``heard``: everything up to n has been taken in (PE-22)."""
        if not self._heard <= n <= self._heard + len(self._unheard):
            raise SessionError("frame.unexpected")
        while self._heard < n:
            self._heard += 1
            part = self._unheard.popleft()
            if part.is_last:
                self._on_heard(part.message)

    def _on_heard(self, message: Message) -> None:
        """From now on its number is final, so that whoever works on what nobody waits for can be told (PE-14)."""
        message.is_heard = True
        if not message.is_given_up:
            message.on_heard()
        elif message.kind in ("request", "stream"):
            self.say(Message("cancel", re=message.number))

    def resume(self, n: int) -> None:
        """In a new session what stands behind n is said again (PE-23)."""
        self.hear(n)
        self._unsaid.extendleft(reversed(self._unheard))
        self._unheard.clear()

    def restart(self) -> None:
        """The other side knows nothing of what has been said: that fails, and answers are of no use (PE-24)."""
        begun = dict.fromkeys(part.message for part in (*self._unheard, *self._unsaid) if part.message.is_begun)
        self._unheard.clear()
        self._unsaid = deque(part for part in self._unsaid if part.message not in begun and part.message.re is None)
        _fail(begun, "message.interrupted")

    def fail_unsaid(self, code: str) -> None:
        """What begins something, and of which nothing has been sent (PE-30)."""
        waiting = [part for part in self._unsaid if part.message.re is None and not part.message.is_begun]
        self._unsaid = deque(part for part in self._unsaid if part not in waiting)
        _fail(dict.fromkeys(part.message for part in waiting), code)

    def fail(self, code: str) -> None:
        """All of it. What has been said of it keeps its numbers."""
        for message in dict.fromkeys(part.message for part in (*self._unheard, *self._unsaid)):
            _fail([message], code)
            message.is_given_up = True


def _fail(messages: Iterable[Message], code: str) -> None:
    for message in messages:
        if not message.is_given_up:
            message.on_failed(code)


@dataclass(frozen=True)
class Said:
    """A message of the other side, whole; ``n`` is the number of its last part."""

    n: int
    kind: str
    body: bytes
    re: int | None
    grant: int | None
    receipt: bytes | None
    calls: int | None
    trace: str | None


@dataclass
class Incoming:
    """The other side's line, as far as it has been taken in."""

    name: bytes
    expected: int
    _parts: list[bytes] = field(default_factory=list)
    _coming: tuple[str, int | None] | None = None  # kind and re of the parts
    _size: int = 0

    @property
    def heard(self) -> dict[str, Any]:
        return {"line": self.name, "n": self.expected - 1}

    def take(self, fields: dict[str, Any], max_bytes: int) -> Said | None:
        """A ``say``; the message that it completes, if it does (PE-11, PE-22)."""
        said = (fields["kind"], fields.get("re"))
        if fields["n"] != self.expected or self._parts and said != self._coming:
            raise SessionError("frame.unexpected")
        if self._size + len(fields["body"]) > max_bytes:
            raise SessionError("frame.too-big")
        self.expected += 1
        self._size += len(fields["body"])
        self._parts.append(fields["body"])
        self._coming = said
        if "more" in fields:
            return None
        body = b"".join(self._parts)
        self._parts, self._size = [], 0
        optional = {name: fields.get(name) for name in ("re", "grant", "receipt", "calls", "trace")}
        return Said(fields["n"], fields["kind"], body, **optional)
