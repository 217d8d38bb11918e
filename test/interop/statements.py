"""Statements: sealing, opening, their schemas, and the proof of a revocation (statements.md)."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping

from constraints import is_where
from fields import Check, is_bin, is_capability, is_did, is_hash, is_int, is_list, is_map, is_text, is_time
from identity import Identity, IdentityError, guard, sha256, signing_form, verify
from msgpack_strict import EncodingError, decode, encode

MAX_ENVELOPE = 40_960  # ST-1
MAX_LINK = 4_096  # DG-10
YEAR_MS = 31_536_000_000
MONTH_MS = 2_592_000_000
DAY_MS = 86_400_000

_TYPE = re.compile(r"[a-z][a-z0-9-]{0,31}")  # ST-3
_CONTEXT = re.compile(r"([a-z0-9-]{1,32}(/[a-z0-9-]{1,32}){0,7})?")
_COMMON = ("net", "iat", "nonce")


class StatementError(ValueError):
    """A statement that is refused, with the code of the table in statements.md."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Envelope:
    """An array by ST-1 to ST-4, of which nothing has been verified: neither the key guard nor the signature."""

    type: str
    payload: bytes
    signer: bytes
    signature: bytes
    bytes: bytes

    @property
    def form(self) -> bytes:
        """The signing form, whose hash is the id (ST-10); only for a signer that passed the guard."""
        return signing_form(self.type, self.signer, self.payload)


@dataclass(frozen=True)
class Statement:
    """An envelope that has been checked as in ST-6."""

    type: str
    claims: Mapping[str, Any]
    signer: bytes
    id: bytes
    envelope: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The claims beside the common fields."""
        return {name: value for name, value in self.claims.items() if name not in _COMMON}


def read_envelope(envelope: bytes) -> Envelope:
    """Check size, encoding, version, shape and type, in the order of ST-6."""
    if len(envelope) > MAX_ENVELOPE:
        raise StatementError("statement.size")
    document = _decoded(envelope)
    if not isinstance(document, list):
        raise StatementError("statement.malformed")
    if not document or type(document[0]) is not int or document[0] != 1:
        raise StatementError("statement.version")  # ST-2: whatever follows it
    if len(document) != 5:
        raise StatementError("statement.malformed")
    _, kind, payload, signer, signature = document
    if not (isinstance(kind, str) and all(isinstance(item, bytes) for item in (payload, signer, signature))):
        raise StatementError("statement.malformed")
    if _TYPE.fullmatch(kind) is None:
        raise StatementError("statement.type")
    return Envelope(kind, payload, signer, signature, envelope)


def open_statement(envelope: bytes, net: bytes | None) -> Statement:
    """Check an envelope in the order of ST-6; nothing of a payload is looked at before the signature holds.

    Without ``net``, one of any mesh opens.
    """
    read = read_envelope(envelope)
    try:
        guard(read.signer)
    except IdentityError as error:
        raise StatementError(error.code) from None
    if not verify(read.signer, read.signature, read.form):
        raise StatementError("statement.signature")
    statement = read_claims(read)
    if net not in (None, statement.claims["net"]):
        raise StatementError("statement.other-mesh")
    check = SCHEMAS.get(read.type)
    if check is not None:  # ST-22: what is not known is accepted without effect
        check(statement)
    return statement


def read_claims(read: Envelope) -> Statement:
    """The payload of an envelope whose signature holds, with the common fields (ST-20) of whatever mesh."""
    claims = _decoded(read.payload)
    if not (
        isinstance(claims, dict)
        and is_hash(claims.get("net"))
        and is_time(claims.get("iat"))
        and is_bin(claims.get("nonce"), 16)
    ):
        raise StatementError("statement.claim")
    return Statement(read.type, claims, read.signer, sha256(read.form), read.bytes)


def _decoded(data: bytes) -> Any:
    try:
        return decode(data)
    except EncodingError as error:
        raise StatementError(error.code) from None


def _refuse_if(wrong: bool, code: str) -> None:
    if wrong:
        raise StatementError(code)


def _is_context(value: Any) -> bool:
    return isinstance(value, str) and _CONTEXT.fullmatch(value) is not None


def _is_envelope(value: Any) -> bool:
    return isinstance(value, bytes)


def _is_target(value: Any) -> bool:
    return is_map(value, {"did": is_did}) or is_map(value, {"iss": is_did, "id": is_hash})


def _is_component(value: Any) -> bool:
    return is_map(
        value,
        {"name": lambda it: is_text(it, 128), "version": lambda it: is_text(it, 64), "sha256": is_hash},
    )


#: The closed schemas of ST-21: needed fields, optional ones.
_FIELDS: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "attestation": (
        {
            "sub": is_did,
            "ctx": _is_context,
            "value": lambda it: is_int(it, -1000, 1000),
            "weight": lambda it: is_int(it, 1, 3000),
            "evidence": lambda it: is_list(it, is_hash, 0, 16),
            "evidenceAt": is_time,
            "exp": is_time,
            "seq": is_time,
        },
        {},
    ),
    "revocation": (
        {"target": _is_target, "reason": lambda it: is_text(it, 256)},
        {"path": lambda it: is_list(it, _is_envelope, 1, 16)},
    ),
    "suspension": (
        {"sub": is_did, "until": is_time, "seq": is_time, "lifted": lambda it: isinstance(it, bool)},
        {},
    ),
    "manifest": (
        {
            "name": lambda it: is_text(it, 64),
            "version": lambda it: is_text(it, 64),
            "capabilities": lambda it: is_list(it, is_capability, 0, 64),
            "bom": lambda it: is_list(it, _is_component, 0, 256),
            "seq": is_time,
        },
        {"model": lambda it: is_text(it, 128), "next": is_hash, "recovery": is_did},
    ),
    "rotation": (
        {"to": is_did, "next": is_hash, "proof": lambda it: is_bin(it, 64)},
        {"from": is_did},
    ),
    "lease": ({"node": is_did, "seq": is_time, "exp": is_time}, {}),
    "head": (
        {
            "seq": is_time,
            "count": lambda it: is_int(it, 0),
            "set": is_hash,
            "revoked": is_hash,
            "links": lambda it: is_list(it, is_did, 0, 64),
            "state": lambda it: it in ("syncing", "serving"),
        },
        {},
    ),
    "delegation": (
        {
            "aud": is_did,
            "root": is_did,
            "can": is_capability,
            "where": is_where,
            "exp": is_time,
            "depth": lambda it: is_int(it, 0, 9),
            "parent": lambda it: it is None or is_hash(it),
        },
        {"nbf": is_time, "revokers": lambda it: is_list(it, is_did, 1, 8)},
    ),
    "receipt": ({"to": is_did, "body": is_hash}, {"re": is_hash}),
}


def _check(statement: Statement) -> None:
    """The closed schema of a known type (ST-21), and ``seq`` (ST-24)."""
    kind, fields = statement.type, statement.fields
    _refuse_if(not is_map(fields, *_FIELDS[kind]), f"{kind}.malformed")
    _refuse_if("seq" in fields and fields["seq"] > statement.claims["iat"], f"{kind}.seq")


def _check_attestation(statement: Statement) -> None:
    _check(statement)
    fields, iat = statement.fields, statement.claims["iat"]
    _refuse_if(fields["sub"] == statement.signer, "attestation.self")
    _refuse_if(not iat < fields["exp"] <= fields["seq"] + YEAR_MS, "attestation.expiry")
    _refuse_if(fields["evidenceAt"] > iat, "attestation.evidence-time")


def _check_revocation(statement: Statement) -> None:
    """ST-48 beside the schema."""
    _check(statement)
    target = statement.fields["target"]
    needs_none = statement.signer in (target.get("did"), target.get("iss"))
    _refuse_if("path" in statement.fields and needs_none, "revocation.malformed")


def _check_suspension(statement: Statement) -> None:
    _check(statement)
    seq = statement.fields["seq"]
    _refuse_if(not seq <= statement.fields["until"] <= seq + MONTH_MS, "suspension.until")


def _check_manifest(statement: Statement) -> None:
    """ST-71 beside the schema."""
    _check(statement)
    fields = statement.fields
    _refuse_if(fields["seq"] != 0 and ("next" in fields or "recovery" in fields), "manifest.commitment")


def _check_rotation(statement: Statement) -> None:
    """The proof is the successor's signature over a form that is not sent (ID-33)."""
    _check(statement)
    fields = statement.fields
    old, new = fields.get("from", statement.signer), fields["to"]
    _refuse_if(old == new, "rotation.self")
    form = signing_form(SUCCESSOR, new, successor_payload(statement.claims["net"], old, fields["next"]))
    _refuse_if(not verify(new, fields["proof"], form), "rotation.proof")


def _check_lease(statement: Statement) -> None:
    _check(statement)
    fields = statement.fields
    _refuse_if(not statement.claims["iat"] < fields["exp"] <= fields["seq"] + MONTH_MS, "lease.expiry")


def _check_head(statement: Statement) -> None:
    """RE-50. It opens like a statement, though nobody keeps it."""
    _check(statement)
    links = statement.fields["links"]
    _refuse_if(statement.signer in links or len(set(links)) != len(links), "head.links")


def _check_delegation(statement: Statement) -> None:
    """DG-10 and the table before it."""
    _check(statement)
    fields, iat = statement.fields, statement.claims["iat"]
    _refuse_if(fields["aud"] == statement.signer, "delegation.self")
    begins = max(iat, fields.get("nbf", 0))
    _refuse_if(not begins < fields["exp"] <= iat + YEAR_MS, "delegation.expiry")
    _refuse_if(len(statement.envelope) > MAX_LINK, "delegation.size")


def receipt(issuer: Identity, net: bytes, to: bytes, body: bytes, now: int, re: bytes | None = None) -> bytes:
    """PE-15: "I said this to you", in answer to the receipt ``re``."""
    claims: dict[str, Any] = {"net": net, "iat": now, "nonce": secrets.token_bytes(16), "to": to, "body": sha256(body)}
    if re is not None:
        claims["re"] = re
    return seal_statement(issuer, "receipt", encode(claims))


def check_receipt(statement: Statement) -> None:
    """PE-15: whoever is not told looks at no more of it than of any type (ST-22)."""
    _refuse_if(statement.type != "receipt", "receipt.type")
    _refuse_if(not is_map(statement.fields, *_FIELDS["receipt"]), "receipt.malformed")


def open_receipt(
    envelope: bytes, net: bytes, signer: bytes, to: bytes, body: bytes, re: bytes | None = None
) -> Statement:
    """PE-15: of this sender, to this recipient, for exactly this body, and in answer to exactly that."""
    statement = open_statement(envelope, net)
    check_receipt(statement)
    about = {"to": to, "body": sha256(body)} | ({} if re is None else {"re": re})
    _refuse_if(statement.signer != signer or statement.fields != about, "receipt.other")
    return statement


SUCCESSOR = "rotation/successor"


def successor_payload(net: bytes, old: bytes, commitment: bytes) -> bytes:
    """What a new key signs when it agrees to succeed an old one."""
    return encode({"net": net, "from": old, "next": commitment})


#: What is checked of the types of version 1 (ST-22).
SCHEMAS: dict[str, Callable[[Statement], None]] = {
    "attestation": _check_attestation,
    "delegation": _check_delegation,
    "head": _check_head,
    "lease": _check_lease,
    "manifest": _check_manifest,
    "revocation": _check_revocation,
    "rotation": _check_rotation,
    "suspension": _check_suspension,
}


def seal_statement(issuer: Identity, kind: str, payload: bytes) -> bytes:
    """The envelope around a payload that the caller has encoded (ST-1, ST-5)."""
    return encode([1, kind, payload, issuer.key, issuer.sign(kind, payload)], max_bytes=MAX_ENVELOPE)


class Clock:
    """The hybrid clock of ``seq``: the greater of the last one + 1 and the present."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        self._last = max(self._last + 1, time.time_ns() // 1_000_000)
        return self._last


def attestation(
    issuer: Identity,
    net: bytes,
    subject: bytes,
    value: int,
    now: int,
    *,
    context: str = "",
    weight: int = 2000,
    lifetime: int = 30 * DAY_MS,
    nonce: bytes | None = None,
) -> bytes:
    """Seal an attestation; ``now`` is ``iat``, ``seq`` and ``evidenceAt`` at once, so that ``seq`` ≤ ``iat`` holds."""
    claims = {
        "net": net,
        "iat": now,
        "nonce": secrets.token_bytes(16) if nonce is None else nonce,
        "sub": subject,
        "ctx": context,
        "value": value,
        "weight": weight,
        "evidence": [],
        "evidenceAt": now,
        "exp": now + lifetime,
        "seq": now,
    }
    envelope = seal_statement(issuer, "attestation", encode(claims))
    _check_attestation(Statement("attestation", claims, issuer.key, b"", envelope))
    return envelope


def proves_revocation(
    proof: Iterable[bytes], did: bytes, net: bytes, authorities: Iterable[bytes], threshold: int
) -> bool:
    """Whether the envelopes of a proof show that ``did`` is revoked (ST-40, HS-51).

    One revocation by the Did itself or its recovery key is enough; else it takes ``threshold`` distinct authorities, those known before.
    """
    known = frozenset(authorities)
    votes: set[bytes] = set()
    for envelope in proof:
        try:
            statement = open_statement(envelope, net)
        except StatementError:
            continue
        if statement.type != "revocation" or statement.claims["target"] != {"did": did}:
            continue
        if statement.signer == did or _is_recovery(statement, did, net):
            return True
        if statement.signer in known:
            votes.add(statement.signer)
    return len(votes) >= max(1, threshold)


def _is_recovery(revocation: Statement, did: bytes, net: bytes) -> bool:
    """ST-46: the path is one manifest of ``did`` that names the issuer as its recovery key."""
    path = revocation.claims.get("path", [])
    if len(path) != 1:
        return False
    try:
        manifest = open_statement(path[0], net)
    except StatementError:
        return False
    return (manifest.type, manifest.signer, manifest.claims.get("recovery")) == ("manifest", did, revocation.signer)
