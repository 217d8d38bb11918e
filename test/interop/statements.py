"""Statements: sealing, opening, and the proof of a revocation (statements.md)."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping

from identity import Identity, IdentityError, guard, sha256, signing_form, verify
from msgpack_strict import EncodingError, decode, encode

MAX_ENVELOPE = 40_960  # ST-1
YEAR_MS = 31_536_000_000
DAY_MS = 86_400_000

_TYPE = re.compile(r"[a-z][a-z0-9-]{0,31}")  # ST-3
_CONTEXT = re.compile(r"([a-z0-9-]{1,32}(/[a-z0-9-]{1,32}){0,7})?")
_BAD_IN_REASON = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_COMMON = ("net", "iat", "nonce")


class StatementError(ValueError):
    """A statement that is refused, with the code of the table in statements.md."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Statement:
    """An envelope that has been checked as in ST-6."""

    type: str
    claims: Mapping[str, Any]
    signer: bytes
    id: bytes
    envelope: bytes


def _is_int(value: Any, low: int, high: int | None = None) -> bool:
    return type(value) is int and value >= low and (high is None or value <= high)


def _is_bin(value: Any, size: int) -> bool:
    return isinstance(value, bytes) and len(value) == size


def _is_did(value: Any) -> bool:
    if not _is_bin(value, 32):
        return False
    try:
        guard(value)
    except IdentityError:
        return False
    return True


def open_statement(envelope: bytes, net: bytes) -> Statement:
    """Check an envelope in the order of ST-6; nothing of a payload is looked at before the signature holds."""
    if len(envelope) > MAX_ENVELOPE:
        raise StatementError("statement.size")
    document = _decoded(envelope)
    if not isinstance(document, list) or not document:
        raise StatementError("statement.malformed")
    if type(document[0]) is not int or document[0] != 1:
        raise StatementError("statement.version")  # ST-2: whatever follows it
    if len(document) != 5:
        raise StatementError("statement.malformed")
    _, kind, payload, signer, signature = document
    if not (
        isinstance(kind, str) and isinstance(payload, bytes) and isinstance(signer, bytes) and _is_bin(signature, 64)
    ):
        raise StatementError("statement.malformed")
    if _TYPE.fullmatch(kind) is None:
        raise StatementError("statement.type")
    try:
        guard(signer)
    except IdentityError as error:
        raise StatementError(error.code) from None
    form = signing_form(kind, signer, payload)
    if not verify(signer, signature, form):
        raise StatementError("statement.signature")
    claims = _decoded(payload)
    _check_common(claims, net)
    check = _SCHEMAS.get(kind)
    if check is not None:  # ST-22: what is not known is accepted without effect
        check({name: value for name, value in claims.items() if name not in _COMMON}, claims["iat"], signer)
    return Statement(kind, claims, signer, sha256(form), envelope)


def _decoded(data: bytes) -> Any:
    try:
        return decode(data)
    except EncodingError as error:
        raise StatementError(error.code) from None


def _check_common(claims: Any, net: bytes) -> None:
    """ST-20."""
    if not (
        isinstance(claims, dict)
        and _is_bin(claims.get("net"), 32)
        and _is_int(claims.get("iat"), 0)
        and _is_bin(claims.get("nonce"), 16)
    ):
        raise StatementError("statement.claim")
    if claims["net"] != net:
        raise StatementError("statement.other-mesh")


def _check_attestation(fields: dict[str, Any], iat: int, signer: bytes) -> None:
    """The closed schema of ``attestation`` (ST-21)."""
    evidence = fields.get("evidence")
    context = fields.get("ctx")
    if not (
        set(fields) == {"sub", "ctx", "value", "weight", "evidence", "evidenceAt", "exp", "seq"}
        and _is_did(fields["sub"])
        and isinstance(context, str)
        and _CONTEXT.fullmatch(context) is not None
        and _is_int(fields["value"], -1000, 1000)
        and _is_int(fields["weight"], 1, 3000)
        and isinstance(evidence, list)
        and len(evidence) <= 16
        and all(_is_bin(item, 32) for item in evidence)
        and _is_int(fields["evidenceAt"], 0)
        and _is_int(fields["exp"], 0)
        and _is_int(fields["seq"], 0)
    ):
        raise StatementError("attestation.malformed")
    if fields["sub"] == signer:
        raise StatementError("attestation.self")
    if not iat < fields["exp"] <= iat + YEAR_MS:
        raise StatementError("attestation.expiry")
    if fields["evidenceAt"] > iat:
        raise StatementError("attestation.evidence-time")
    if fields["seq"] > iat:
        raise StatementError("attestation.seq")


def _check_revocation(fields: dict[str, Any], _iat: int, _signer: bytes) -> None:
    """The closed schema of ``revocation`` (ST-21)."""
    reason = fields.get("reason")
    path = fields.get("path", [])
    if not (
        set(fields) - {"path"} == {"target", "reason"}
        and _is_target(fields["target"])
        and isinstance(reason, str)
        and len(reason.encode("utf-16-le")) // 2 <= 256
        and _BAD_IN_REASON.search(reason) is None
        and isinstance(path, list)
        and len(path) <= 16
        and all(isinstance(item, bytes) for item in path)
    ):
        raise StatementError("revocation.malformed")


def _is_target(target: Any) -> bool:
    if not isinstance(target, dict):
        return False
    if set(target) == {"did"}:
        return _is_did(target["did"])
    return set(target) == {"iss", "id"} and _is_did(target["iss"]) and _is_bin(target["id"], 32)


_SCHEMAS: dict[str, Callable[[dict[str, Any], int, bytes], None]] = {
    "attestation": _check_attestation,
    "revocation": _check_revocation,
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
    fields = {name: item for name, item in claims.items() if name not in _COMMON}
    _check_attestation(fields, now, issuer.key)
    return seal_statement(issuer, "attestation", encode(claims))


def proves_revocation(
    proof: Iterable[bytes], did: bytes, net: bytes, authorities: Iterable[bytes], threshold: int
) -> bool:
    """Whether the envelopes of a proof show that ``did`` is revoked (ST-40, HS-51).

    One revocation by the Did itself is enough; else it takes ``threshold`` distinct authorities, those known before.
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
        if statement.signer == did:
            return True
        if statement.signer in known:
            votes.add(statement.signer)
    return len(votes) >= max(1, threshold)
