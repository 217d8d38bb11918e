"""Unit checks on the worked examples of the documents, and on what they say beside them. Exit code 0 or 1."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
import struct
import sys
import time
import traceback
from typing import Any, Callable

import msgpack

import asking
import chains as ch
import golden
import identity as ident
import msgpack_strict as strict
import statements as st
from constraints import Steps, evaluate, is_where
from fake_node import respond
from gate import Need, Standings, judge, tier_of
from handshake import HandshakeError, Refusal, Ticket, Tickets, Welcome
from initiator import Initiator
from lines import Incoming, Message, Outgoing, Said
from peers import Conversation
from responder import Responder
from scores import Attestation, scores
from session import MAX_PART, Frame, Session, SessionError, decode_body, encode_body, parse_frames

ALICE = ident.Identity(b"\x01" * 32)
BOB = ident.Identity(b"\x02" * 32)
CAROL = ident.Identity(b"\x03" * 32)
NET = ident.sha256(ALICE.key)
NOW = 1_700_000_000_000
NONCE = b"\x09" * 16

NET_HEX = "34750f98bd59fcfc946da45aaabe933be154a4b5094e1c4abf42866505f3c97e"
ALICE_HEX = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
BOB_HEX = "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"
COMMON_HEX = f"a36e6574c420{NET_HEX}a3696174d30000018bcfe56800a56e6f6e6365c410" + "09" * 16


def unhex(text: str) -> bytes:
    return bytes.fromhex("".join(text.split()))


def equal(got: Any, want: Any) -> None:
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def refused(code: str, act: Callable[[], Any]) -> None:
    """``act`` is refused with this code."""
    try:
        value = act()
    except (strict.EncodingError, ident.IdentityError, st.StatementError, HandshakeError, SessionError) as error:
        equal(error.code, code)
        return
    raise AssertionError(f"accepted as {value!r}, want {code}")


# identity.md


def test_did() -> None:
    did = "did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"
    equal(ALICE.key.hex(), ALICE_HEX)
    equal(ALICE.did, did)
    equal(ident.key_of(did), ALICE.key)
    equal(BOB.did, "did:key:z6Mko9hTggMwjSTEaJaPUfE6tqcy2xvU6BnNq3e3o8qVBiyH")
    for bad in (did + "\n", " " + did, did + "#x", did[:-1], did[:-1] + "0", did.upper(), did.replace("z6Mk", "z6Mm")):
        refused("did.malformed", lambda: ident.key_of(bad))
    refused("did.malformed", lambda: ident.key_of("did:key:z6Mk" + "z" * 44))


def test_key_guard() -> None:
    refused("key.length", lambda: ident.guard(bytes(31)))
    for row in ident.SMALL_ORDER:
        for sign in (0, 0x80):
            point = row[:31] + bytes((row[31] | sign,))
            refused("key.small-order", lambda: ident.guard(point))
    equal(len(ident.SMALL_ORDER), 7)
    refused("key.non-canonical", lambda: ident.guard(b"\xff" * 32))
    refused("key.non-canonical", lambda: ident.guard(b"\xef" + b"\xff" * 30 + b"\x7f"))
    equal(len(ident.guard(b"\xeb" + b"\xff" * 30 + b"\x7f")), 32)


def test_signing_form() -> None:
    form = ident.signing_form("handshake/initiator", ALICE.key, b"\x80")
    equal(
        form,
        unhex(f"54727573744d6573682f7631 20 3139 20 68616e647368616b652f696e69746961746f72 20 {ALICE_HEX} 20 31 20 80"),
    )
    signature = unhex(
        "7f84bf053e88c0dbbdf4ac0fa6b2ad4bea8408a4dbd82e1fdd9a625071bbd625"
        "a49136b55176b2cef254b79ff304cfc96cca0a1ec840c61fb01c4916446df10d"
    )
    equal(ALICE.sign("handshake/initiator", b"\x80"), signature)
    equal(ident.verify(ALICE.key, signature, form), True)
    scalar = int.from_bytes(signature[32:], "little") + ident.L  # ID-21
    equal(ident.verify(ALICE.key, signature[:32] + scalar.to_bytes(32, "little"), form), False)
    equal(ident.verify(ALICE.key, bytes(32) + signature[32:], form), False)
    equal(ident.verify(bytes(32), signature, form), False)
    equal(ident.verify(ALICE.key, signature[:63], form), False)
    equal(ident.verify(b"\x02" + bytes(31), signature, form), False)  # ID-13: not on the curve


DOCUMENTS: list[tuple[str, Any, Any]] = [
    ("82 a161 01 a162 93 c0 c3 a2c3a9", {"a": 1, "b": [None, True, "é"]}, ...),
    ("cd0100", 256, ...),
    ("d10100", 256, ...),
    ("d30000000100000000", 2**32, ...),
    ("cf0000000100000000", 2**32, ...),
    ("cc05", "!encoding.not-shortest", ...),
    ("cf0020000000000000", "!encoding.integer-range", ...),
    ("cb3fe0000000000000", "!encoding.float", 0.5),
    ("cb3ff0000000000000", "!encoding.float", "!encoding.not-shortest"),
    ("cb8000000000000000", "!encoding.float", "!encoding.not-shortest"),
    ("cb7ff0000000000000", "!encoding.float", "!encoding.float"),
    ("cb7ff8000000000000", "!encoding.float", "!encoding.float"),
    ("cb4340000000000000", "!encoding.float", 2.0**53),
    ("ca3f000000", "!encoding.float", "!encoding.float"),
    ("82 a161 01 a161 02", "!encoding.duplicate-key", ...),
    ("81 01 02", "!encoding.key-type", ...),
    ("81 db00000001 61 02", "!encoding.key-type", ...),
    ("81 a9 5f5f70726f746f5f5f 02", "!encoding.forbidden-key", ...),
    ("d6ff5a4af6a5", "!encoding.extension", ...),
    ("c1", "!encoding.reserved", ...),
    ("a2c080", "!encoding.utf8", ...),
    ("a3efbbbf", "!encoding.utf8", ...),
    ("a3eda080", "!encoding.utf8", ...),
    ("0102", "!encoding.trailing", ...),
    ("", "!encoding.truncated", ...),
    ("ddffffffff", "!encoding.truncated", ...),
    ("91" * 8 + "00", [[[[[[[[0]]]]]]]], ...),
    ("91" * 9 + "00", "!encoding.depth", ...),
    ("d90161", "!encoding.not-shortest", ...),
    ("dc000100", "!encoding.not-shortest", ...),
    ("d0ff", "!encoding.not-shortest", ...),
    ("d0e0", "!encoding.not-shortest", ...),
    ("d0df", -33, ...),
    ("d1ff80", "!encoding.not-shortest", ...),
    ("d1ff7f", -129, ...),
    ("d2ffff7fff", -32769, ...),
    ("d3ffffffff80000000", "!encoding.not-shortest", ...),
    ("d3ffffffff7fffffff", -(2**31) - 1, ...),
    ("d3ffe0000000000001", -(2**53) + 1, ...),
    ("d3ffe0000000000000", "!encoding.integer-range", ...),
]


def test_documents() -> None:
    for text, plain, body in DOCUMENTS:
        for want, floats in ((plain, False), (plain if body is ... else body, True)):
            if isinstance(want, str) and want.startswith("!"):
                refused(want[1:], lambda: strict.decode(unhex(text), floats=floats))
            else:
                equal(strict.decode(unhex(text), floats=floats), want)
    refused("encoding.size", lambda: strict.decode(bytes(65_537)))
    refused("encoding.items", lambda: strict.decode(b"\xdc\x10\x00" + bytes(4096)))
    equal(len(strict.decode(b"\xdc\x0f\xff" + bytes(4095))), 4095)


def test_encoder() -> None:
    """What is written is read again, by the own decoder and by a general one."""
    numbers = [0, 1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 - 1]
    values: list[Any] = [*numbers, *(-number for number in numbers), -32, -33, -128, -129, -32768, -32769, -(2**31)]
    values += ["", "é" * 16, "x" * 31, "x" * 32, "x" * 256, b"", bytes(255), bytes(256), [0] * 15, [0] * 16]
    values += [{f"k{n}": n for n in range(16)}, None, True, False, 0.5, -1.25, 1e300, 5e-324]
    for value in values:
        raw = strict.encode(value, floats=True)
        got = strict.decode(raw, floats=True)
        equal((got, type(got)), (value, type(value)))
        equal(msgpack.unpackb(raw, raw=False), value)
    equal(strict.encode(-0.0), b"\x00")
    equal(strict.encode(3.0), b"\x03")
    refused("encoding.integer-range", lambda: strict.encode(2**53))
    refused("encoding.float", lambda: strict.encode(0.5))
    refused("encoding.utf8", lambda: strict.encode("\ud800"))
    refused("encoding.forbidden-key", lambda: strict.encode({"constructor": 1}))
    refused("encoding.depth", lambda: strict.encode([[[[[[[[[]]]]]]]]]))


def test_decoder_never_surprises() -> None:
    """Whatever comes, the decoder answers with a value that a general decoder agrees on, or with its own error."""
    for length in range(1, 9):
        for _ in range(3000):
            raw = secrets.token_bytes(length)
            try:
                value = strict.decode(raw, floats=True)
            except strict.EncodingError:
                continue
            equal(msgpack.unpackb(raw, raw=False), value)


# statements.md


def claims(**more: Any) -> dict[str, Any]:
    return {"net": NET, "iat": NOW, "nonce": NONCE, **more}


def test_note() -> None:
    equal(NET.hex(), NET_HEX)
    payload = strict.encode(claims())
    equal(payload, unhex("83" + COMMON_HEX))
    envelope = st.seal_statement(ALICE, "note", payload)
    signature = (
        "e3fbc10abbe552a40c2fe6ab07b9b75f6b6d16dfd3741d951014eda7291a096f"
        "4c35b4c499ef930f0234b869a7ba66ce57d25eb402160348ad7a9eee63f07f09"
    )
    equal(envelope, unhex(f"95 01 a46e6f7465 c44c 83{COMMON_HEX} c420 {ALICE_HEX} c440 {signature}"))
    form = ident.signing_form("note", ALICE.key, payload)
    equal(form, unhex(f"54727573744d6573682f7631 20 34 20 6e6f7465 20 {ALICE_HEX} 20 3736 20 83{COMMON_HEX}"))
    equal(st.open_statement(envelope, NET).id.hex(), "1277d00f788dfcf706ae6e669b888aeb42e94908306b61bf7a00856c566378b3")
    refused("statement.signature", lambda: st.open_statement(envelope[:-1] + b"\x08", NET))
    refused("statement.other-mesh", lambda: st.open_statement(envelope, bytes(32)))
    refused("encoding.trailing", lambda: st.open_statement(envelope + b"\x00", NET))
    refused("statement.version", lambda: st.open_statement(strict.encode([2]), NET))
    refused("statement.size", lambda: st.open_statement(bytes(40_961), NET))
    refused("key.length", lambda: st.open_statement(strict.encode([1, "note", b"", bytes(31), bytes(64)]), NET))


def attestation_claims(**changes: Any) -> dict[str, Any]:
    fields = claims(
        sub=BOB.key,
        ctx="tool/search",
        value=800,
        weight=2000,
        evidence=[],
        evidenceAt=NOW,
        exp=NOW + st.DAY_MS,
        seq=NOW,
    )
    fields.update(changes)
    return fields


def test_attestation() -> None:
    envelope = st.attestation(
        ALICE, NET, BOB.key, 800, NOW, context="tool/search", lifetime=st.DAY_MS, nonce=NONCE
    )
    payload = unhex(
        f"8b {COMMON_HEX} a3737562 c420 {BOB_HEX} a3637478 ab746f6f6c2f736561726368 a576616c7565 cd0320"
        "a6776569676874 cd07d0 a865766964656e6365 90 aa65766964656e63654174 d30000018bcfe56800"
        "a3657870 d30000018bd50bc400 a3736571 d30000018bcfe56800"
    )
    signature = unhex(
        "62ace68dea6782ad0d7f2352b6771118796e8431364173479fe65419671f2713"
        "92c265e3b173b801847f045c89d32201d986a86693d5378b867b3e3631b82406"
    )
    equal(strict.decode(envelope), [1, "attestation", payload, ALICE.key, signature])
    statement = st.open_statement(envelope, NET)
    equal(statement.id.hex(), "d3d879c9b9c55d41f20f8fe62a67927815f9eaf52ec0a03935eaed5399519038")

    def attempt(**changes: Any) -> Callable[[], Any]:
        raw = st.seal_statement(ALICE, "attestation", strict.encode(attestation_claims(**changes)))
        return lambda: st.open_statement(raw, NET)

    refused("attestation.self", attempt(sub=ALICE.key))
    refused("attestation.expiry", attempt(exp=NOW))
    refused("attestation.expiry", attempt(exp=NOW + st.YEAR_MS + 1))
    refused("attestation.evidence-time", attempt(evidenceAt=NOW + 1))
    refused("attestation.seq", attempt(seq=NOW + 1))
    for change in (
        {"value": 1001},
        {"value": True},
        {"weight": 0},
        {"ctx": "Tool"},
        {"ctx": "a//b"},
        {"ctx": "tool\n"},
        {"ctx": "/".join("a" * 9)},
        {"sub": bytes(32)},
        {"more": 1},
        {"evidence": [bytes(31)]},
        {"evidence": [bytes(32)] * 17},
    ):
        refused("attestation.malformed", attempt(**change))
    equal(attempt(ctx="")().type, "attestation")


def revocation(issuer: ident.Identity, target: bytes, net: bytes = NET, **more: Any) -> bytes:
    payload = strict.encode(
        {"net": net, "iat": NOW, "nonce": NONCE, "target": {"did": target}, "reason": "leaked key", **more}
    )
    return st.seal_statement(issuer, "revocation", payload)


def test_revocation() -> None:
    envelope = revocation(ALICE, BOB.key)
    payload = unhex(
        f"85 {COMMON_HEX} a6746172676574 81 a3646964 c420 {BOB_HEX} a6726561736f6e aa6c65616b6564206b6579"
    )
    signature = unhex(
        "cf0cf94cad6b8dc7fdde068a28204bc8edb9647830d10682d2a6971b9e0b747f"
        "792a794e33eba3d648609deb313c8d340fe0d1a861176195edb641abd7fccd05"
    )
    equal(strict.decode(envelope), [1, "revocation", payload, ALICE.key, signature])
    statement = st.open_statement(envelope, NET)
    equal(statement.id.hex(), "8be4b111f647404f8ef1877fe9a05a47c6155d1c9f92085d7ab9e40b5bcf5355")
    refused("revocation.malformed", lambda: st.open_statement(revocation(ALICE, BOB.key, reason="a\u200eb"), NET))
    refused("revocation.malformed", lambda: st.open_statement(revocation(ALICE, BOB.key, reason="\U0001f600" * 129), NET))
    refused("revocation.malformed", lambda: st.open_statement(revocation(ALICE, BOB.key, path=[1]), NET))


def test_proof() -> None:
    """ST-40, HS-51."""
    bob = BOB.key
    by_alice, by_carol, by_bob = revocation(ALICE, bob), revocation(CAROL, bob), revocation(BOB, bob)

    def shown(proof: list[bytes], authorities: list[bytes], threshold: int) -> bool:
        return st.proves_revocation(proof, bob, NET, authorities, threshold)

    equal(shown([by_alice], [ALICE.key], 1), True)
    equal(shown([by_alice], [CAROL.key], 1), False)
    equal(shown([by_alice], [ALICE.key, CAROL.key], 2), False)
    equal(shown([by_alice, by_alice], [ALICE.key, CAROL.key], 2), False)
    equal(shown([by_alice, by_carol], [ALICE.key, CAROL.key], 2), True)
    equal(shown([by_bob], [], 2), True)
    equal(shown([], [ALICE.key], 0), False)
    equal(shown([revocation(ALICE, CAROL.key)], [ALICE.key], 1), False)
    equal(shown([revocation(ALICE, bob, net=bytes(32))], [ALICE.key], 1), False)
    equal(shown([by_alice[:-1] + b"\x00", b"\xc1"], [ALICE.key], 1), False)


def test_rotation() -> None:
    commitment = unhex("0711adfe6428400c55a9f15b4d0bd8f4f59b1d45dfb84f2c7a414aa423e0f1bc")
    proof = BOB.sign(st.SUCCESSOR, st.successor_payload(NET, ALICE.key, commitment))
    payload = strict.encode(claims(to=BOB.key, next=commitment, proof=proof))
    rotation = st.open_statement(st.seal_statement(ALICE, "rotation", payload), NET)
    equal(rotation.id.hex(), "fdcaa68730fbf198d827f825cc315b09dca077b55226b8f1251d5f359da550a7")


def test_recovery() -> None:
    """ST-46."""

    def manifest(issuer: ident.Identity, seq: int, **more: Any) -> bytes:
        payload = claims(name="bob", version="1", capabilities=[], bom=[], seq=seq, **more)
        return st.seal_statement(issuer, "manifest", strict.encode(payload))

    def shown(*path: bytes) -> bool:
        revoked = revocation(CAROL, BOB.key, path=list(path))
        return st.proves_revocation([revoked], BOB.key, NET, [ALICE.key], 1)

    first = manifest(BOB, 0, recovery=CAROL.key)
    equal(shown(first), True)
    equal(shown(first, first), False)
    equal(shown(manifest(BOB, 0, recovery=ALICE.key)), False)
    equal(shown(manifest(BOB, 0)), False)
    equal(shown(manifest(CAROL, 0, recovery=BOB.key)), False)
    equal(shown(manifest(BOB, NOW, recovery=CAROL.key)), False)


# delegation.md


LIMIT = {"op": "lte", "at": ["limit"], "value": 10}
ARGS = strict.encode({"query": "cats", "limit": 10})


def chain(where: list[Any]) -> tuple[st.Statement, st.Statement]:
    """From alice over bob to carol."""
    first = ch.delegation(
        ALICE, NET, BOB.key, "/tool/search", NOW, where=where, lifetime=st.DAY_MS, depth=1, nonce=NONCE
    )
    parent = st.open_statement(first, NET)
    second = ch.delegation(
        BOB, NET, CAROL.key, "/tool/search", NOW, parent=parent, lifetime=st.DAY_MS, nonce=NONCE
    )
    return parent, st.open_statement(second, NET)


def used(
    links: tuple[st.Statement, ...], ledger: ch.Ledger, *, now: int = NOW, nonce: bytes = NONCE, **own: Any
) -> tuple[str, int | None] | None:
    """The refusal of a use of a chain by carol with alice."""
    shown = ch.invocation(CAROL, NET, ALICE.key, links[-1].id, "/tool/search", ARGS, now, nonce=nonce)
    use = ch.Use([link.envelope for link in links], shown, ARGS, "/tool/search", CAROL.key)
    nobody: frozenset[bytes] = frozenset()
    executor = ch.Executor(
        key=ALICE.key,
        net=NET,
        root=ALICE.key,
        now=now,
        known=ch.Knowledge(nobody, nobody, nobody, now),
        max_age_ms=0,
        opinion=lambda _: (500, 0),
        **own,
    )
    try:
        ch.verify_use(use, executor, ledger)
    except ch.ChainError as error:
        return error.code, error.link
    return None


def test_chain() -> None:
    links = chain([LIMIT])
    equal(links[0].id.hex(), "0cfaf9c1c85416461cde8b51eceaa221ae94fb793ac54268b48b85c673642e30")
    equal(links[1].id.hex(), "eb7d03553a721c3570ba0765de8c9b0e2703cc3aef9d56c7b973227ec6cda31b")
    equal(ident.sha256(ARGS).hex(), "1d7c56708af4a06686ad9df7e74c7396ef1c577079940ab13142f992e71db424")
    shown = ch.invocation(CAROL, NET, ALICE.key, links[1].id, "/tool/search", ARGS, NOW, nonce=NONCE)
    equal(st.open_statement(shown, NET).id.hex(), "4112fc926fb42fd7ec3a53b8a152f297f3e2f8cb43c4b865951142ce52d60ada")
    ledger = ch.Ledger()
    equal(used(links, ledger), None)
    equal(used(links, ledger), ("chain.invocation-replayed", None))
    end = NOW + st.DAY_MS + 60_000
    equal(used(links, ch.Ledger(), now=end - 1), None)
    equal(used(links, ch.Ledger(), now=end), ("chain.expired", 0))
    refused("delegation.self", lambda: ch.delegation(ALICE, NET, ALICE.key, "/tool", NOW))
    wide = {"op": "prefix", "at": ["x" * 64] * 8, "value": ""}
    refused("delegation.size", lambda: ch.delegation(ALICE, NET, BOB.key, "/tool", NOW, where=[wide] * 8))
    equal(used(links, ledger, min_tier="trusted", nonce=bytes(16)), ("chain.standing", 0))
    equal(used(links, ledger, nonce=bytes(16)), ("chain.invocation-replayed", None))  # DG-54: spent nevertheless


def test_counters() -> None:
    """DG-53."""
    alone = {"op": "executors", "dids": [ALICE.key]}
    links = chain([alone, {"op": "maxCalls", "limit": 3}, {"op": "rate", "limit": 1, "windowMs": 1000}])
    ledger = ch.Ledger()
    found = [
        used(links, ledger, now=NOW + late, nonce=bytes([number]) * 16)
        for number, late in enumerate((0, 999, 1000, 1999, 2000, 3000))
    ]
    exhausted = ("chain.exhausted", 0)
    equal(found, [None, exhausted, None, exhausted, None, exhausted])


def test_constraints() -> None:
    """DG-11, DG-20 and DG-36."""
    one, two = ({"op": "executors", "dids": [key.key for key in keys]} for keys in ((ALICE,), (ALICE, BOB)))
    calls = {"op": "maxCalls", "limit": 1}
    for where, fits in (
        ([LIMIT] * 64, True),
        ([LIMIT] * 65, False),
        ([{"op": "and", "of": [LIMIT] * 63}], True),
        ([{"op": "and", "of": [LIMIT] * 63}, LIMIT], False),
        ([{"op": "not", "of": LIMIT}] * 33, False),
        ([one, calls], True),
        ([calls], False),
        ([two, calls], False),
        ([{"op": "not", "of": one}], False),
        ([{**LIMIT, "value": True}], False),
        ([{**LIMIT, "value": 0.5}], False),
        ([{**LIMIT, "more": 1}], False),
        ([{**LIMIT, "at": ["x"] * 9}], False),
        ([{**LIMIT, "at": ["🦊" * 33]}], False),
        ([{"op": []}], False),
        ([{"op": "in", "at": [], "values": []}], False),
        ([{"op": "minTier", "tier": "probation"}], False),
    ):
        equal((where, is_where(where)), (where, fits))
    for predicate, args, truth in (
        ({"op": "eq", "value": 1}, True, None),
        ({"op": "eq", "value": 1}, 1.5, False),
        ({"op": "glob", "value": "*b*"}, "a/b", False),
        ({"op": "glob", "value": "*/*"}, "a/b", True),
    ):
        equal(evaluate({"at": [], **predicate}, args, Steps()), truth)
    one_of = {"op": "in", "at": [], "values": ["a", "b", "c"]}
    for steps, truth in ((4, True), (3, None)):  # for all values, though the first decides
        equal(evaluate(one_of, "a", Steps(steps)), truth)
    text = {"op": "glob", "at": [], "value": "*"}
    for steps, truth in ((9, True), (8, None)):
        equal(evaluate(text, "a🦊" + "b" * 5, Steps(steps)), truth)
    of_all = {"op": "or", "of": [text, {"op": "prefix", "at": [], "value": ""}]}
    equal(evaluate(of_all, "abc", Steps(4)), None)  # the second would have cost one


# trust.md


def test_scores() -> None:
    """What the vectors leave open."""

    def said(iss: str, sub: str, ctx: str, value: int, late: int = 0) -> Attestation:
        return Attestation(iss, sub, ctx, value, 3000, NOW, NOW - late, NOW + 1)

    def found(*attestations: Attestation) -> tuple[int, int, int]:
        score = scores(attestations, "a", NOW, frozenset({"root"}))["bob"]
        return score.credit, score.positive, score.negative

    most = found(said("root", "bob", "a", 1000))
    equal(most, (219, 3_000_000, 0))
    equal(found(said("root", "bob", "a", 1000), said("root", "bob", "", 1000)), most)
    equal(found(said("root", "bob", "a", 1000), said("bob", "bob", "a", -1000)), most)
    old = said("root", "bob", "a", 1000, 15_552_000_000)
    equal(found(old, said("root", "bob", "", 0)), found(old))  # one that says 0 makes nothing younger


# handshake.md


def run(initiator: Initiator, responder: Responder) -> tuple[Welcome | Refusal, Responder]:
    step: bytes | Welcome | Refusal = initiator.start()
    while isinstance(step, bytes):
        step = initiator.receive(responder.receive(step))
    return step, responder


def respond_as(identity: ident.Identity = ALICE, tickets: Tickets | None = None, **more: Any) -> Responder:
    return respond(identity, NET, Tickets() if tickets is None else tickets, **more)


def initiator(ticket: Ticket | None = None, responder: bytes = ALICE.key) -> Initiator:
    return Initiator(BOB, NET, responder, ticket=ticket)


def test_handshake() -> None:
    tickets = Tickets()
    first, responder = run(initiator(), respond_as(tickets=tickets))
    assert isinstance(first, Welcome) and first.ticket is not None and responder.welcome is not None
    equal((first.resumed, first.keys, responder.welcome.peer), (False, responder.welcome.keys, BOB.key))
    second, responder = run(initiator(first.ticket), respond_as(tickets=tickets, cookie=b"x"))
    assert isinstance(second, Welcome) and responder.welcome is not None
    equal((second.resumed, second.keys), (True, responder.welcome.keys))
    third, _ = run(initiator(first.ticket), respond_as(tickets=tickets))
    assert isinstance(third, Welcome)
    equal(third.resumed, False)  # a ticket is good once
    stale = dataclasses.replace(first.ticket, expires=time.monotonic())
    equal("ticket" in strict.decode(initiator(stale).start())[1], False)
    refusal, _ = run(initiator(), respond_as(final={"refusal": "busy", "proof": []}))
    equal(refusal, Refusal("busy", []))
    refused("handshake.unexpected", lambda: run(initiator(), respond_as(purpose="peer")))


def test_handshake_failures() -> None:
    def challenge(change: Callable[[list[Any]], Any]) -> Callable[[], Any]:
        own = initiator()
        frame = strict.decode(respond_as().receive(own.start()))
        return lambda: own.receive(strict.encode(change(frame)))

    def clear(**fields: Any) -> Callable[[list[Any]], Any]:
        return lambda frame: [2, strict.encode({**strict.decode(frame[1]), **fields}), frame[2]]

    refused("handshake.unexpected", challenge(lambda frame: [4, frame[2]]))
    refused("handshake.malformed", challenge(lambda frame: frame + [1]))
    refused("handshake.malformed", challenge(clear(more=1)))
    refused("handshake.malformed", challenge(clear(resumed=True)))
    refused("handshake.version", challenge(clear(suite=2)))
    refused("handshake.weak-key", challenge(clear(e=bytes(32))))
    refused("handshake.unsealed", challenge(clear(n=bytes(32))))
    refused("handshake.unsealed", challenge(lambda frame: [2, frame[1], bytes(len(frame[2]))]))
    refused("handshake.unsealed", challenge(lambda frame: [2, frame[1], b""]))

    own = initiator()
    impostor = respond_as(CAROL, named=ALICE.key)
    refused("handshake.peer", lambda: own.receive(impostor.receive(own.start())))

    own = initiator()
    f2 = respond_as().receive(own.start())
    own.receive(f2)
    refused("handshake.unexpected", lambda: own.receive(f2))

    own = initiator()
    first = strict.encode([0, {"cookie": b"x"}])
    own.start()
    equal(strict.decode(own.receive(first))[1]["cookie"], b"x")  # type: ignore[arg-type]
    refused("handshake.cookie", lambda: own.receive(first))


# session.md


def pair(purpose: str = "agent") -> tuple[Session, Session]:
    welcome, responder = run(initiator(), respond_as())
    assert isinstance(welcome, Welcome)
    of = {"purpose": purpose}
    return Session(welcome.keys, BOB.key, **of), Session(welcome.keys, ALICE.key, role="responder", **of)


def test_session() -> None:
    agent, node = pair()
    ping, pong, rekey = Frame("ping", {"n": 1}), Frame("pong", {"n": 1}), Frame("rekey", {})

    def heard(by: Session, sealed: list[bytes]) -> list[Frame]:
        return [frame for message in sealed for frame in by.open(message)]

    for said in ([ping], [ping, rekey], [ping, rekey, ping], [ping] * 200):
        equal(heard(node, agent.seal(said)), said)
    sealed = agent.seal([Frame("message", {"id": bytes(16), "to": CAROL.key, "body": bytes(30_000)})] * 3)
    equal([len(node.open(each)) for each in sealed], [2, 1])
    equal(heard(agent, node.seal([pong, rekey])), [pong, rekey])
    (message,) = node.seal([pong])
    equal(agent.open(message), [pong])
    refused("frame.unsealed", lambda: agent.open(message))  # replayed

    def says(*frames: Frame) -> Callable[[], Any]:
        own, other = pair()
        return lambda: heard(own, other.seal(frames))

    refused("frame.unexpected", says(ping))
    refused("frame.malformed", says(Frame("pong", {"n": -1})))
    refused("frame.malformed", says(Frame("pong", {"n": 1, "m": 1})))
    refused("frame.malformed", says(Frame("hm", {})))
    told = {"did": CAROL.key, "status": "active", "score": 650, "tier": "trusted", "confidence": 500, "epoch": 3}
    equal(says(Frame("standing", told))()[0].fields, told)
    refused("frame.malformed", says(Frame("standing", {**told, "tier": "known"})))
    refused("frame.malformed", says(Frame("standing", {**told, "did": bytes(32)})))
    sent = {"id": bytes(16), "to": BOB.key, "from": CAROL.key, "body": b""}
    equal(says(Frame("message", sent))()[0].fields, sent)
    refused("frame.unexpected", says(Frame("message", {**sent, "to": ALICE.key})))
    refused("frame.unexpected", says(Frame("message", {k: v for k, v in sent.items() if k != "from"})))
    refused("frame.malformed", says(Frame("message", {**sent, "body": bytes(61_441)})))


def test_bodies() -> None:
    equal(decode_body(encode_body(["k", {"x": 0.5, "y": 1.0, "z": -0.0}])), ["k", {"x": 0.5, "y": 1, "z": 0}])
    equal(encode_body(0.5), b"\xcb" + struct.pack(">d", 0.5))
    for large in (bytes(70_000), "é" * 40_000, [0.5] * 7_300, [[1] * 5_000, "x" * 70_000]):
        equal(decode_body(encode_body(large)), large)
    refused("encoding.items", lambda: encode_body([1] * 5_000))
    refused("encoding.items", lambda: decode_body(b"\xdc\x13\x88" + bytes(5_000)))
    refused("encoding.size", lambda: encode_body(bytes(1_048_576)))


def test_gate() -> None:
    for score, confidence, tier in (
        (1000, 1000, "vouched"),
        (800, 699, "trusted"),
        (799, 1000, "trusted"),
        (800, 499, "known"),
        (400, 0, "known"),
        (399, 1000, "probation"),
        (199, 1000, "untrusted"),
    ):
        equal(tier_of(score, confidence), tier)
    book = Standings()

    def verdict(min_tier: str = "known") -> str | None:
        denial = judge(book, BOB.key, Need("k", min_tier))
        return None if denial is None else denial["code"]

    def tell(key: bytes, epoch: int, status: str = "active", score: int = 500) -> None:
        told = {"did": key, "status": status, "score": score, "confidence": 0, "epoch": epoch}
        book.tell({**told, "tier": tier_of(score, 0)})

    equal(verdict(), "gate.unknown-standing")
    tell(BOB.key, 0)
    equal(verdict(), None)
    equal(verdict("trusted"), "gate.tier-too-low")
    tell(CAROL.key, 1)
    equal(verdict(), "gate.stale-standing")
    tell(BOB.key, 1)
    equal(verdict(), None)
    tell(BOB.key, 2, "revoked", 0)
    equal(verdict(), "gate.revoked")
    tell(BOB.key, 3, "suspended", 0)
    equal(verdict(), "gate.suspended")
    denial = judge(Standings(), BOB.key, Need("k", "trusted"))
    assert denial is not None
    equal(set(denial), {"code", "peer", "have", "need", "why", "fix"})
    equal((denial["have"], denial["need"]), (None, {"kind": "k", "minTier": "trusted", "score": 600, "confidence": 500}))
    encode_body({"code": "denied", "denial": denial})


# peers.md


def test_receipts() -> None:
    asked = st.receipt(ALICE, NET, BOB.key, b"body", NOW)
    number = st.open_receipt(asked, NET, ALICE.key, BOB.key, b"body").id
    answered = st.receipt(BOB, NET, ALICE.key, b"reply", NOW, number)
    equal(st.open_receipt(answered, NET, BOB.key, ALICE.key, b"reply", number).signer, BOB.key)
    for changes in ({"signer": CAROL.key}, {"to": CAROL.key}, {"body": b"other"}, {"re": bytes(32)}, {"re": None}):
        shown = {"signer": BOB.key, "to": ALICE.key, "body": b"reply", "re": number} | changes
        refused("receipt.other", lambda: st.open_receipt(answered, NET, **shown))
    refused("statement.other-mesh", lambda: st.open_receipt(asked, bytes(32), ALICE.key, BOB.key, b"body"))
    note = st.seal_statement(ALICE, "note", strict.encode(claims(to=BOB.key, body=ident.sha256(b"body"))))
    refused("receipt.type", lambda: st.open_receipt(note, NET, ALICE.key, BOB.key, b"body"))
    more = st.seal_statement(ALICE, "receipt", strict.encode(claims(to=BOB.key, body=ident.sha256(b"body"), n=1)))
    refused("receipt.malformed", lambda: st.open_receipt(more, NET, ALICE.key, BOB.key, b"body"))


def test_said_frames() -> None:
    """PE-10, PE-11 and PE-16, beside the vectors."""
    full, part = bytes(MAX_PART), {"n": 1, "kind": "reply", "re": 1, "body": b""}
    for good in ({"calls": 0}, {"more": True, "body": full}):
        equal(parse_frames(strict.encode([["say", part | good]]))[0].fields, part | good)
    parts = [{"more": True, "body": full} | each for each in ({"calls": 1}, {"receipt": b"r"})]
    for bad in ({"calls": -1}, {"kind": "item", "calls": 1}, {"more": False}, *parts):
        refused("frame.malformed", lambda: parse_frames(strict.encode([["say", part | bad]])))


def test_lines() -> None:
    lost: list[str] = []
    heard: list[str] = []

    def message(name: str, size: int = 1, **more: Any) -> Message:
        return Message(
            "one-way",
            name.encode() + bytes(size),
            on_failed=lambda code: lost.append(f"{name} {code}"),
            on_heard=lambda: heard.append(name),
            **more,
        )

    def numbers(frames: list[Frame]) -> list[int]:
        return [frame.fields["n"] for frame in frames]

    line, most = Outgoing(), 1 << 20
    first, second, large = message("first"), message("second"), message("large", 200_000)
    for each in (first, second, large, message("last")):
        line.say(each)
    frames = line.due(most)
    equal(numbers(frames), [1, 2, 3, 4, 5, 6, 7])
    equal([len(frame.fields["body"]) for frame in frames[2:5]], [MAX_PART] * 3)
    equal([("more" in frame.fields) for frame in frames], [False, False, True, True, True, False, False])
    line.hear(1)
    second.is_given_up = True
    equal((heard, line.next), (["first"], 2))
    refused("frame.unexpected", lambda: line.hear(0))
    refused("frame.unexpected", lambda: line.hear(8))

    line.resume(1)  # the second is left out, and all behind it has other numbers
    again = line.due(most)
    equal(numbers(again), [2, 3, 4, 5, 6])
    line.hear(3)
    large.is_given_up = True
    line.resume(3)  # parts of it were heard: all of it is said
    equal(numbers(line.due(most)), [4, 5, 6])

    line.say(message("answer", re=1))
    line.say(message("huge", most))
    line.say(message("unsaid"))
    line.restart()
    equal((lost, line.next), (["last message.interrupted"], 4))
    equal([frame.fields["body"] for frame in line.due(most)], [b"unsaid\0"])
    equal(lost[1:], ["huge message.too-big"])
    line.say(message("never"))
    line.fail_unsaid("message.recipient-offline")
    equal(lost[2:], ["never message.recipient-offline"])

    window = Outgoing()
    for _ in range(10):
        window.say(message("x", MAX_PART - 2))
    equal(numbers(window.due(most)), [1, 2, 3, 4, 5])

    taken = Incoming(bytes(8), 4)
    said = {"n": 4, "kind": "one-way", "body": bytes(MAX_PART), "more": True}
    equal(taken.take(said, most), None)
    refused("frame.unexpected", lambda: taken.take(said, most))
    refused("frame.unexpected", lambda: taken.take({**said, "n": 6}, most))
    refused("frame.too-big", lambda: taken.take({**said, "n": 5}, MAX_PART + 1))
    whole = taken.take({"n": 5, "kind": "one-way", "body": b"x"}, most)
    assert whole is not None
    equal((whole.n, len(whole.body), taken.heard["n"]), (5, MAX_PART + 1, 5))


async def asking_and_told() -> None:
    """What may answer a question, and of whom (PE-13 to PE-15)."""
    events: list[Any] = []
    asking.emit = lambda event, **fields: events.append((event, fields["id"], fields.get("code")))  # type: ignore[assignment]
    given_up: list[Any] = []

    class Owner:
        identity, net = ALICE, NET

        def conversation(self, peer: bytes) -> Any:
            return self

        def say(self, message: Message) -> None:
            message.is_begun, message.number = True, message.grant or 9

        def give_up(self, message: Message) -> None:
            given_up.append(message.kind)

    told = asking.Asking(Owner())

    def answer(peer: ident.Identity, re: int, kind: str, receipt: bytes | None = None) -> None:
        body = b"" if kind == "end" else b"\xc0"
        told.answered(peer.key, Said(1, kind, body, re, None, receipt, None, None))

    told.ask("stream", BOB.key, "stream", b"body", grant=2)
    answer(CAROL, 2, "item")
    answer(BOB, 2, "reply")
    answer(BOB, 3, "item")
    equal((events, given_up, told.is_waiting_for(BOB.key)), ([], [], True))
    for _ in range(3):
        answer(BOB, 2, "item")
    equal(events, [("item", "stream", None)] * 2 + [("error", "stream", "stream.not-granted")])
    equal((given_up, told.is_waiting_for(BOB.key)), (["stream"], False))

    events.clear()
    own = st.receipt(ALICE, NET, BOB.key, b"body", NOW)
    number = st.open_statement(own, NET).id
    shown = st.receipt(BOB, NET, ALICE.key, b"\xc0", NOW, number)
    for receipt in (None, own, st.receipt(BOB, NET, ALICE.key, b"\xc0", NOW), shown):
        told.ask("signed", BOB.key, "request", b"body", receipt=own)
        answer(BOB, 9, "reply", receipt)
    codes = ["receipt.none", "receipt.other", "receipt.other"]
    equal(events, [*(("error", "signed", code) for code in codes), ("reply", "signed", None)])


def test_asking() -> None:
    emit = asking.emit
    try:
        asyncio.run(asking_and_told())
    finally:
        asking.emit = emit


class Side:
    """One agent of a conversation, and a network that loses what it is told to."""

    def __init__(self, identity: ident.Identity) -> None:
        self.identity = identity
        self.net = NET
        self.tickets = Tickets()
        self.other: Side | None = None
        self.conversation: Conversation | None = None
        self.said: list[Any] = []
        self.events: list[Any] = []
        self.posted: list[bytes] = []
        self.loses: Callable[[bytes], bool] = lambda packet: False
        self.refusal: str | None = None

    def meet(self, other: "Side") -> None:
        self.other = other
        self.conversation = Conversation(other.identity.key, self)

    def post(self, peer: bytes, packet: bytes) -> None:
        assert self.other is not None
        self.posted.append(packet)
        if not self.loses(packet):
            asyncio.get_running_loop().call_soon(self.other.deliver, packet)

    def deliver(self, packet: bytes) -> None:
        assert self.conversation is not None
        self.conversation.on_packet(packet)

    def say(self, text: str, **more: Any) -> None:
        assert self.conversation is not None
        heard, failed = lambda: self.events.append(("heard", text)), lambda code: self.events.append((code, text))
        self.conversation.say(Message("one-way", text.encode(), on_heard=heard, on_failed=failed, **more))

    def refusal_of(self, peer: bytes) -> str | None:
        return self.refusal

    def met(self, peer: bytes, role: str, resumed: bool) -> None:
        self.events.append((role, resumed))

    def received(self, conversation: Conversation, said: Any) -> None:
        self.said.append(said.body.decode())

    def interrupt(self, peer: bytes) -> None:
        pass

    def is_waiting_for(self, peer: bytes) -> bool:
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def settled(*sides: Side) -> None:
    """Until everybody has heard what was said to it."""
    await asyncio.sleep(0.02)
    await until(lambda: all(side.conversation is not None and side.conversation.is_idle for side in sides))
    await asyncio.sleep(0.02)


async def conversing() -> None:
    alice, bob = Side(ALICE), Side(BOB)
    alice.meet(bob)
    bob.meet(alice)
    alice.say("a1")
    bob.say("b1")  # both begin at once: the lower key goes on, which is bob's
    await settled(alice, bob)
    equal((alice.said, bob.said), (["b1"], ["a1"]))
    equal((alice.events, bob.events), ([("responder", False), ("heard", "a1")], [("initiator", False), ("heard", "b1")]))
    equal(sum(packet[16:18] == b"\x92\x01" for side in (alice, bob) for packet in side.posted), 2)
    assert alice.conversation is not None and bob.conversation is not None

    # A packet is lost: what was in it is said again, once; with the ticket, which is bob's to use.
    alice.events, bob.events, alice.said, bob.said = [], [], [], []
    losses = [True]
    bob.loses = lambda packet: bool(losses) and losses.pop()
    bob.say("b2")
    await asyncio.sleep(0.01)
    bob.say("b3")
    await settled(alice, bob)
    equal((alice.said, bob.events), (["b2", "b3"], [("initiator", True), ("heard", "b2"), ("heard", "b3")]))

    # A packet again is one that does not open, and costs the session; what it said is heard once.
    before = len(bob.posted)
    bob.say("b4")
    await asyncio.sleep(0.01)
    alice.deliver(bob.posted[before])
    alice.say("a2")
    await settled(alice, bob)
    equal((alice.said, bob.said), (["b2", "b3", "b4"], ["a2"]))

    # What belongs to no connection is answered with nothing in it, and that with nothing.
    before = len(alice.posted)
    alice.deliver(bytes(16) + b"x")
    alice.deliver(bytes(16))
    alice.deliver(bytes(15))
    equal(alice.posted[before:], [bytes(16)])

    # Who greets twice has no session any more.
    before = len(alice.posted)
    bob.conversation.greet()
    await asyncio.sleep(0.01)
    equal([len(packet) for packet in alice.posted[before:]], [16])
    bob.say("b5")
    await settled(alice, bob)

    # Another program in bob's place: what was not heard has failed, and the rest goes on.
    alice.events = []
    alice.loses = lambda packet: True
    alice.say("a3")
    await asyncio.sleep(0.01)
    alice.loses = lambda packet: False
    bob.meet(alice)
    bob.said = []
    alice.say("a4")
    await settled(alice, bob)
    equal(bob.said, [])
    equal([event for event in alice.events if event[0] == "message.interrupted"], [
        ("message.interrupted", "a3"), ("message.interrupted", "a4"),
    ])
    alice.say("a5")
    await settled(alice, bob)
    equal((bob.said, alice.events[-1]), (["a5"], ("heard", "a5")))

    # Whoever is cut off has no session, though it proves who it is.
    bob.refusal = "suspended"
    alice.events = []
    bob.conversation.close("session.closed")
    await asyncio.sleep(0.01)
    alice.say("a6")
    await until(lambda: bool(alice.events))
    equal((alice.events, bob.said), ([("message.refused", "a6")], ["a5"]))
    bob.refusal = None

    # Nor has who is another than the node says it is, which carries all of it.
    carol = Side(CAROL)
    carol.meet(bob)
    bob.other, bob.events = carol, []
    carol.say("c1")
    await asyncio.sleep(0.1)
    equal((carol.events, bob.events, bob.said), ([], [], ["a5"]))
    assert carol.conversation is not None
    carol.conversation.close("message.unconfirmed")
    equal(carol.events, [("message.unconfirmed", "c1")])
    bob.other = alice
    alice.say("a7")
    await settled(alice, bob)
    equal(bob.said, ["a5", "a7"])
    for side in (alice, bob):
        assert side.conversation is not None
        side.conversation.close("session.closed")


def test_conversation() -> None:
    asyncio.run(conversing())


def main() -> int:
    failed = 0
    tests = [item for item in (globals() | vars(golden)).items() if item[0].startswith("test_")]
    for name, test in tests:
        try:
            test()
            print("ok  ", name)
        except Exception:
            failed += 1
            print("FAIL", name)
            traceback.print_exc()
    print(f"{len(tests) - failed} of {len(tests)} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
