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
REQUIRABLE = ("known", "trusted", "vouched")  # SE-42
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
        self.hear(standing.epoch)
        return standing

    def hear(self, epoch: int) -> None:
        """An epoch that was told beside a standing (SE-43)."""
        self._epoch = max(self._epoch, epoch)

    def last(self, key: bytes) -> Standing | None:
        return self._told.get(key)

    def is_fresh(self, standing: Standing) -> bool:
        return standing.epoch == self._epoch


@dataclass(frozen=True)
class Need:
    """What a handler requires (SE-63); with ``can``, a chain from ``root``."""

    kind: str
    min_tier: str
    can: str | None = None
    root: bytes | None = None

    def told(self) -> dict[str, Any]:
        score, confidence = TIERS[self.min_tier]
        need: dict[str, Any] = {"kind": self.kind, "minTier": self.min_tier, "score": score, "confidence": confidence}
        if self.can is not None:
            need["can"] = self.can
        if self.root is not None:
            need["root"] = did_of(self.root)
        return need


def judge(book: Standings, sender: bytes, need: Need) -> dict[str, Any] | None:
    """The gate (SE-42), all but the chain: ``None`` lets the message through, else the denial of SE-63."""
    standing = book.last(sender)
    if standing is None:
        return denial("gate.unknown-standing", sender, None, need)
    if not book.is_fresh(standing):
        return denial("gate.stale-standing", sender, standing, need)
    if standing.status == "revoked":
        return denial("gate.revoked", sender, standing, need)
    if standing.status == "suspended":
        return denial("gate.suspended", sender, standing, need)
    if _RANK[standing.tier] < _RANK[need.min_tier]:
        return denial("gate.tier-too-low", sender, standing, need)
    return None


_FIXES = {
    "gate.unknown-standing": "Have the node tell a standing of the peer, then send again.",
    "gate.stale-standing": "Send again; the node tells the standing anew.",
    "gate.revoked": "Nothing turns this: a revocation is permanent. Use another identity.",
    "gate.suspended": "Wait until the suspension ends or is lifted.",
    "gate.tier-too-low": "Earn attestations from agents that this mesh trusts.",
    "gate.no-chain": "Show a chain that grants the capability.",
}


def denial(
    code: str, sender: bytes, standing: Standing | None, need: Need, link: int | None = None
) -> dict[str, Any]:
    """SE-63: here a Did is the string, as in logs and APIs."""
    have: dict[str, Any] | None = None
    why = [f"'{need.kind}' takes tier {need.min_tier} or higher."]
    if need.can is not None:
        why.append(f"It takes a chain for {need.can}.")
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
    if link is not None:
        why.append(f"Link {link} of the chain is at fault.")
    return {
        "code": code,
        "peer": {"did": did_of(sender)},
        "have": have,
        "need": need.told(),
        "why": why,
        "fix": _FIXES.get(code, "Show a chain that holds, in a use that it allows."),
    }
