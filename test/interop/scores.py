"""Scores, in integers (trust.md): every division is rounded down, of a negative number towards zero."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import AbstractSet, Iterable

# TR-1
HALF_LIFE_MS = 15_552_000_000
CAP = 3_000_000
HESITANCY = 500_000
RELAY = 700
BREADTH = 5_000
ROUNDS = 4
BUDGET = 50_000_000
PRIOR = 1_000_000
BASELINE = 300
SEVERITY = 15
INHERITANCE = 500

SKEW_MS = 60_000
EVIDENCE_HALF_LIFE = 256  # in steps
REFERRAL_HALF_LIFE = 512
FULL = 256  # credit, and what is left of it in the second pass

Pair = tuple[str, str]


@dataclass(frozen=True)
class Attestation:
    """One that stands; its subject is whoever succeeds the Did that it names (TR-4)."""

    iss: str
    sub: str
    ctx: str
    value: int
    weight: int
    iat: int
    evidence_at: int
    exp: int


@dataclass(frozen=True)
class Score:
    """What is found of one Did: TR-9, TR-11, TR-13; ``shares`` by rater (TR-20), negative against it."""

    credit: int
    positive: int
    negative: int
    score: int
    confidence: int
    shares: dict[str, int]


def divide(number: int, by: int) -> int:
    return number // by if number >= 0 else -(-number // by)


def step(time: int) -> int:
    """TR-2."""
    return 256 * time // HALF_LIFE_MS


def left(evidence: int, steps: int, half_life: int) -> int:
    """TR-3."""
    return divide(evidence * _factor(max(0, steps), half_life), 2**30)


@cache
def _factor(steps: int, half_life: int) -> int:
    """⌊2^(30 − steps/half_life)⌋: the greatest F whose power of ``half_life`` is at most 2^(30 half_life − steps)."""
    if steps >= 22 * half_life:
        return 0
    bound = 1 << (30 * half_life - steps)
    low, high = 0, 1 << 31
    while high - low > 1:
        middle = (low + high) // 2
        if middle**half_life <= bound:
            low = middle
        else:
            high = middle
    return low


def _said(attestation: Attestation, context: str, now: int) -> int:
    """TR-4, TR-5: what it says in a context; 0 where it does not count."""
    counts = attestation.iat - SKEW_MS <= now < attestation.exp and attestation.iss != attestation.sub
    asked = context.split("/") if context else []
    named = attestation.ctx.split("/") if attestation.ctx else []
    if not counts or asked[: len(named)] != named:
        return 0
    said = max(-CAP, min(CAP, attestation.weight * attestation.value))
    for _ in range(len(asked) - len(named)):
        said = divide(said * INHERITANCE, 1000)
    return said


class Evidence:
    """What counts now of what each says of each (TR-6, TR-7, TR-10)."""

    def __init__(self, attestations: Iterable[Attestation], context: str, now: int, roots: AbstractSet[str]) -> None:
        words: dict[Pair, list[tuple[int, int]]] = defaultdict(list)
        for attestation in attestations:
            said = _said(attestation, context, now)
            if said != 0:
                words[attestation.iss, attestation.sub].append((said, step(attestation.evidence_at)))
        self.referrals: dict[Pair, int] = {}
        given: dict[Pair, int] = {}
        remaining: dict[Pair, int] = {}
        for pair, heard in words.items():
            latest = max(at for _, at in heard)
            evidence = sum(left(said, latest - at, EVIDENCE_HALF_LIFE) for said, at in heard)
            evidence = max(-CAP, min(CAP, evidence))
            age = step(now) - latest
            given[pair] = abs(evidence)
            remaining[pair] = left(evidence, age, EVIDENCE_HALF_LIFE)
            if evidence > 0:
                fresh = left(evidence, age, REFERRAL_HALF_LIFE)
                self.referrals[pair] = 4096 * fresh // (fresh + HESITANCY)
        self.counts = _faded(remaining, given, roots)
        self.all_referrals = _sums(self.referrals)


def _sums(values: dict[Pair, int]) -> dict[str, int]:
    """The sum over all that each issuer says."""
    sums: dict[str, int] = defaultdict(int)
    for (issuer, _), value in values.items():
        sums[issuer] += value
    return sums


def _faded(remaining: dict[Pair, int], given: dict[Pair, int], roots: AbstractSet[str]) -> dict[Pair, int]:
    """TR-10."""
    spoken = _sums(given)
    counts: dict[Pair, int] = {}
    for (issuer, subject), r in remaining.items():
        others = spoken[issuer] - given[issuer, subject]
        if issuer not in roots and others > BUDGET:
            p = 1024 * BUDGET // others
            r = divide(r * (p**3 // 2**20), 1024)
        counts[issuer, subject] = r
    return counts


def scores(
    attestations: Iterable[Attestation],
    context: str,
    now: int,
    roots: AbstractSet[str],
    silent: AbstractSet[str] = frozenset(),
) -> dict[str, Score]:
    """The scores of the roots and of everybody whom the attestations name."""
    attestations = list(attestations)
    evidence = Evidence(attestations, context, now, roots)
    everybody = {did for each in attestations for did in (each.iss, each.sub)} | roots | silent
    standing = dict.fromkeys(everybody, FULL)
    credit, shares = _pass(evidence, standing, roots, silent)
    for did in everybody:  # TR-12
        positive, negative = _sides(shares[did])
        standing[did] = FULL * (positive + PRIOR) // (positive + negative + PRIOR)
    credit, shares = _pass(evidence, standing, roots, silent)
    return {did: _score(did, credit[did], shares[did], roots, silent) for did in everybody}


def _pass(
    evidence: Evidence, standing: dict[str, int], roots: AbstractSet[str], silent: AbstractSet[str]
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """TR-8, TR-9, TR-11: credit, and the shares of each rater by subject."""
    fixed = {**dict.fromkeys(roots, FULL), **dict.fromkeys(silent, 0)}
    credit = {did: fixed.get(did, 0) for did in standing}
    for _ in range(ROUNDS):
        reached: dict[str, int] = defaultdict(int)
        for (issuer, subject), x in evidence.referrals.items():
            reached[subject] += _rate(issuer, credit[issuer], evidence, roots) * x
        credit = {
            did: fixed.get(did, q * min(256, reached[did] // 2**24) // 256) for did, q in standing.items()
        }
    shares: dict[str, dict[str, int]] = defaultdict(dict)
    for (issuer, subject), r in evidence.counts.items():
        share = divide(credit[issuer] * r, 256)
        if share != 0:
            shares[subject][issuer] = share
    return credit, shares


def _rate(issuer: str, credit: int, evidence: Evidence, roots: AbstractSet[str]) -> int:
    if issuer in roots:
        return 2**20 * credit // 256
    return credit * RELAY * 2**24 // max(4096 * BREADTH, 1000 * evidence.all_referrals[issuer])


def _sides(shares: dict[str, int]) -> tuple[int, int]:
    """R and S."""
    return sum(share for share in shares.values() if share > 0), -sum(share for share in shares.values() if share < 0)


def _score(
    did: str, credit: int, shares: dict[str, int], roots: AbstractSet[str], silent: AbstractSet[str]
) -> Score:
    """TR-13."""
    positive, negative = _sides(shares)
    score = (1000 * positive + BASELINE * PRIOR) // (positive + SEVERITY * negative + PRIOR)
    confidence = 1000 * positive // (positive + PRIOR)
    if did in silent:
        score, confidence = 0, 1000
    elif did in roots:
        score, confidence = 1000, 1000
    return Score(credit, positive, negative, score, confidence, dict(sorted(shares.items(), key=_by_size)))


def _by_size(share: tuple[str, int]) -> tuple[int, str]:
    """TR-20. Dids are ASCII, so that the order of code points is that of code units."""
    return -abs(share[1]), share[0]
