"""The golden vectors of the repository (``vectors/``) against the modules beside this file."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Callable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import msgpack_strict as strict
from chains import ChainError, Executor, Knowledge, Ledger, Use, verify_use
from constraints import Steps, evaluate, is_predicate
from fake_node import LIMITS
from handshake import HandshakeError, SessionKeys, Ticket, Tickets, message_nonce, unseal
from identity import Identity, sha256
from identity import key_of as did_key
from initiator import Initiator
from replication import answer, fingerprint_of, key_of, reconcile, under
from responder import Responder
from scores import Attestation, explain, scores
from session import EXPECTED, Session, SessionError, parse_frames
from statements import StatementError, check_receipt, open_statement
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
        _same(case["name"], _code(lambda: _read(unhex(case["envelope"]))), case["code"])


def _read(envelope: bytes) -> None:
    statement = open_statement(envelope, NET)
    if statement.type == "receipt":
        check_receipt(statement)


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


def _party(case: dict[str, Any], role: str) -> dict[str, Any]:
    """What both sides are given."""
    own = case[role]
    return {
        "purpose": case["purpose"],
        "attachments": [unhex(each) for each in own["attachments"]],
        "ephemeral": X25519PrivateKey.from_private_bytes(unhex(own["ephemeralSecret"])),
        "challenge": unhex(own["n"]),
    }


def _initiator(case: dict[str, Any]) -> Initiator:
    own, means, ticket = case["initiator"], did_key(case["initiator"]["means"]), None
    if "ticket" in own:
        number, secret = unhex(own["ticket"]["id"]), unhex(own["ticket"]["secret"])
        ticket = Ticket(number, secret, time.monotonic() + 1, means, did_key(own["did"]), case["purpose"])
    return Initiator(Identity(unhex(own["seed"])), unhex(case["net"]), means, ticket=ticket, **_party(case, "initiator"))


class _Known(Tickets):
    """The one ticket that a responder of the vectors knows."""

    def __init__(self, own: bytes, ticket: dict[str, Any] | None) -> None:
        super().__init__()
        if ticket is not None:
            number, secret, peer = unhex(ticket["id"]), unhex(ticket["secret"]), did_key(ticket["peer"])
            self._issued[number] = Ticket(number, secret, time.monotonic() + 1, own, peer, ticket["purpose"])


def _responder(case: dict[str, Any], last: dict[str, Any]) -> Responder:
    own = case["responder"]
    cookie = {"cookie": unhex(own["cookie"])} if "cookie" in own else {}
    tickets = _Known(did_key(own["did"]), own.get("ticket"))
    identity = Identity(unhex(own["seed"]))
    return Responder(identity, unhex(case["net"]), tickets, lambda *_: last, **cookie, **_party(case, "responder"))


def test_handshake_vectors() -> None:
    for case in _load("handshake")["cases"]:
        last = strict.decode(unhex(case["documents"][case["frames"][-1]["name"]]))
        initiator, responder = _initiator(case), _responder(case, last)
        step: Any = initiator.start()
        for frame in case["frames"]:
            _same((case["name"], frame["name"]), step.hex(), frame["bytes"])
            step = responder.receive(step) if frame["from"] == "initiator" else initiator.receive(step)
        if case["outcome"] == "refused":
            _same(case["name"], (step.code, responder.welcome), (case["refusal"], None))
            continue
        keys = {
            name: getattr(step.keys, part).hex()
            for name, part in {
                "id": "session_id",
                "initiatorKey": "initiator",
                "responderKey": "responder",
                "resumption": "resumption",
            }.items()
        }
        assert responder.welcome is not None
        _same(case["name"], (keys, step.resumed), (case["session"], case["resumed"]))
        _same(case["name"], (responder.welcome.keys, responder.welcome.resumed), (step.keys, step.resumed))


def test_handshake_fault_vectors() -> None:
    cases = {case["name"]: case for case in _load("handshake")["cases"]}
    for fault in _load("handshake-invalid")["cases"]:
        case = cases[fault["case"]]
        side: Any = _initiator(case) if fault["to"] == "initiator" else _responder(case, {"limits": LIMITS})
        if fault["to"] == "initiator":
            side.start()
        received = [frame for frame in case["frames"] if frame["from"] != fault["to"]][: fault["received"]]
        for frame in received:
            side.receive(unhex(frame["bytes"]))
        try:
            side.receive(unhex(fault["frame"]))
        except HandshakeError as error:
            _same(fault["name"], error.code, fault["code"])
        else:
            raise AssertionError(f"{fault['name']}: accepted")


def _session(case: dict[str, Any], role: str, clock: Callable[[], float]) -> Session:
    """One that expects whatever belongs to its purpose: in the vectors either side says anything."""
    keys = case["session"]
    secrets = SessionKeys(unhex(keys["initiatorKey"]), unhex(keys["responderKey"]), unhex(keys["id"]), b"")
    session = Session(
        secrets,
        OWN[role],
        role=role,
        purpose=case["purpose"],
        per_key=case["messagesPerKey"],
        rekey_after_s=3_600,
        clock=clock,
    )
    session.expected = EXPECTED[case["purpose"], "initiator"] | EXPECTED[case["purpose"], "responder"]
    return session


#: alice and bob of the vectors of sessions
OWN = {"initiator": sha256(b"vectors: did alice"), "responder": sha256(b"vectors: did bob")}


def _frames(frames: list[Any]) -> list[list[Any]]:
    """As the vectors show them, from what a session gives."""
    return [[name, _plain(fields)] for name, fields in frames]


def test_session_vectors() -> None:
    for case in _load("session")["cases"]:
        now = [0.0]
        sides = {role: _session(case, role, lambda: now[0]) for role in ("initiator", "responder")}
        for place, message in enumerate(case["messages"]):
            now[0] = message["at"] / 1000
            said = parse_frames(unhex(message["plaintext"]))
            if message["rekeys"]:
                _same(case["name"], said.pop().type, "rekey")
            _same((case["name"], place), _frames([frame.as_list() for frame in said]), message["frames"])
            other = "responder" if message["from"] == "initiator" else "initiator"
            opened = sides[other].open(unhex(message["sealed"]))
            _same((case["name"], place), opened[: len(said)], said)
            sealed = sides[message["from"]].seal(said)
            # Two forms of a number may be equally short: only what was sealed is compared.
            keys = {"key": unhex(message["key"]), "nonce": message_nonce(message["count"])}
            plain = b"".join(unseal(sealed=each, associated=unhex(case["session"]["id"]), **keys) for each in sealed)
            _same((case["name"], place), parse_frames(plain), opened)


def test_session_fault_vectors() -> None:
    for fault in _load("session")["invalid"]:
        session = _session(fault, fault["to"], time.monotonic)
        for received in fault["received"]:
            session.open(unhex(received))
        try:
            session.open(unhex(fault["message"]))
        except SessionError as error:
            _same(fault["name"], error.code, fault["code"])
        else:
            raise AssertionError(f"{fault['name']}: accepted")
