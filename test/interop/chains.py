"""Chains of delegations: whether a peer may do what it asks for (delegation.md, DG-40 to DG-56).

Time and knowledge come in; the records of uses are kept in memory.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import AbstractSet, Any, Callable, Iterator, Sequence

from constraints import TERMS, Steps, evaluate
from fields import covers, is_capability, is_did, is_hash, is_map, is_time
from gate import TIERS, tier_of
from identity import Identity, sha256, verify
from msgpack_strict import EncodingError, decode, encode
from statements import (
    MAX_LINK,
    SCHEMAS,
    Envelope,
    Statement,
    StatementError,
    open_statement,
    read_claims,
    read_envelope,
    seal_statement,
)

MAX_LINKS = 10
MAX_CHAIN = 32_768
SKEW_MS = 60_000
INVOCATION_MS = 300_000
_RANK = {tier: rank for rank, tier in enumerate(TIERS)}


class ChainError(Exception):
    """A use that is refused: a code of DG-50, and the index of the link, if it is about one."""

    def __init__(self, code: str, link: int | None = None) -> None:
        super().__init__(code, link)
        self.code = code
        self.link = link


@dataclass(frozen=True)
class Use:
    """What a peer shows, and what it asks for."""

    links: Sequence[bytes]
    invocation: bytes | None
    args: bytes
    can: str
    peer: bytes


@dataclass(frozen=True)
class Knowledge:
    """Who has been cut off and which links are revoked, complete up to a time."""

    revoked: AbstractSet[bytes]
    suspended: AbstractSet[bytes]
    void: AbstractSet[bytes]
    fresh_as_of: int


@dataclass(frozen=True)
class Executor:
    """What an executor brings of its own; ``opinion`` gives score and confidence of a Did."""

    key: bytes
    net: bytes
    root: bytes
    now: int
    known: Knowledge
    max_age_ms: int
    opinion: Callable[[bytes], tuple[int, int]]
    min_tier: str | None = None


class Ledger:
    """The uses that an executor has acted upon (DG-41, DG-53)."""

    def __init__(self) -> None:
        self._spent: dict[bytes, int] = {}
        self._counts: dict[tuple[bytes, int], tuple[int, int]] = {}

    def spend(self, invocation: Statement, now: int) -> bool:
        """Whether it had not been acted upon; from now on it has."""
        self._spent = {spent: end for spent, end in self._spent.items() if now < end}
        if invocation.id in self._spent:
            return False
        self._spent[invocation.id] = invocation.claims["exp"] + SKEW_MS
        return True

    def count(self, links: Sequence[Statement], now: int) -> int | None:
        """Count a use against every limit; or against none, and the index of the first link with one that is reached."""
        counts: dict[tuple[bytes, int], tuple[int, int]] = {}
        for index, link in enumerate(links):
            for place, term in enumerate(link.claims["where"]):
                if term["op"] not in ("maxCalls", "rate"):
                    continue
                uses, since = self._counts.get((link.id, place), (0, now))
                if term["op"] == "rate" and now >= since + term["windowMs"]:
                    uses, since = 0, now
                if uses >= term["limit"]:
                    return index
                counts[link.id, place] = (uses + 1, since)
        self._counts.update(counts)
        return None


def verify_use(use: Use, executor: Executor, ledger: Ledger) -> list[Statement]:
    """The checks of DG-50 in their order. Returns the links, or raises :class:`ChainError`."""
    links = open_links(use.links)
    _check_shape(links, executor)
    _check_authority(links, use.can, executor.now)
    _check_constraints(links, use.args, executor.key)
    _check_cut_off(links, executor)
    invocation = _check_invocation(links, use, executor)
    if not ledger.spend(invocation, executor.now):
        raise ChainError("chain.invocation-replayed")
    _check_standing(links, executor)
    # Nothing here waits, so that check 15 need not be made again (DG-55).
    exhausted = ledger.count(links, executor.now)
    if exhausted is not None:
        raise ChainError("chain.exhausted", exhausted)
    return links


def open_links(envelopes: Sequence[bytes]) -> list[Statement]:
    """Checks 1 to 6, which hang on the bytes alone."""
    if not 1 <= len(envelopes) <= MAX_LINKS:
        raise ChainError("chain.length")
    for index, envelope in enumerate(envelopes):
        _require(len(envelope) <= MAX_LINK, "chain.size", index)
    _require(sum(map(len, envelopes)) <= MAX_CHAIN, "chain.size")
    read = [_read(envelope, index) for index, envelope in enumerate(envelopes)]
    for index, link in enumerate(read):
        _require(link.type == "delegation", "chain.type", index)
    for index, link in enumerate(read):
        _require(is_did(link.signer), "chain.key", index)
    for index, link in enumerate(read):
        _require(verify(link.signer, link.signature, link.form), "chain.signature", index)
    return [_decode(link, index) for index, link in enumerate(read)]


def _require(holds: bool, code: str, link: int | None = None) -> None:
    if not holds:
        raise ChainError(code, link)


def _read(envelope: bytes, index: int) -> Envelope:
    try:
        return read_envelope(envelope)
    except StatementError:
        raise ChainError("chain.envelope", index) from None


def _decode(link: Envelope, index: int) -> Statement:
    try:
        statement = read_claims(link)
        SCHEMAS["delegation"](statement)
        return statement
    except StatementError:
        raise ChainError("chain.decode", index) from None


def _pairs(links: Sequence[Statement]) -> Iterator[tuple[int, Statement, Statement]]:
    """Each link but the first: its index, the link before, itself."""
    return ((index, links[index - 1], links[index]) for index in range(1, len(links)))


def _check_shape(links: Sequence[Statement], executor: Executor) -> None:
    """Checks 7 to 11."""
    for index, link in enumerate(links):
        _require(link.claims["net"] == executor.net, "chain.net", index)
    for index, link in enumerate(links):
        _require(link.claims["parent"] == (links[index - 1].id if index else None), "chain.parent", index)
    on_chain = {links[0].signer}
    for index, link in enumerate(links):
        _require(link.claims["aud"] not in on_chain, "chain.repeat", index)
        on_chain.add(link.claims["aud"])
    for index, link in enumerate(links):
        authority = {link.claims["root"], link.signer if index == 0 else executor.root}
        _require(authority == {executor.root}, "chain.root", index)
    for index, before, link in _pairs(links):
        _require(link.signer == before.claims["aud"], "chain.issuer", index)
    for index, before, link in _pairs(links):
        _require(link.claims["depth"] < before.claims["depth"], "chain.depth", index)


def _check_authority(links: Sequence[Statement], can: str, now: int) -> None:
    """Checks 12 and 13."""
    for index, before, link in _pairs(links):
        _require(covers(before.claims["can"], link.claims["can"]), "chain.capability", index)
    _require(covers(links[-1].claims["can"], can), "chain.capability", len(links) - 1)
    for index, before, link in _pairs(links):
        within = link.claims["exp"] <= before.claims["exp"] and _begin(link) >= _begin(before)
        _require(within, "chain.window", index)
    for index, link in enumerate(links):
        _require(max(link.claims["iat"], _begin(link)) <= now + SKEW_MS, "chain.early", index)
    for index, link in enumerate(links):
        _require(now < link.claims["exp"] + SKEW_MS, "chain.expired", index)


def _begin(link: Statement) -> int:
    return int(link.claims.get("nbf", 0))


def _check_constraints(links: Sequence[Statement], args: bytes, executor: bytes) -> None:
    """Check 14."""
    try:
        arguments = decode(args, floats=True)
    except EncodingError:
        raise ChainError("chain.args") from None
    steps = Steps()
    for index, link in enumerate(links):
        for constraint in link.claims["where"]:
            if constraint["op"] == "executors":
                _require(executor in constraint["dids"], "chain.constraint", index)
            elif constraint["op"] not in TERMS:
                _require(evaluate(constraint, arguments, steps) is True, "chain.constraint", index)


def _check_cut_off(links: Sequence[Statement], executor: Executor) -> None:
    """Check 15."""
    known = executor.known
    for index, link in enumerate(links):
        _require(link.id not in known.void, "chain.void", index)
    for code, cut_off in (("chain.revoked", known.revoked), ("chain.suspended", known.suspended)):
        for index, link in enumerate(links):
            _require(cut_off.isdisjoint((link.signer, link.claims["aud"])), code, index)
    _require(executor.now - known.fresh_as_of <= executor.max_age_ms, "chain.stale")


def _check_invocation(links: Sequence[Statement], use: Use, executor: Executor) -> Statement:
    """Check 16 (DG-52), all but whether it was acted upon before."""
    leaf = links[-1]
    _require(leaf.claims["aud"] == use.peer, "chain.peer", len(links) - 1)
    if use.invocation is None:
        raise ChainError("chain.invocation-missing")
    invocation = _open_invocation(use.invocation)
    claims = invocation.claims
    for holds, what in (
        (claims["net"] == executor.net, "net"),
        (invocation.signer == use.peer, "issuer"),
        (claims["aud"] == executor.key, "executor"),
        (claims["leaf"] == leaf.id, "leaf"),
        (claims["can"] == use.can, "capability"),
        (claims["args"] == sha256(use.args), "args"),
        (claims["iat"] <= executor.now + SKEW_MS, "early"),
        (executor.now < claims["exp"] + SKEW_MS, "expired"),
    ):
        _require(holds, f"chain.invocation-{what}")
    return invocation


def _open_invocation(envelope: bytes) -> Statement:
    """ST-6 with the payload of DG-40, of whatever mesh: that has a code of its own."""
    try:
        invocation = open_statement(envelope, None)
    except StatementError:
        raise ChainError("chain.invocation") from None
    iat = invocation.claims["iat"]
    needed = {"aud": is_did, "leaf": is_hash, "can": is_capability, "args": is_hash, "exp": is_time}
    holds = invocation.type == "invocation" and is_map(invocation.fields, needed)
    _require(holds and iat < invocation.claims["exp"] <= iat + INVOCATION_MS, "chain.invocation")
    return invocation


def _check_standing(links: Sequence[Statement], executor: Executor) -> None:
    """Check 17: one for all tiers that are asked for, by whichever link."""
    tiers = [term["tier"] for link in links for term in link.claims["where"] if term["op"] == "minTier"]
    least = max((_RANK[tier] for tier in (*tiers, executor.min_tier) if tier is not None), default=0)
    for index, link in enumerate(links):
        _require(_RANK[tier_of(*executor.opinion(link.claims["aud"]))] >= least, "chain.standing", index)


def delegation(
    issuer: Identity,
    net: bytes,
    audience: bytes,
    can: str,
    now: int,
    *,
    parent: Statement | None = None,
    where: Sequence[Any] = (),
    lifetime: int = 3_600_000,
    depth: int = 0,
    nonce: bytes | None = None,
) -> bytes:
    """Seal a link behind ``parent``, or a first one."""
    claims = {
        "net": net,
        "iat": now,
        "nonce": secrets.token_bytes(16) if nonce is None else nonce,
        "aud": audience,
        "root": issuer.key if parent is None else parent.claims["root"],
        "can": can,
        "where": list(where),
        "exp": now + lifetime if parent is None else min(now + lifetime, parent.claims["exp"]),
        "depth": depth,
        "parent": None if parent is None else parent.id,
    }
    envelope = seal_statement(issuer, "delegation", encode(claims))
    open_statement(envelope, net)
    return envelope


def invocation(
    issuer: Identity,
    net: bytes,
    executor: bytes,
    leaf: bytes,
    can: str,
    args: bytes,
    now: int,
    *,
    lifetime: int = SKEW_MS,
    nonce: bytes | None = None,
) -> bytes:
    """Seal the use of a chain, once, with ``executor``; ``leaf`` is the id of its last link."""
    claims = {
        "net": net,
        "iat": now,
        "nonce": secrets.token_bytes(16) if nonce is None else nonce,
        "aud": executor,
        "leaf": leaf,
        "can": can,
        "args": sha256(args),
        "exp": now + lifetime,
    }
    return seal_statement(issuer, "invocation", encode(claims))
