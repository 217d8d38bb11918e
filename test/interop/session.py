"""Sealed messages, the frames in them, and bodies (session.md), without any input or output of its own."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any, Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from fields import is_did, is_list, is_text
from gate import STATUSES, TIERS, tier_of
from handshake import REFUSALS, Welcome, hkdf, message_nonce
from msgpack_strict import EncodingError, decode, encode

MAX_SEALED = 65_536  # SE-1
MAX_FRAMES = 64  # SE-4
MAX_BODY = 61_440
MAX_COUNT = 2**20  # SE-6
REKEY_AFTER_S = 3_000.0  # SE-6 allows an hour
TAG = 16

#: The table of close codes: number, and whether to try again.
CLOSE_CODES: dict[str, tuple[int, bool]] = {
    "session.closed": (1000, True),
    "node.draining": (1001, True),
    "frame.text": (1003, False),
    "frame.too-big": (1009, False),
    "node.busy": (1013, True),
    "frame.malformed": (4400, True),
    "frame.unsealed": (4401, True),
    "frame.unexpected": (4402, True),
    "handshake.malformed": (4403, True),
    "handshake.unexpected": (4403, True),
    "handshake.unsealed": (4403, True),
    "handshake.signature": (4403, True),
    "handshake.peer": (4403, True),
    "handshake.mesh": (4403, True),
    "handshake.reflected": (4403, True),
    "handshake.weak-key": (4403, True),
    "handshake.cookie": (4403, True),
    "handshake.signer": (4403, True),
    "handshake.refused": (4404, True),
    "handshake.timeout": (4408, True),
    "session.idle": (4408, True),
    "session.superseded": (4409, False),
    "session.revoked": (4410, True),
    "session.suspended": (4411, True),
    "session.slow-consumer": (4413, True),
    "handshake.version": (4426, False),
    "session.rate-limited": (4429, True),
}
#: Numbers after which an agent does not try again.
FINAL_NUMBERS = frozenset(number for number, again in CLOSE_CODES.values() if not again)


class SessionError(Exception):
    """What ends a session from this side; ``code`` is a close code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Frame:
    """One frame: its type and its fields."""

    type: str
    fields: dict[str, Any]


class Direction:
    """The key and the count of one direction (SE-2, SE-6)."""

    def __init__(self, key: bytes, session_id: bytes, count: int) -> None:
        self._key = key
        self._session_id = session_id
        self.count = count

    def _next(self) -> bytes:
        if self.count >= MAX_COUNT:
            raise SessionError("frame.unexpected")
        nonce = message_nonce(self.count)
        self.count += 1
        return nonce

    def seal(self, plaintext: bytes) -> bytes:
        return ChaCha20Poly1305(self._key).encrypt(self._next(), plaintext, self._session_id)

    def open(self, sealed: bytes) -> bytes:
        nonce = self._next()
        try:
            return ChaCha20Poly1305(self._key).decrypt(nonce, sealed, self._session_id)
        except (InvalidTag, ValueError):
            raise SessionError("frame.unsealed") from None

    def rekey(self) -> None:
        self._key = hkdf(self._key, self._session_id, b"TrustMesh/v1 rekey", 32)
        self.count = 0


class Session:
    """An initiator's session with a node."""

    def __init__(self, welcome: Welcome, own_key: bytes) -> None:
        keys = welcome.keys
        self._out = Direction(keys.initiator, keys.session_id, 0)  # HS-26
        self._in = Direction(keys.responder, keys.session_id, 1)
        self._max_sealed = min(welcome.message_bytes, MAX_SEALED)
        self._own = own_key
        self._keyed_at = time.monotonic()
        self.idle_s = welcome.idle_ms / 1000

    def seal(self, *frames: Frame, rekey: bool = False) -> bytes:
        """One message from 1 to 64 frames. A rekey goes last when it is due (SE-6)."""
        listed = [[frame.type, frame.fields] for frame in frames]
        due = (
            rekey
            or self._out.count >= MAX_COUNT - 1
            or time.monotonic() - self._keyed_at > REKEY_AFTER_S
        )
        if due:
            listed.append(["rekey", {}])
        plaintext = encode(listed, max_bytes=self._max_sealed - TAG)
        sealed = self._out.seal(plaintext)
        if due:
            self._out.rekey()
            self._keyed_at = time.monotonic()
        return sealed

    def open(self, sealed: bytes) -> list[Frame]:
        """Open the next message and check all its frames (SE-1 to SE-4, SE-6)."""
        if len(sealed) > MAX_SEALED:
            raise SessionError("frame.too-big")
        frames = parse_frames(self._in.open(sealed))
        for place, frame in enumerate(frames):
            if frame.type == "rekey" and place != len(frames) - 1:
                raise SessionError("frame.unexpected")
            if frame.type not in FROM_NODE:
                raise SessionError("frame.unexpected")
            if frame.type == "message" and (frame.fields["to"] != self._own or "from" not in frame.fields):
                raise SessionError("frame.unexpected")  # SE-21
        if frames[-1].type == "rekey":
            self._in.rekey()
        return frames


def parse_frames(plaintext: bytes) -> list[Frame]:
    """SE-4: a strict array of 1 to 64 frames."""
    try:
        document = decode(plaintext)
    except EncodingError:
        raise SessionError("frame.malformed") from None
    if not isinstance(document, list) or not 1 <= len(document) <= MAX_FRAMES:
        raise SessionError("frame.malformed")
    return [_frame(item) for item in document]


Check = Callable[[Any], bool]


def _bin(low: int, high: int) -> Check:
    return lambda value: isinstance(value, bytes) and low <= len(value) <= high


def _int(low: int, high: int | None = None) -> Check:
    return lambda value: type(value) is int and value >= low and (high is None or value <= high)


def _one_of(*texts: str) -> Check:
    return lambda value: isinstance(value, str) and value in texts


def _list_of(check: Check, most: int) -> Check:
    return lambda value: isinstance(value, list) and len(value) <= most and all(check(item) for item in value)


def _link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and is_did(value[0]) and _bin(32, 32)(value[1])


def _text(value: Any) -> bool:
    return isinstance(value, str)


_CONTEXT = re.compile(r"[a-z0-9-]{1,32}(?:/[a-z0-9-]{1,32}){0,7}")


def _context(value: Any) -> bool:
    return isinstance(value, str) and _CONTEXT.fullmatch(value) is not None


_ID = _bin(16, 16)
#: type → (needed fields, optional fields)
FRAMES: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "message": (
        {"id": _ID, "kind": _one_of("one-way", "request", "reply", "error"), "to": is_did, "body": _bin(0, MAX_BODY)},
        {"from": is_did, "re": _ID},
    ),
    "statement": ({"bytes": _bin(1, 40_960)}, {}),
    "query": ({"did": is_did}, {"ctx": _context}),
    "lookup": ({"id": _ID, "dids": _list_of(is_did, 11), "links": _list_of(_link, 10)}, {"ctx": _context}),
    "status": ({"re": _ID, "epoch": _int(0), "void": _list_of(_bin(32, 32), 10), "fresh": _list_of(_int(0), 16)}, {}),
    "standing": (
        {
            "did": is_did,
            "status": _one_of(*STATUSES),
            "score": _int(0, 1000),
            "tier": _one_of(*TIERS),
            "confidence": _int(0, 1000),
            "epoch": _int(0),
        },
        {"ctx": _context},
    ),
    "ack": ({"re": lambda value: isinstance(value, bytes) and len(value) in (16, 32)}, {"code": _text}),
    "ping": ({"n": _int(0)}, {}),
    "pong": ({"n": _int(0)}, {}),
    "notice": ({"code": _one_of(*REFUSALS), "proof": _list_of(_bin(1, 40_960), 16)}, {}),
    "close": ({"code": _one_of(*CLOSE_CODES)}, {}),
    "rekey": ({}, {}),
}
FROM_NODE = frozenset({"message", "standing", "status", "ack", "pong", "notice", "close", "rekey"})


def _frame(item: Any) -> Frame:
    """One frame against the table."""
    if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], dict)):
        raise SessionError("frame.malformed")
    name, fields = item
    if name not in FRAMES:
        raise SessionError("frame.malformed")
    needed, optional = FRAMES[name]
    checks = {**needed, **optional}
    if not set(needed) <= set(fields) <= set(checks):
        raise SessionError("frame.malformed")
    if not all(checks[field](value) for field, value in fields.items()):
        raise SessionError("frame.malformed")
    # Whether ``re`` fits the kind of a message (SE-20) is not checked here: the node passes on what does not fit, and
    # a recipient that ended its session over it could be thrown out by any other agent. See Agent._on_message.
    if name == "standing" and fields["tier"] != tier_of(fields["score"], fields["confidence"]):
        raise SessionError("frame.malformed")  # SE-40
    return Frame(name, fields)


@dataclass(frozen=True)
class Body:
    """The body of a one-way message or a request: SE-60, and SE-65 where there is a proof (an invocation, links)."""

    kind: str
    args: bytes
    proof: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        if self.proof:
            return encode_body([self.kind, self.args, list(self.proof)])
        return encode_body([self.kind, decode_body(self.args)])


def parse_body(data: bytes) -> Body | None:
    """``None`` for what is no such document."""
    try:
        body = decode_body(data)
        if not (isinstance(body, list) and len(body) in (2, 3) and is_text(body[0], 128) and body[0]):
            return None
        if len(body) == 2:
            return Body(body[0], encode_body(body[1]))
    except EncodingError:
        return None
    kind, args, proof = body
    if not (_bin(1, MAX_BODY)(args) and is_list(proof, lambda item: isinstance(item, bytes), 2, 11)):
        return None
    return Body(kind, args, tuple(proof))


def encode_body(value: Any) -> bytes:
    """A body: strict msgpack with float64 (ENC-9), at most 61,440 bytes."""
    return encode(value, floats=True, max_bytes=MAX_BODY)


def decode_body(data: bytes) -> Any:
    return decode(data, floats=True, max_bytes=MAX_BODY)
