"""Keys, fingerprints, and both sides of a reconciliation (replication.md), on plain lists of keys."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Callable, Sequence

from identity import sha256

DAY_MS = 86_400_000
FOREVER = 65_535
LABEL = b"TrustMesh/v1 range"
MAX_RANGES = 128
LISTED = 4
OFFERED = 16

#: Nibbles, one a byte (RE-2).
Prefix = bytes
Range = tuple[Prefix, bytes]


def day_of(expiry_ms: int | None) -> int:
    """RE-1; ``None`` for what stays for ever."""
    return FOREVER if expiry_ms is None else min(expiry_ms // DAY_MS, FOREVER - 1)


def key_of(statement_id: bytes, expiry_ms: int | None) -> bytes:
    return day_of(expiry_ms).to_bytes(2, "big") + statement_id


@lru_cache(1 << 16)
def nibbles(key: bytes) -> Prefix:
    return bytes(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def under(keys: Sequence[bytes], prefix: Prefix, horizon: int) -> list[bytes]:
    """The keys of a range from a day on, in their order (RE-2, RE-3)."""
    return sorted(
        key for key in keys if nibbles(key).startswith(prefix) and int.from_bytes(key[:2], "big") >= horizon
    )


def fingerprint(keys: Sequence[bytes], depth: int) -> bytes:
    """RE-11, of keys in order that share ``depth`` nibbles."""
    if not keys:
        return bytes(32)
    if len(keys) <= 16:
        return sha256(LABEL + b"\x00" + b"".join(keys))
    parts = ([key for key in keys if nibbles(key)[depth] == nibble] for nibble in range(16))
    return sha256(LABEL + b"\x01" + b"".join(fingerprint(part, depth + 1) for part in parts))


def fingerprint_of(keys: Sequence[bytes], prefix: Prefix, horizon: int) -> bytes:
    return fingerprint(under(keys, prefix, horizon), len(prefix))


@dataclass(frozen=True)
class Differ:
    """The fields of a ``differ`` but ``re`` (RE-41)."""

    horizon: int
    looked: int
    deeper: list[int] = field(default_factory=list)
    listed: list[tuple[int, list[bytes]]] = field(default_factory=list)


def answer(
    keys: Sequence[bytes], asked: Sequence[Range], horizon: int, own_horizon: int, budget: int = MAX_RANGES
) -> Differ:
    """RE-41."""
    start = max(horizon, own_horizon)
    differ = Differ(start, min(budget, len(asked)))
    for place, (prefix, theirs) in enumerate(asked[: differ.looked]):
        if fingerprint_of(keys, prefix, start) == theirs:
            continue
        held = under(keys, prefix, start)
        if len(held) > LISTED:
            differ.deeper.append(place)
        else:
            differ.listed.append((place, held))
    return differ


class FalseAnswer(Exception):
    """RE-45; ``code`` is one of ``differ.*``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Ask = Callable[[Sequence[Range], int], Differ]


def reconcile(keys: Sequence[bytes], ask: Ask, horizon: int, audit: Sequence[Prefix] = ()) -> tuple[set[bytes], set[bytes]]:
    """One round (RE-40 to RE-45): the keys that the other has and this side lacks, and the other way round.

    ``audit`` are prefixes that are asked about with a random fingerprint (RE-44); they are not gone into deeper.
    """
    own, start = set(keys), horizon
    wants: set[bytes] = set()
    offers: set[bytes] = set()
    queue: list[tuple[Prefix, bool]] = [(b"", False), *((prefix, True) for prefix in audit)]
    while queue:
        asked, queue = queue[:MAX_RANGES], queue[MAX_RANGES:]
        ranges = [(p, secrets.token_bytes(32) if is_drawn else fingerprint_of(keys, p, start)) for p, is_drawn in asked]
        differ = ask(ranges, start)
        check(differ, asked, start, horizon)
        start = differ.horizon
        if differ.looked == 0:
            break  # RE-43
        queue = asked[differ.looked :] + queue
        deeper = [asked[place][0] for place in differ.deeper if not asked[place][1]]
        for place, theirs in differ.listed:
            prefix = asked[place][0]
            ours = under(keys, prefix, start)
            if len(ours) > OFFERED:
                deeper.append(prefix)
                continue
            wants |= set(theirs) - own
            offers |= set(ours) - set(theirs)
        queue += [(prefix + bytes([nibble]), False) for prefix in deeper for nibble in range(16)]
    return wants, offers


def check(differ: Differ, asked: Sequence[tuple[Prefix, bool]], horizon: int, own_horizon: int) -> None:
    """RE-45."""
    if not horizon <= differ.horizon <= own_horizon + 2:
        raise FalseAnswer("differ.horizon")
    places = differ.deeper + [place for place, _ in differ.listed]
    if len(set(places)) != len(places) or any(place >= differ.looked for place in places) or differ.looked > len(asked):
        raise FalseAnswer("differ.place")
    if any(len(asked[place][0]) >= 68 for place in differ.deeper):
        raise FalseAnswer("differ.place")
    for place, keys in differ.listed:
        if under(keys, asked[place][0], differ.horizon) != keys or len(set(keys)) != len(keys):
            raise FalseAnswer("differ.keys")
    if any(is_drawn and place not in places for place, (_, is_drawn) in enumerate(asked[: differ.looked])):
        raise FalseAnswer("differ.false")
