"""For whom evidence counts where Dids have been rotated (ST-74, ST-75): by the old keys, none of them revoked, without an authority."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Iterable

from identity import sha256
from scores import Attestation
from statements import Statement

MOST = 16  # ST-75


@dataclass(frozen=True)
class Heir:
    """Whom evidence about a Did counts for, ``None`` for nobody; and how many rotations further that is."""

    did: bytes | None
    steps: int


class Successions:
    """Of all statements that are kept."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        statements = list(statements)
        rotations = [each for each in statements if each.type == "rotation" and "from" not in each.claims]
        commitments = _commitments(statements)
        self._have_named = {each.signer for each in rotations}
        rotated = {
            each.signer: each.claims["to"]
            for each in rotations
            if commitments[each.signer] == {sha256(each.claims["to"])}
        }
        taken = list(rotated.values())
        self._successors = {old: new for old, new in rotated.items() if taken.count(new) == 1}

    def heir(self, did: bytes) -> Heir:
        steps = 0
        while did in self._successors and steps <= MOST:
            did, steps = self._successors[did], steps + 1
        return Heir(None if steps > MOST or did in self._have_named else did, steps)


def _commitments(statements: Iterable[Statement]) -> dict[bytes, set[bytes]]:
    """ST-74: the values that could open; of somebody with two first manifests, none."""
    values: dict[bytes, set[bytes]] = defaultdict(set)
    first: dict[bytes, set[bytes]] = defaultdict(set)
    for statement in statements:
        if statement.type == "rotation":
            values[statement.claims["to"]].add(statement.claims["next"])
        elif statement.type == "manifest" and statement.claims["seq"] == 0:
            first[statement.signer].add(statement.id)
            if "next" in statement.claims:
                values[statement.signer].add(statement.claims["next"])
    for signer, manifests in first.items():
        if len(manifests) > 1:
            values[signer] = set()
    return values


def standing(statements: list[Statement]) -> list[Attestation]:
    """The attestations that stand, each about the heir, with keys in hex as Dids; contradictions (ST-25) are not looked for."""
    successions = Successions(statements)
    slots: dict[tuple[bytes, bytes, str], tuple[tuple[int, int], Attestation]] = {}
    for statement in statements:
        if statement.type != "attestation":
            continue
        iss, claims = statement.signer, statement.claims
        heir = successions.heir(claims["sub"])
        if heir.did is None or successions.heir(iss).did == heir.did:
            continue
        slot, rank = (iss, heir.did, claims["ctx"]), (claims["seq"], -heir.steps)
        if slot not in slots or slots[slot][0] < rank:
            told = {name: claims[name] for name in ("ctx", "value", "weight", "iat", "exp")}
            told_of = Attestation(iss.hex(), heir.did.hex(), evidence_at=claims["evidenceAt"], **told)
            slots[slot] = (rank, told_of)
    return [attestation for _, attestation in slots.values()]
