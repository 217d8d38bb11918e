"""The golden vectors of the repository (``vectors/``) against the modules beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import msgpack_strict as strict
from chains import ChainError, Executor, Knowledge, Ledger, Use, verify_use
from constraints import Steps, evaluate, is_predicate
from identity import Identity, sha256
from scores import Attestation, scores
from statements import StatementError, open_statement

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
ALICE = Identity(b"\x01" * 32)
NET = sha256(ALICE.key)  # of the vectors of statements and chains
unhex = bytes.fromhex


def _load(name: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    assert vectors["version"] == 1
    return vectors


def _same(case: Any, got: Any, want: Any) -> None:
    if got != want:
        raise AssertionError(f"{case}: got {got!r}, want {want!r}")


def _code(act: Callable[[], Any]) -> Any:
    try:
        act()
    except ChainError as error:
        return error.code, error.link
    except StatementError as error:
        return error.code
    return None


def _plain(value: Any) -> Any:
    """Claims as the vectors show them."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def test_statement_vectors() -> None:
    vectors = _load("statements")
    for case in vectors["cases"]:
        statement = open_statement(unhex(case["envelope"]), NET)
        _same(case["name"], (statement.type, statement.signer.hex()), (case["type"], case["signer"]))
        _same(case["name"], statement.id.hex(), case["id"])
        _same(case["name"], _plain(statement.claims), case["claim"])
        signature = Identity(unhex(case["seed"])).sign(case["type"], unhex(case["payload"]))
        _same(case["name"], signature.hex(), case["signature"])
    for case in vectors["invalid"] + vectors["invalidClaims"]:
        _same(case["name"], _code(lambda: open_statement(unhex(case["envelope"]), NET)), case["code"])


def test_chain_vectors() -> None:
    for case in _load("chains")["cases"]:
        use = Use(
            links=[unhex(link) for link in case["links"]],
            invocation=unhex(case["invocation"]),
            args=unhex(case["args"]),
            can=case["can"],
            peer=unhex(case["peer"]),
        )
        sets = (frozenset(map(unhex, case[name])) for name in ("revoked", "suspended", "void"))
        opinion = (case["opinion"]["score"], case["opinion"]["confidence"])
        executor = Executor(
            key=unhex(case["executor"]),
            net=NET,
            root=unhex(case["root"]),
            now=case["now"],
            known=Knowledge(*sets, fresh_as_of=case["freshAsOf"]),
            max_age_ms=10_000,
            opinion=lambda _: opinion,
        )
        want = None if case["code"] is None else (case["code"], case["link"])
        _same(case["name"], _code(lambda: verify_use(use, executor, Ledger())), want)


def test_constraint_vectors() -> None:
    for case in _load("chains")["constraints"]:
        constraint = case["constraint"]
        _same(case, is_predicate(constraint), True)
        _same(case, evaluate(constraint, strict.decode(unhex(case["args"]), floats=True), Steps()), case["truth"])


def test_score_vectors() -> None:
    for case in _load("scores")["cases"]:
        attestations = [
            Attestation(
                **{name: each[name] for name in ("iss", "sub", "ctx", "value", "weight", "iat", "exp")},
                evidence_at=each["evidenceAt"],
            )
            for each in case["attestations"]
        ]
        found = scores(attestations, case["ctx"], case["now"], frozenset(case["roots"]), frozenset(case["silent"]))
        for want in case["found"]:
            got = vars(found[want["did"]])
            _same((case["name"], want["did"]), {name: got[name] for name in want if name != "did"}, {
                name: value for name, value in want.items() if name != "did"
            })
