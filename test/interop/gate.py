"""Standings, the gate before a handler, and the denial that it answers with (SE-40 to SE-42, SE-63)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from identity import did_of

#: From the lowest to the highest: tier → the floors of score and confidence (SE-40).
TIERS: dict[str, tuple[int, int]] = {
    "untrusted": (0, 0),
    "probation": (200, 0),
    "known": (400, 0),
    "trusted": (600, 500),
    "vouched": (800, 700),
}
STATUSES = ("unknown", "active", "suspended", "revoked")
_RANK = {tier: rank for rank, tier in enumerate(TIERS)}


def tier_of(score: int, confidence: int) -> str:
    """The highest tier whose both floors are reached."""
    reached = "untrusted"
    for tier, (least_score, least_confidence) in TIERS.items():
        if score >= least_score and confidence >= least_confidence:
            reached = tier
    return reached


@dataclass(frozen=True)
class Standing:
    """What the node has told of one Did, and in which epoch."""

    status: str
    score: int
    tier: str
    confidence: int
    epoch: int


class Standings:
    """What was told on one session (SE-41). A new session starts with an empty book."""

    def __init__(self) -> None:
        self._told: dict[bytes, Standing] = {}
        self._epoch = -1

    def tell(self, fields: dict[str, Any]) -> Standing:
        """Take a ``standing`` frame."""
        standing = Standing(
            fields["status"], fields["score"], fields["tier"], fields["confidence"], fields["epoch"]
        )
        if "ctx" not in fields:  # this agent gates in the general context
            self._told[fields["did"]] = standing
        self._epoch = max(self._epoch, standing.epoch)
        return standing

    def last(self, key: bytes) -> Standing | None:
        return self._told.get(key)

    def is_fresh(self, standing: Standing) -> bool:
        return standing.epoch == self._epoch


def judge(book: Standings, sender: bytes, kind: str, min_tier: str) -> dict[str, Any] | None:
    """The gate (SE-42): ``None`` lets the message through, else the denial of SE-63."""
    standing = book.last(sender)
    if standing is None:
        return _denial("gate.unknown-standing", sender, None, kind, min_tier)
    if not book.is_fresh(standing):
        return _denial("gate.stale-standing", sender, standing, kind, min_tier)
    if standing.status == "revoked":
        return _denial("gate.revoked", sender, standing, kind, min_tier)
    if standing.status == "suspended":
        return _denial("gate.suspended", sender, standing, kind, min_tier)
    if _RANK[standing.tier] < _RANK[min_tier]:
        return _denial("gate.tier-too-low", sender, standing, kind, min_tier)
    return None


_FIXES = {
    "gate.unknown-standing": "Have the node tell a standing of the peer, then send again.",
    "gate.stale-standing": "Send again; the node tells the standing anew.",
    "gate.revoked": "Nothing turns this: a revocation is permanent. Use another identity.",
    "gate.suspended": "Wait until the suspension ends or is lifted.",
    "gate.tier-too-low": "Earn attestations from agents that this mesh trusts.",
}


def _denial(code: str, sender: bytes, standing: Standing | None, kind: str, min_tier: str) -> dict[str, Any]:
    """SE-63: here a Did is the string, as in logs and APIs."""
    score, confidence = TIERS[min_tier]
    have: dict[str, Any] | None = None
    why = [f"'{kind}' takes tier {min_tier} or higher."]
    if standing is None:
        why.append("The node has told no standing of the peer.")
    else:
        have = {
            "status": standing.status,
            "tier": standing.tier,
            "score": standing.score,
            "confidence": standing.confidence,
        }
        why.append(f"The peer is {standing.status}, {standing.tier}.")
    return {
        "code": code,
        "peer": {"did": did_of(sender)},
        "have": have,
        "need": {"kind": kind, "minTier": min_tier, "score": score, "confidence": confidence},
        "why": why,
        "fix": _FIXES[code],
    }
