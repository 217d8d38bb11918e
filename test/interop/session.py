"""Sealed messages, the frames in them, and bodies (session.md), without any input or output of its own."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterable

from fields import is_capability, is_did, is_hash, is_int, is_list, is_map, is_text
from gate import STATUSES, TIERS, tier_of
from handshake import REFUSALS, HandshakeError, SessionKeys, hkdf, message_nonce, seal, unseal
from msgpack_strict import MAX_INTEGER, MAX_ITEMS, EncodingError, decode, encode, items_of

MAX_SEALED = 65_536  # SE-1
MAX_FRAMES = 512  # SE-4
MAX_PACKET = 61_440  # PE-1
MAX_PART = 57_344  # PE-11
MAX_BODY = 1_048_576  # what this side takes (PE-20)
MAX_GRANT = 1_024
MAX_COUNT = 2**20  # SE-6
REKEY_AFTER_S = 3_000.0  # SE-6 allows an hour
TAG = 16
LIST_HEADER = 3

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
    "session.evicted": (4412, True),
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

    def as_list(self) -> list[Any]:
        return [self.type, self.fields]


REKEY = Frame("rekey", {})


class Direction:
    """The key and the count of one direction (SE-2, SE-6)."""

    def __init__(self, key: bytes, session_id: bytes, count: int, per_key: int = MAX_COUNT) -> None:
        self._key = key
        self._session_id = session_id
        self._per_key = per_key
        self.count = count

    @property
    def is_spent(self) -> bool:
        """Whether the next message is the last under this key."""
        return self.count >= self._per_key - 1

    def _next(self) -> bytes:
        if self.count >= self._per_key:
            raise SessionError("frame.unexpected")
        nonce = message_nonce(self.count)
        self.count += 1
        return nonce

    def seal(self, plaintext: bytes) -> bytes:
        return seal(self._key, self._next(), plaintext, self._session_id)

    def open(self, sealed: bytes) -> bytes:
        try:
            return unseal(self._key, self._next(), sealed, self._session_id)
        except HandshakeError:
            raise SessionError("frame.unsealed") from None

    def rekey(self) -> None:
        self._key = hkdf(self._key, self._session_id, b"TrustMesh/v1 rekey", 32)
        self.count = 0


class Session:
    """What one side has after a handshake. ``own`` are the key bytes of its Did."""

    def __init__(
        self,
        keys: SessionKeys,
        own: bytes,
        *,
        role: str = "initiator",
        purpose: str = "agent",
        max_sealed: int = MAX_SEALED,
        per_key: int = MAX_COUNT,
        rekey_after_s: float = REKEY_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        initiator = Direction(keys.initiator, keys.session_id, 0, per_key)  # HS-26
        responder = Direction(keys.responder, keys.session_id, 1, per_key)
        self._out, self._in = (initiator, responder) if role == "initiator" else (responder, initiator)
        self.expected = EXPECTED[purpose, role]
        self._is_agent = (purpose, role) == ("agent", "initiator")
        self._max_sealed = max_sealed
        self._own = own
        self._clock = clock
        self._rekey_after_s = rekey_after_s
        self._keyed_at = clock()

    def seal(self, frames: Iterable[Frame]) -> list[bytes]:
        """As few messages as hold these frames, in their order, each with room for a ``rekey``."""
        most = self._max_sealed - TAG - LIST_HEADER - _size(REKEY), MAX_ITEMS - 1 - items_of(REKEY.as_list())
        batches: list[list[Frame]] = [[]]
        size, items = 0, 0
        for frame in frames:
            size, items = size + _size(frame), items + items_of(frame.as_list())
            is_ended = bool(batches[-1]) and batches[-1][-1].type == "rekey"
            if is_ended or size > most[0] or items > most[1] or len(batches[-1]) == MAX_FRAMES - 1:
                batches.append([])
                size, items = _size(frame), items_of(frame.as_list())
            batches[-1].append(frame)
        return [self._seal(batch) for batch in batches if batch]

    def _seal(self, frames: list[Frame]) -> bytes:
        """One message from 1 to 511 frames. A rekey goes last when it is due (SE-6)."""
        is_due = self._out.is_spent or self._clock() - self._keyed_at >= self._rekey_after_s
        if is_due and frames[-1].type != "rekey":
            frames = [*frames, REKEY]
        sealed = self._out.seal(encode([frame.as_list() for frame in frames], max_bytes=self._max_sealed - TAG))
        if frames[-1].type == "rekey":
            self._out.rekey()
            self._keyed_at = self._clock()
        return sealed

    def open(self, sealed: bytes) -> list[Frame]:
        """Open the next message and check all its frames (SE-1 to SE-4, SE-6)."""
        if len(sealed) > MAX_SEALED:
            raise SessionError("frame.too-big")
        frames = parse_frames(self._in.open(sealed))
        for place, frame in enumerate(frames):
            if frame.type == "rekey" and place != len(frames) - 1:
                raise SessionError("frame.unexpected")
            if frame.type not in self.expected:
                raise SessionError("frame.unexpected")
            if frame.type == "message" and self._is_agent:
                if frame.fields["to"] != self._own or "from" not in frame.fields:
                    raise SessionError("frame.unexpected")  # SE-21
        if frames[-1].type == "rekey":
            self._in.rekey()
        return frames


def _size(frame: Frame) -> int:
    return len(encode(frame.as_list()))


def parse_frames(plaintext: bytes) -> list[Frame]:
    """SE-4: a strict array of 1 to 512 frames."""
    try:
        document = decode(plaintext)
    except EncodingError:
        raise SessionError("frame.malformed") from None
    if not isinstance(document, list) or not 1 <= len(document) <= MAX_FRAMES:
        raise SessionError("frame.malformed")
    return [_frame(item) for item in document]


Check = Callable[[Any], bool]

_CONTEXT = re.compile(r"[a-z0-9-]{1,32}(?:/[a-z0-9-]{1,32}){0,7}")
_TRACE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_CODE = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*")


def _bin(low: int, high: int) -> Check:
    return lambda value: isinstance(value, bytes) and low <= len(value) <= high


def _int(low: int, high: int = MAX_INTEGER) -> Check:
    return lambda value: is_int(value, low, high)


def _one_of(*texts: str) -> Check:
    return lambda value: isinstance(value, str) and value in texts


def _list_of(check: Check, most: int, least: int = 0) -> Check:
    return lambda value: is_list(value, check, least, most)


def _map_of(needed: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return lambda value: is_map(value, needed, optional)


def _matching(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and is_did(value[0]) and is_hash(value[1])


_ID, _LINE = _bin(16, 16), _bin(8, 8)
_ENVELOPE = _bin(1, 40_960)
_context, _trace = _matching(_CONTEXT), _matching(_TRACE)


def _code(value: Any) -> bool:
    return _matching(_CODE)(value) and len(value) <= 64


_CONTRIBUTION = {"rater": is_did, "share": _int(-MAX_INTEGER), "credit": _int(0, 1000), "path": _list_of(is_did, 9, 1)}
_REST = {"raters": _int(0), "positive": _int(0), "negative": _int(0)}
BEGINNINGS = ("one-way", "request", "stream")
ANSWERS = ("reply", "error", "item", "end")
KINDS = (*BEGINNINGS, *ANSWERS, "credit", "cancel")  # PE-10
#: type → (needed fields, optional fields)
FRAMES: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "message": ({"id": _ID, "to": is_did, "body": _bin(0, MAX_PACKET)}, {"from": is_did}),
    "statement": ({"bytes": _ENVELOPE}, {}),
    "query": ({"did": is_did}, {"ctx": _context}),
    "lookup": ({"id": _ID, "dids": _list_of(is_did, 11), "links": _list_of(_link, 10)}, {"ctx": _context}),
    "status": ({"re": _ID, "epoch": _int(0), "void": _list_of(is_hash, 10), "fresh": _list_of(_int(0), 16)}, {}),
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
    "explain": ({"id": _ID, "did": is_did}, {"ctx": _context}),
    "explained": (
        {
            "re": _ID,
            "positive": _int(0),
            "negative": _int(0),
            "contributions": _list_of(_map_of(_CONTRIBUTION), 16),
            "rest": _map_of(_REST),
        },
        {},
    ),
    "evidence": ({"id": _ID, "did": is_did}, {"ctx": _context, "after": is_hash}),
    "proofs": ({"re": _ID, "statements": _list_of(_ENVELOPE, 512)}, {"more": is_hash}),
    "find": ({"id": _ID, "can": is_capability, "limit": _int(1, 64)}, {"minTier": _one_of(*TIERS), "after": is_did}),
    "found": ({"re": _ID, "manifests": _list_of(_ENVELOPE, 64)}, {"more": is_did}),
    "ack": ({"re": lambda value: _ID(value) or is_hash(value)}, {"code": _code}),
    "ping": ({"n": _int(0)}, {}),
    "pong": ({"n": _int(0)}, {}),
    "notice": ({"code": _one_of(*REFUSALS), "proof": _list_of(_ENVELOPE, 16)}, {}),
    "greet": (
        {"line": _LINE, "next": _int(1), "maxBytes": _int(0)},
        {"heard": _map_of({"line": _LINE, "n": _int(0)})},
    ),
    "say": (
        {"n": _int(1), "kind": _one_of(*KINDS), "body": _bin(0, MAX_PART)},
        {
            "re": _int(1),
            "more": lambda value: value is True,
            "grant": _int(1, MAX_GRANT),
            "receipt": _bin(1, 1_024),
            "calls": _int(0),
            "trace": _trace,
        },
    ),
    "heard": ({"n": _int(0)}, {}),
    "close": ({"code": _one_of(*CLOSE_CODES)}, {}),
    "rekey": ({}, {}),
}
_FROM_AGENT = {"message", "statement", "query", "lookup", "explain", "evidence", "find", "ping", "close", "rekey"}
_FROM_NODE = {"message", "status", "standing", "explained", "proofs", "found", "ack", "pong", "notice", "close", "rekey"}
_FROM_PEER = {"greet", "say", "heard", "close", "rekey"}
#: purpose and own role → the types of frames that the other side may send
EXPECTED = {
    ("agent", "initiator"): _FROM_NODE,
    ("agent", "responder"): _FROM_AGENT,
    ("peer", "initiator"): _FROM_PEER,
    ("peer", "responder"): _FROM_PEER,
}


def _frame(item: Any) -> Frame:
    """One frame against the table."""
    if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and item[0] in FRAMES):
        raise SessionError("frame.malformed")
    name, fields = item
    if not is_map(fields, *FRAMES[name]):
        raise SessionError("frame.malformed")
    if name == "standing" and fields["tier"] != tier_of(fields["score"], fields["confidence"]):
        raise SessionError("frame.malformed")  # SE-40
    if name == "say" and not _is_said_well(fields):
        raise SessionError("frame.malformed")
    return Frame(name, fields)


def _is_said_well(fields: dict[str, Any]) -> bool:
    """PE-10, PE-11, PE-16."""
    kind, is_part = fields["kind"], "more" in fields
    if is_part and len(fields["body"]) < MAX_PART or fields["body"] and kind in ("end", "credit", "cancel"):
        return False
    if "calls" in fields and (kind != "reply" or is_part) or "receipt" in fields and is_part:
        return False
    return ("re" in fields) == (kind not in BEGINNINGS) and ("grant" in fields) == (kind in ("stream", "credit"))


@dataclass(frozen=True)
class Body:
    """The body of a one-way message, a request or a stream: SE-60, and SE-65 where there is a proof (an invocation, links)."""

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
    """A body: strict msgpack with float64 (ENC-9)."""
    return encode(value, floats=True, max_bytes=MAX_BODY)


def decode_body(data: bytes) -> Any:
    return decode(data, floats=True, max_bytes=MAX_BODY)
