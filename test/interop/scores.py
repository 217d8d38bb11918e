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
NAMED = 16  # raters of an explanation
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
    """What is found of one Did: TR-9, TR-11, TR-13."""

    credit: int
    positive: int
    negative: int
    score: int
    confidence: int


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


@dataclass(frozen=True)
class Explanation:
    """TR-20: rater, share and path of those who are named; how many others there are, and what they add to R and S."""

    named: list[tuple[str, int, list[str]]]
    others: int
    positive: int
    negative: int


@dataclass(frozen=True)
class Limit:
    """TR-12: what is left of a Did's words in the second pass, by what the first has found of it; in the first, all."""

    voice: int = FULL
    negative: int | None = None

    def backing(self, positive: int) -> int:
        """p at most, where so much speaks for it."""
        if self.negative is None:
            return FULL
        score = _score_by(positive, self.negative)
        left = 1000 - BASELINE - score
        return FULL if left <= 0 else FULL * PRIOR * score // (CAP * left)


@dataclass(frozen=True)
class Pass:
    """Credit; the shares of each rater, by subject; and, by round, rate times x of each pair."""

    credit: dict[str, int]
    shares: dict[str, dict[str, int]]
    flows: list[dict[Pair, int]]


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
    second = _settle(list(attestations), context, now, roots, silent)
    return {did: _score(did, credit, second.shares[did], roots, silent) for did, credit in second.credit.items()}


def explain(
    attestations: Iterable[Attestation],
    context: str,
    now: int,
    roots: AbstractSet[str],
    silent: AbstractSet[str] = frozenset(),
) -> dict[str, Explanation]:
    """Where the evidence about each of them comes from."""
    second = _settle(list(attestations), context, now, roots, silent)
    return {did: _explanation(second, second.shares[did], roots) for did in second.credit}


def _settle(
    attestations: list[Attestation], context: str, now: int, roots: AbstractSet[str], silent: AbstractSet[str]
) -> Pass:
    """TR-12: the second pass."""
    evidence = Evidence(attestations, context, now, roots)
    everybody = {did for each in attestations for did in (each.iss, each.sub)} | roots | silent
    first = _pass(evidence, {did: Limit() for did in everybody}, roots, silent)
    limits: dict[str, Limit] = {}
    for did in everybody:
        positive, negative = _sides(first.shares[did])
        limits[did] = Limit(FULL * (positive + PRIOR) // (positive + negative + PRIOR), negative)
    return _pass(evidence, limits, roots, silent)


def _explanation(second: Pass, shares: dict[str, int], roots: AbstractSet[str]) -> Explanation:
    """TR-20."""
    ranked = sorted(shares.items(), key=_by_size)
    positive, negative = _sides(dict(ranked[NAMED:]))
    named = [(rater, share, _path(second.flows, rater, roots)) for rater, share in ranked[:NAMED]]
    return Explanation(named, max(0, len(ranked) - NAMED), positive, negative)


def _path(flows: list[dict[Pair, int]], rater: str, roots: AbstractSet[str]) -> list[str]:
    """TR-21."""
    path = [rater]
    for flow in reversed(flows):
        if path[0] in roots:
            break
        _, source = min((-amount, source) for (source, subject), amount in flow.items() if subject == path[0])
        path = [source, *(path[path.index(source) + 1 :] if source in path else path)]
    return path


def _pass(evidence: Evidence, limits: dict[str, Limit], roots: AbstractSet[str], silent: AbstractSet[str]) -> Pass:
    """TR-8, TR-9, TR-11, TR-12."""
    fixed = {**dict.fromkeys(roots, FULL), **dict.fromkeys(silent, 0)}
    credit = {did: fixed.get(did, 0) for did in limits}
    backing = credit
    flows: list[dict[Pair, int]] = []
    for _ in range(ROUNDS):
        flow = {
            pair: _rate(pair[0], backing[pair[0]], evidence, roots) * x for pair, x in evidence.referrals.items()
        }
        flows.append(flow)
        reached: dict[str, int] = defaultdict(int)
        for (_, subject), amount in flow.items():
            reached[subject] += amount
        spoken_for = {did: _sides(shares)[0] for did, shares in _shares(evidence, backing, credit).items()}
        credit = {
            did: fixed.get(did, limit.voice * min(256, reached[did] // 2**24) // 256) for did, limit in limits.items()
        }
        backing = {
            did: fixed.get(did, min(credit[did], limit.backing(spoken_for.get(did, 0)))) for did, limit in limits.items()
        }
    return Pass(credit, _shares(evidence, backing, credit), flows)


def _shares(evidence: Evidence, backing: dict[str, int], credit: dict[str, int]) -> dict[str, dict[str, int]]:
    """TR-11."""
    shares: dict[str, dict[str, int]] = defaultdict(dict)
    for (issuer, subject), r in evidence.counts.items():
        share = divide((backing if r > 0 else credit)[issuer] * r, 256)
        if share != 0:
            shares[subject][issuer] = share
    return shares


def _rate(issuer: str, backing: int, evidence: Evidence, roots: AbstractSet[str]) -> int:
    if issuer in roots:
        return 2**20 * backing // 256
    return backing * RELAY * 2**24 // max(4096 * BREADTH, 1000 * evidence.all_referrals[issuer])


def _sides(shares: dict[str, int]) -> tuple[int, int]:
    """R and S."""
    return sum(share for share in shares.values() if share > 0), -sum(share for share in shares.values() if share < 0)


def _score(
    did: str, credit: int, shares: dict[str, int], roots: AbstractSet[str], silent: AbstractSet[str]
) -> Score:
    """TR-13."""
    positive, negative = _sides(shares)
    score = _score_by(positive, negative)
    confidence = 1000 * positive // (positive + PRIOR)
    if did in silent:
        score, confidence = 0, 1000
    elif did in roots:
        score, confidence = 1000, 1000
    return Score(credit, positive, negative, score, confidence)


def _score_by(positive: int, negative: int) -> int:
    return (1000 * positive + BASELINE * PRIOR) // (positive + SEVERITY * negative + PRIOR)


def _by_size(share: tuple[str, int]) -> tuple[int, str]:
    """TR-20. Dids are ASCII, so that the order of code points is that of code units."""
    return -abs(share[1]), share[0]
