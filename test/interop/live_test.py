"""The agent against a real node, and against a node that misbehaves. Exit code 0 or 1.

Needs ``node`` and the built packages of this repository; stays on the loopback.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from pathlib import Path
from typing import Any, Callable

from fake_node import Connection, FakeNode, Plan
from identity import Identity, did_of, mesh_id
from msgpack_strict import encode
from session import Frame
from statements import open_statement, seal_statement

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
NODE = REPOSITORY / "packages" / "mesh-node" / "bin" / "trustmesh-node.js"


def check(condition: bool, what: object) -> None:
    if not condition:
        raise AssertionError(what)


class Driven:
    """One agent.py in a process of its own."""

    def __init__(self, join_file: str, seed: bytes) -> None:
        self.identity = Identity(seed)
        self.did = self.identity.did
        self._command = [sys.executable, "-B", str(HERE / "agent.py"), join_file, seed.hex()]
        self._process: asyncio.subprocess.Process | None = None
        self.met: list[tuple[str, bool]] = []  # role and whether it was a resumption, of each session with an agent

    async def start(self) -> "Driven":
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            limit=4_194_304,
            stdout=asyncio.subprocess.PIPE,
            stderr=None if os.environ.get("VERBOSE") else asyncio.subprocess.DEVNULL,
        )
        return self

    def do(self, **command: Any) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def event(self, name: str | None = None, timeout: float = 15) -> dict[str, Any]:
        """The next one, but for new sessions with other agents, which are kept in ``met``."""
        assert self._process is not None and self._process.stdout is not None
        while True:
            line = await asyncio.wait_for(self._process.stdout.readline(), timeout)
            event: dict[str, Any] = json.loads(line) if line else {"event": "eof"}
            if event["event"] != "met":
                break
            self.met.append((event["role"], event["resumed"]))
        check(name is None or event["event"] == name, event)
        return event

    async def ask(self, **command: Any) -> dict[str, Any]:
        self.do(**command)
        return await self.event()

    async def quiet(self, seconds: float) -> None:
        """No event for so long."""
        try:
            event = await self.event(timeout=seconds)
        except asyncio.TimeoutError:
            return
        raise AssertionError(event)

    async def exit(self, timeout: float = 15) -> int:
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), timeout)

    def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()


class Setting:
    """A real node and whatever agents a test starts."""

    def __init__(self, home: str, root: Identity) -> None:
        self._home = home
        self._node = subprocess.Popen(
            ["node", str(NODE)],
            env={
                **os.environ,
                "TRUSTMESH_HOME": home,
                "TRUSTMESH_LISTEN_PORT": "0",
                "TRUSTMESH_ADMIN_PORT": "0",
                "TRUSTMESH_ROOTS": root.did,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._node.stdout is not None
        self._ready = json.loads(self._node.stdout.readline())
        self.join_file: str = self._ready["joinFile"]
        self.net = mesh_id(json.loads(Path(self.join_file).read_text("utf-8"))["root"])
        self._agents: list[Driven] = []

    async def agent(self, seed: bytes | None = None, join_file: str | None = None) -> Driven:
        driven = await Driven(join_file or self.join_file, seed or secrets.token_bytes(32)).start()
        self._agents.append(driven)
        return driven

    async def joined(self, seed: bytes | None = None) -> Driven:
        driven = await self.agent(seed)
        event = await driven.event("joined")
        check(event == {"event": "joined", "did": driven.did, "resumed": False}, event)
        return driven

    def revoke(self, did: str) -> None:
        request = urllib.request.Request(
            self._ready["admin"] + "/v1/revocations",
            data=json.dumps({"did": did, "reason": "a test"}).encode(),
            headers={
                "Authorization": "Bearer " + self._ready["tokens"]["operator"],
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            check(response.status in (200, 201), response.status)

    def write_join_file(self, url: str, node: Identity, authority: Identity, threshold: int = 1) -> str:
        """A join file for a fake node, which is its mesh's root as well."""
        path = Path(self._home) / f"fake-{secrets.token_hex(4)}.json"
        path.write_text(
            json.dumps(
                {
                    "version": 1,
                    "url": url,
                    "node": node.did,
                    "net": fake_net(node).hex(),
                    "root": node.did,
                    "roots": [node.did],
                    "authorities": [authority.did],
                    "threshold": threshold,
                }
            )
        )
        return str(path)

    def end_agents(self) -> None:
        for driven in self._agents:
            driven.kill()
        self._agents.clear()

    def end(self) -> None:
        self.end_agents()
        self._node.terminate()
        self._node.wait(10)


def fake_net(node: Identity) -> bytes:
    return mesh_id(node.did)


ROOT_SEED = secrets.token_bytes(32)


async def test_gate(setting: Setting) -> None:
    """Denied before an attestation by a root, served after it."""
    root, alice, bob = await setting.joined(ROOT_SEED), await setting.joined(), await setting.joined()
    bob.do(do="serve", kind="sum", minTier="trusted")
    bob.do(do="serve", kind="note", minTier="trusted")
    content = {"a": [1, 2.5, -7, None, "é"], "b": {"$bin": "00ff"}}
    await asyncio.sleep(0.3)

    event = await alice.ask(do="request", to=bob.did, kind="sum", content=content, id=1)
    check(event["event"] == "error" and event["code"] == "denied", event)
    check(event["denial"]["code"] == "gate.tier-too-low", event)
    check(event["denial"]["peer"]["did"] == alice.did, event)
    check(event["denial"]["need"] == {"kind": "sum", "minTier": "trusted", "score": 600, "confidence": 500}, event)
    check(await bob.event() == {"event": "denied", "kind": "sum", "from": alice.did}, "denied")
    check(await alice.ask(do="send", to=bob.did, kind="note", content=1, id=2) == {"event": "sent", "id": 2}, "sent")
    check(await bob.event() == {"event": "denied", "kind": "note", "from": alice.did}, "denied")

    event = await root.ask(do="attest", subject=alice.did, value=900, id=3)
    check(event == {"event": "attested", "id": 3}, event)
    event = await alice.ask(do="request", to=bob.did, kind="sum", content=content, id=4)
    check(event["event"] == "reply" and event["content"] == {"echo": content, "for": alice.did}, event)
    check(await bob.event() == {"event": "served", "kind": "sum", "from": alice.did}, "served")
    alice.do(do="send", to=bob.did, kind="note", content=content, id=5)
    check(
        await bob.event() == {"event": "received", "kind": "note", "from": alice.did, "content": content}, "received"
    )
    await alice.event("sent")

    # A change of somebody else's standing makes what was told stale; the node tells it again with the next message.
    await root.ask(do="attest", subject=bob.did, value=100, id=6)
    await bob.ask(do="query", did=bob.did, id=7)
    event = await alice.ask(do="request", to=bob.did, kind="sum", content=None, id=8)
    check(event["event"] == "reply" and event["content"] == {"echo": None, "for": alice.did}, event)
    await bob.event("served")

    # And down again.
    await root.ask(do="attest", subject=alice.did, value=-1000, id=9)
    event = await alice.ask(do="request", to=bob.did, kind="sum", content=None, id=10)
    check(event["code"] == "denied", event)
    await bob.event("denied")

    event = await alice.ask(do="request", to=bob.did, kind="nothing", content=None, id=11)
    check((event["code"], event["denial"]) == ("no-handler", None), event)
    event = await alice.ask(do="request", to=did_of(secrets_key()), kind="sum", content=None, id=12)
    check(event["code"] == "message.recipient-unknown", event)
    event = await alice.ask(do="attest", subject=alice.did, value=1, id=13)
    check(event["code"] == "attestation.self", event)
    bob.do(do="quit")
    check(await bob.exit() == 0, "exit of quit")
    event = await alice.ask(do="request", to=bob.did, kind="sum", content=None, id=14)
    check(event["code"] == "message.recipient-offline", event)


def secrets_key() -> bytes:
    return Identity(secrets.token_bytes(32)).key


async def test_chain(setting: Setting) -> None:
    """Served on somebody's behalf; and not without a chain, against a constraint, or once something is revoked."""
    root, bob, alice, carol = [await setting.joined(seed) for seed in (ROOT_SEED, None, None, None)]
    for number, driven in enumerate((alice, carol)):
        await root.ask(do="attest", subject=driven.did, value=900, id=number)
    bob.do(do="serve", kind="search", minTier="known", can="/tool/search")
    few = {"op": "lte", "at": ["limit"], "value": 10}
    event = await bob.ask(do="delegate", to=alice.did, can="/tool", where=[few], depth=1, id=1)
    first = event["bytes"]
    event = await alice.ask(do="delegate", to=carol.did, can="/tool/search", chain=[first], id=2)
    chain = [first, event["bytes"]]

    async def code(by: Driven, limit: int = 10, **more: Any) -> str | None:
        """Of the denial, or ``None`` where the request is served."""
        event = await by.ask(do="request", to=bob.did, kind="search", content={"limit": limit}, id=3, **more)
        await bob.event("served" if event["event"] == "reply" else "denied")
        if event["event"] == "reply":
            check(event["content"] == {"echo": {"limit": limit}, "for": by.did}, event)
            return None
        need = {"kind": "search", "minTier": "known", "score": 400, "confidence": 0}
        check(event["denial"]["need"] == {**need, "can": "/tool/search", "root": bob.did}, event)
        found: str = event["denial"]["code"]
        return found

    check(await code(carol) == "gate.no-chain", "without a chain")
    check(await code(carol, chain=chain) is None, "a chain of two")
    check(await code(alice, chain=chain[:1], can="/tool/search") is None, "a chain of one")
    check(await code(carol, 11, chain=chain) == "chain.constraint", "a constraint")
    check(await code(alice, chain=chain) == "chain.peer", "in the hands of another")
    check(await code(alice, chain=chain[:1]) == "chain.invocation-capability", "for another action")
    check(await code(carol, chain=chain[1:]) == "chain.parent", "without the first link")

    leaf = {"iss": alice.identity.key, "id": open_statement(bytes.fromhex(chain[1]), setting.net).id}
    payload = {"net": setting.net, "iat": int(time.time() * 1000), "nonce": bytes(16), "target": leaf, "reason": "a test"}
    revocation = seal_statement(alice.identity, "revocation", encode(payload))
    event = await alice.ask(do="statement", bytes=revocation.hex(), id=4)
    check(event == {"event": "attested", "id": 4}, event)
    check(await code(carol, chain=chain) == "chain.void", "a revoked link")
    check(await code(alice, chain=chain[:1], can="/tool/search") is None, "the link before it")
    event = await bob.ask(do="delegate", to=alice.did, can="/tool/search", depth=1, id=5)
    event2 = await alice.ask(do="delegate", to=carol.did, can="/tool/search", chain=[event["bytes"]], id=6)
    setting.revoke(alice.did)
    await alice.event("revoked")
    chain = [event["bytes"], event2["bytes"]]
    check(await code(carol, chain=chain) == "chain.revoked", "a revoked delegate")


async def test_resumption(setting: Setting) -> None:
    alice, bob = await setting.joined(ROOT_SEED), await setting.joined()
    bob.do(do="serve", kind="k", minTier="known")
    for number in range(3):
        for driven in (alice, bob):
            event = await driven.ask(do="resume")
            check(event == {"event": "joined", "did": driven.did, "resumed": True}, event)
        event = await alice.ask(do="request", to=bob.did, kind="k", content=number, id=number)
        check(event["event"] == "reply" and event["content"]["echo"] == number, event)
        await bob.event("served")
        for driven in (alice, bob):
            driven.do(do="rekey")


async def test_peers(setting: Setting) -> None:
    """Streams, parts and receipts between two agents, whatever becomes of their sessions."""
    root, bob = await setting.joined(ROOT_SEED), await setting.joined()
    await bob.ask(do="query", did=root.did, id=0)
    bob.do(do="serve", kind="echo", minTier="known")
    bob.do(do="serve", kind="list", minTier="known", items=5)
    await asyncio.sleep(0.3)

    async def served(id: int, **command: Any) -> dict[str, Any]:
        event = await root.ask(to=bob.did, id=id, **command)
        check(event["event"] == "reply", event)
        await bob.event("served")
        return event

    event = await served(1, do="request", kind="echo", content="x", signed=True)
    check(len(bytes.fromhex(event["receipt"])) == 32, event)
    large = {"$bin": secrets.token_bytes(300_000).hex()}
    event = await served(2, do="request", kind="echo", content=large)
    check(event["content"]["echo"] == large, "in parts")

    for driven in (root, bob):
        driven.do(do="rekey", did=(bob if driven is root else root).did)
    await served(3, do="request", kind="echo", content=1)
    await bob.ask(do="rest", did=root.did)
    bob.do(do="lose", did=root.did)
    await served(4, do="request", kind="echo", content=2)
    root.do(do="resume")
    await root.event("joined")
    await served(5, do="request", kind="echo", content=3)
    check(root.met == [("initiator", False), ("initiator", True)], root.met)

    event = await root.ask(do="request", to=bob.did, kind="list", id=6)
    check(event["code"] == "is-stream", event)
    root.do(do="stream", to=bob.did, kind="list", grant=3, id=7)
    for place in range(3):
        event = await root.event("item")
        check(event["content"] == place, event)
    await bob.event("served")
    check(await bob.event() == {"event": "paused", "said": 3}, "paused")
    await root.quiet(0.3)
    root.do(do="credit", grant=2, id=7)
    check([(await root.event())["event"] for _ in range(3)] == ["item", "item", "end"], "the rest")
    root.do(do="stream", to=bob.did, kind="list", grant=1, id=8)
    await root.event("item")
    await bob.event("served")
    await bob.event("paused")
    root.do(do="cancel", id=8)
    check((await root.event("error"))["code"] == "cancelled", "cancelled")
    await bob.event("cancelled")
    event = await root.ask(do="stream", to=bob.did, kind="echo", content=4, grant=1, id=9)
    check(event["content"]["echo"] == 4, event)
    await root.event("end")


async def test_revocation(setting: Setting) -> None:
    """A notice in a session and a refusal afterwards, both with a proof that holds."""
    seed = secrets.token_bytes(32)
    root, alice, bob = await setting.joined(ROOT_SEED), await setting.joined(seed), await setting.joined()
    await root.ask(do="attest", subject=alice.did, value=900, id=0)
    bob.do(do="serve", kind="k", minTier="known")
    await asyncio.sleep(0.3)
    event = await alice.ask(do="request", to=bob.did, kind="k", content=None, id=1)
    check(event["event"] == "reply", event)
    await bob.event("served")
    setting.revoke(alice.did)
    check(await alice.event() == {"event": "revoked", "verified": True}, "notice")
    check(await alice.exit() == 3, "exit of a notice")
    again = await setting.agent(seed)
    check(await again.event() == {"event": "revoked", "verified": True}, "refusal")
    check(await again.exit() == 3, "exit of a refusal")


async def test_superseded(setting: Setting) -> None:
    seed = secrets.token_bytes(32)
    first = await setting.joined(seed)
    await setting.joined(seed)
    check(await first.event() == {"event": "closed", "code": "session.superseded"}, "superseded")
    check(await first.exit() == 4, "exit")


async def against(
    setting: Setting, plans: list[Plan], then: Callable[[Driven, FakeNode], Any], *, node: Identity, authority: Identity
) -> None:
    fake = FakeNode(node, fake_net(node), plans)
    url = await fake.start()
    driven = await setting.agent(ALICE_SEED, setting.write_join_file(url, node, authority))
    try:
        await then(driven, fake)
        check(not [error for error in fake.errors if isinstance(error, AssertionError)], fake.errors)
    finally:
        driven.kill()
        await fake.stop()


ALICE_SEED = secrets.token_bytes(32)
ALICE = Identity(ALICE_SEED)
FAKE, AUTHORITY, STRANGER = (Identity(secrets.token_bytes(32)) for _ in range(3))


def revocation(issuer: Identity) -> bytes:
    payload = {
        "net": fake_net(FAKE),
        "iat": 1,
        "nonce": bytes(16),
        "target": {"did": ALICE.key},
        "reason": "a test",
    }
    return seal_statement(issuer, "revocation", encode(payload))


def notice(*proof: bytes, close: bool = True) -> Plan:
    async def behave(connection: Connection) -> None:
        frames = [Frame("notice", {"code": "revoked", "proof": list(proof)})]
        if close:
            frames.append(Frame("close", {"code": "session.revoked"}))
        await connection.send(*frames)

    return Plan(behaviour=behave, close=4410)


async def stay(connection: Connection) -> None:
    while True:
        await connection.receive()


async def test_claimed(setting: Setting) -> None:
    """Claims of a revocation without a good proof: the agent says so and comes again."""
    plans = [
        notice(),
        Plan(final={"refusal": "revoked", "proof": [revocation(STRANGER)]}, close=4404),
        Plan(behaviour=lambda _: asyncio.sleep(0), close=4410),
        notice(revocation(STRANGER), close=False),
        Plan(final={"refusal": "busy", "proof": []}, close=4404),
        Plan(close=4403, behaviour=None, final={"limits": {}}),
        notice(revocation(STRANGER), revocation(AUTHORITY)),
    ]

    async def then(alice: Driven, fake: FakeNode) -> None:
        claimed = {"event": "claimed-revoked", "verified": False}
        await alice.event("joined")
        check(await alice.event() == claimed, "notice without a proof")
        check(await alice.event() == claimed, "refusal without a proof")
        await alice.event("joined")
        check(await alice.event() == claimed, "close without a notice")
        await alice.event("joined")
        check(await alice.event() == claimed, "notice with a stranger's revocation")
        await alice.event("joined", 40)
        check(await alice.event() == {"event": "revoked", "verified": True}, "a good proof")
        check(await alice.exit() == 3, "exit")
        check(fake.connections == 7, fake.connections)

    await against(setting, plans, then, node=FAKE, authority=AUTHORITY)


async def test_refused_with_proof(setting: Setting) -> None:
    for proof in (revocation(AUTHORITY), revocation(ALICE)):
        plan = Plan(final={"refusal": "revoked", "proof": [proof]}, close=4404)

        async def then(alice: Driven, _: FakeNode) -> None:
            check(await alice.event() == {"event": "revoked", "verified": True}, "refusal")
            check(await alice.exit() == 3, "exit")

        await against(setting, [plan], then, node=FAKE, authority=AUTHORITY)


async def test_impostor(setting: Setting) -> None:
    """A responder that holds another key than the one of the join file gets nothing."""

    async def then(alice: Driven, fake: FakeNode) -> None:
        await alice.quiet(2.5)
        check(fake.connections >= 1, fake.connections)
        numbers = {getattr(getattr(error, "rcvd", None), "code", None) for error in fake.errors}
        check(numbers == {4403}, fake.errors)

    await against(setting, [Plan(signer=STRANGER)], then, node=FAKE, authority=AUTHORITY)


async def test_cookie_rekey_and_resumption(setting: Setting) -> None:
    """What a real node does seldom: a retry with a cookie, and a rekey in both directions."""

    async def behave(connection: Connection) -> None:
        rekey = Frame("rekey", {})
        standing = {"did": FAKE.key, "status": "unknown", "score": 0, "tier": "untrusted", "confidence": 0, "epoch": 0}
        while True:
            for frame in await connection.receive():
                if frame.type == "query":
                    await connection.send(Frame("pong", {"n": 0}), rekey)
                    await connection.send(Frame("standing", standing))

    async def then(alice: Driven, _: FakeNode) -> None:
        await alice.event("joined")
        for number in range(3):
            event = await alice.ask(do="query", did=FAKE.did, id=number)
            check(event["event"] == "standing" and event["id"] == number, event)
            alice.do(do="rekey")
        event = await alice.ask(do="resume")
        check(event["resumed"] is True, event)
        event = await alice.ask(do="query", did=FAKE.did, id=9)
        check(event["event"] == "standing" and event["id"] == 9, event)
        alice.do(do="quit")
        check(await alice.exit() == 0, "exit")

    await against(setting, [Plan(retry=True, behaviour=behave)], then, node=FAKE, authority=AUTHORITY)


async def main() -> int:
    failed = 0
    tests = [(name, value) for name, value in globals().items() if name.startswith("test_")]
    with tempfile.TemporaryDirectory() as home:
        setting = Setting(home, Identity(ROOT_SEED))
        try:
            for name, test in tests:
                try:
                    await test(setting)
                    print("ok  ", name, flush=True)
                except Exception:
                    failed += 1
                    print("FAIL", name, flush=True)
                    traceback.print_exc()
                finally:
                    setting.end_agents()
        finally:
            setting.end()
    print(f"{len(tests) - failed} of {len(tests)} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
