"""The golden vectors of the repository (``vectors/``) against the modules beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import msgpack_strict as strict
from chains import ChainError, Executor, Knowledge, Ledger, Use, verify_use
from constraints import Steps, evaluate, is_predicate
from identity import Identity, sha256
from replication import answer, fingerprint_of, key_of, reconcile, under
from scores import Attestation, explain, scores
from statements import StatementError, open_statement
from successions import standing

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


def _used(case: dict[str, Any], ledger: Ledger) -> Any:
    """What a use is refused with."""
    shown = case.get("invocation")
    use = Use(
        links=[unhex(link) for link in case["links"]],
        invocation=None if shown is None else unhex(shown),
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
    return _code(lambda: verify_use(use, executor, ledger))


def test_chain_vectors() -> None:
    vectors = _load("chains")
    alone = [(case["name"], [case]) for case in vectors["cases"]]
    for name, uses in alone + [(history["name"], history["uses"]) for history in vectors["histories"]]:
        ledger = Ledger()
        for use in uses:
            want = None if use["code"] is None else (use["code"], use["link"])
            _same((name, use["name"]), _used(use, ledger), want)


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
        given = (attestations, case["ctx"], case["now"], frozenset(case["roots"]), frozenset(case["silent"]))
        found, explanations = scores(*given), explain(*given)
        for want in case["found"]:
            got = vars(found[want["did"]])
            _same((case["name"], want["did"]), {name: got[name] for name in want if name != "did"}, {
                name: value for name, value in want.items() if name != "did"
            })
        for want in case.get("explained", []):
            why = explanations[want["did"]]
            named = [(each["rater"], each["share"], each["path"]) for each in want["contributions"]]
            _same((case["name"], want["did"]), why.named, named)
            rest = {"raters": why.others, "positive": why.positive, "negative": why.negative}
            _same((case["name"], want["did"]), rest, want["rest"])


def test_succession_vectors() -> None:
    for case in _load("scores")["successions"]:
        statements = [open_statement(unhex(envelope), NET) for envelope in case["statements"]]
        for order in (statements, statements[::-1]):
            found = scores(standing(order), "", case["now"], frozenset([case["root"]]))
            for want in case["found"]:
                if want["key"] in found:
                    got = vars(found[want["key"]])
                    _same((case["name"], want["key"]), {**got, "key": want["key"]}, want)
                else:  # of whom nothing is said
                    _same((case["name"], want["key"]), (want["score"], want["confidence"]), (300, 0))


def test_replication_vectors() -> None:
    vectors = _load("replication")
    sets = {each["name"]: [unhex(key) for key in each["keys"]] for each in vectors["sets"]}
    for case in vectors["keys"]:
        _same(case["id"], key_of(unhex(case["id"]), case.get("expiry")).hex(), case["key"])
    for case in vectors["fingerprints"]:
        keys, prefix = sets[case["of"]], unhex(case["prefix"])
        _same(case, len(under(keys, prefix, case["horizon"])), case["count"])
        _same(case, fingerprint_of(keys, prefix, case["horizon"]).hex(), case["fingerprint"])
    for case in vectors["answers"]:
        compare, want = case["compare"], case["differ"]
        asked = [(unhex(prefix), unhex(held)) for prefix, held in compare["ranges"]]
        got = answer(sets[case["of"]], asked, compare["horizon"], case["horizon"], case["budget"])
        listed = [[place, [key.hex() for key in keys]] for place, keys in got.listed]
        _same(case["name"], (got.horizon, got.looked, got.deeper, listed), (
            *(want[name] for name in ("horizon", "looked", "deeper", "listed")),
        ))
    for case in vectors["heads"]:
        if "id" in case:
            _same(case["name"], open_statement(unhex(case["envelope"]), NET).id.hex(), case["id"])
        else:
            _same(case["name"], _code(lambda: open_statement(unhex(case["envelope"]), NET)), case["code"])


def test_reconciliation_of_the_vectors() -> None:
    sets = {each["name"]: [unhex(key) for key in each["keys"]] for each in _load("replication")["sets"]}
    for ours in sets.values():
        for theirs in sets.values():
            for budget in (1, 128):
                found = reconcile(ours, lambda asked, horizon: answer(theirs, asked, horizon, 0, budget), 0)
                _same(budget, found, (set(theirs) - set(ours), set(ours) - set(theirs)))
