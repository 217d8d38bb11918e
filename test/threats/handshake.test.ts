import { encodeBody, type Identity, keyOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { CLOSE_CODES, type CloseCode } from '@trustmesh/protocol'
import { issueRevocation } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  Handshake,
  join,
  joinOver,
  joinRaw,
  type Meddling,
  MemoryWire,
  RawSocket,
  Relay,
  someone,
  TestNode,
  until,
  WirePeer,
} from '../e2e/kit.ts'

const REPLAYS = 1_000
const SCHEDULES = 200
const FLIPS = 32
const ws = (code: CloseCode): number => CLOSE_CODES[code].ws
const unlimited = { limits: { handshakesPerSecondPerAddress: 100_000 } }

describe('a recorded handshake', () => {
  it(`H1 opens no session in ${REPLAYS} replays`, async () => {
    await using node = await TestNode.start(unlimited)
    await using relay = await Relay.start(node.joinFile)
    await using alice = await join(relay.joinFile, 'alice')
    await alice.standing(alice.did)
    const [hello, ...rest] = relay.seen.filter(({ to }) => to === 'node').map(({ bytes }) => bytes)
    let count = 0
    const replay = async (): Promise<void> => {
      while (count++ < REPLAYS) {
        using raw = await RawSocket.open(node.url)
        raw.send(hello as Uint8Array)
        await raw.next()
        for (const bytes of rest) raw.send(bytes)
        expect(await raw.closed).toBe(ws('handshake.unsealed'))
      }
    }
    await Promise.all(Array.from({ length: 20 }, replay))
    expect(rest.length).toBeGreaterThan(1)
    expect(await node.counted('trustmesh_handshakes_total', 'handshake.unsealed')).toBe(REPLAYS)
    expect(await node.counted('trustmesh_handshakes_total', 'ok')).toBe(1)
    // The session that was recorded is none the worse.
    await alice.standing(alice.did)
    expect(relay.connections).toBe(1)
  })
})

describe('somebody in the path of a handshake', () => {
  for (const [frame, to, index] of [
    ['hello', 'node', 0],
    ['challenge', 'agent', 0],
    ['response', 'node', 1],
    ['welcome', 'agent', 1],
  ] as const) {
    it(`H4 gains nothing by a flipped bit in the ${frame}, from its first byte to its last`, async () => {
      await using node = await TestNode.start(unlimited)
      await using relay = await Relay.start(node.joinFile, (passing) => {
        const isIt = passing.connection < FLIPS && passing.to === to && passing.index === index
        return [isIt ? flipped(passing.bytes, passing.connection / (FLIPS - 1)) : passing.bytes]
      })
      await using alice = await join(relay.joinFile, 'alice', { backoff: { baseMs: 1, capMs: 2 } })
      expect(relay.connections).toBe(FLIPS + 1)
      // An agent says nothing in a session that it has not seen confirmed.
      const sent = relay.seen.filter(
        (passing) => passing.connection < FLIPS && passing.to === 'node' && passing.index > 1,
      )
      expect(sent).toEqual([])
      expect(await node.counted('trustmesh_handshakes_total', 'ok')).toBe(frame === 'welcome' ? FLIPS + 1 : 1)
      await alice.standing(alice.did)
    })
  }
})

/** Whatever is longer on the wire is a note. */
const NOTE_BYTES = 4_096
/** At the second of five notes. */
const AT = 1
const meddlings: readonly [what: string, arrive: number, () => Meddling][] = [
  [
    'flips a bit',
    1,
    () =>
      ({ index, bytes }) => [index === AT ? flipped(bytes, 0.5) : bytes],
  ],
  [
    'puts one in of its own',
    1,
    () =>
      ({ index, bytes }) =>
        index === AT ? [systemRandom(80), bytes] : [bytes],
  ],
  [
    'takes one out',
    1,
    () =>
      ({ index, bytes }) =>
        index === AT ? [] : [bytes],
  ],
  [
    'sends one twice',
    2,
    () =>
      ({ index, bytes }) =>
        index === AT ? [bytes, bytes] : [bytes],
  ],
  [
    'sends one twice instead of the one before',
    1,
    () =>
      ({ index, bytes }) =>
        index === AT ? [] : [bytes, bytes],
  ],
  [
    'swaps two',
    1,
    () => {
      let held: Uint8Array = Uint8Array.of()
      return ({ index, bytes }) => {
        if (index === AT) held = bytes
        return index === AT ? [] : index === AT + 1 ? [bytes, held] : [bytes]
      }
    },
  ],
]

/** With the notes of the first connection, from the second on, in one direction. */
function meddleOnce(to: 'agent' | 'node', meddle: Meddling): Meddling {
  let index = -1
  return (passing) => {
    const { connection, bytes } = passing
    const isNote = connection === 0 && passing.to === to && bytes.length > NOTE_BYTES && ++index >= AT
    return isNote ? meddle({ ...passing, index }) : [bytes]
  }
}

describe('somebody in the path of a session', () => {
  for (const [what, arrive, meddling] of meddlings) {
    it(`H4 ends it when it ${what} on the way to the node, and nothing of what follows arrives`, async () => {
      await using node = await TestNode.start()
      await using relay = await Relay.start(node.joinFile, meddleOnce('node', meddling()))
      using bob = await joinRaw(node.joinFile, someone())
      using alice = await joinRaw(relay.joinFile, someone())
      for (let n = 0; n < 5; n++) alice.send(note(bob.did, n, NOTE_BYTES))
      await alice.wire.closed
      using carol = await joinRaw(node.joinFile, someone())
      carol.send(note(bob.did, 99))
      const arrived: number[] = []
      while (arrived.at(-1) !== 99) arrived.push((await bob.nextOf('message'))?.body[0] as number)
      expect(arrived).toEqual([...[0, 1].slice(0, arrive), 99])
      const refusals = (await node.audit()).filter(({ event }) => event === 'frame.refused')
      expect(refusals).toMatchObject([{ code: 'frame.unsealed', did: alice.did }])
      expect(await node.counted('trustmesh_frames_refused_total', 'frame.unsealed')).toBe(1)
    })

    it(`H4 ends it when it ${what} on the way to the agent, which handles nothing of what follows`, async () => {
      await using node = await TestNode.start()
      await using relay = await Relay.start(node.joinFile, meddleOnce('agent', meddling()))
      await using alice = await join(relay.joinFile, 'alice')
      const root = await node.key('root')
      using bob = await joinRaw(node.joinFile, root)
      const arrived: unknown[] = []
      alice.on('note', { minTier: 'known' }, (content) => arrived.push((content as Uint8Array)[0]))
      const body = (n: number): Uint8Array => encodeBody(['note', new Uint8Array(NOTE_BYTES).fill(n)])
      const first = await WirePeer.meet(bob, root, alice.did)
      first.greet()
      for (let n = 0; n < 5; n++) {
        first.say('one-way', body(n))
        // The node has handed it on, or it has nobody any more to hand it to.
        await bob.nextOf('ack')
      }
      await until(() => relay.connections === 2)
      await alice.online()
      const second = await WirePeer.meet(bob, root, alice.did)
      second.greet()
      second.say('request', body(99))
      expect((await second.next())?.kind).toBe('reply')
      expect(arrived).toEqual([...[0, 1].slice(0, arrive), 99])
    })
  }
})

describe('two handshakes of one pair at a time', () => {
  it(`H10 yield no session in ${SCHEDULES} schedules in which their frames are swapped`, async () => {
    await using node = await TestNode.start(unlimited)
    const alice = someone()
    const schedule = async (what: 'challenge' | 'response'): Promise<void> => {
      using one = await RawSocket.open(node.url)
      using two = await RawSocket.open(node.url)
      const [first, second] = [new Handshake(node.joinFile, alice), new Handshake(node.joinFile, alice)]
      one.send(await first.hello())
      two.send(await second.hello())
      const challenges = [(await one.next()) as Uint8Array, (await two.next()) as Uint8Array] as const
      if (what === 'challenge') {
        expect(await first.answer(challenges[1])).toEqual({ type: 'failed', code: 'handshake.unsealed' })
        expect(await second.answer(challenges[0])).toEqual({ type: 'failed', code: 'handshake.unsealed' })
        return
      }
      two.send((await first.answer(challenges[0])) as Uint8Array)
      one.send((await second.answer(challenges[1])) as Uint8Array)
      expect(await Promise.all([one.closed, two.closed])).toEqual([ws('handshake.unsealed'), ws('handshake.unsealed')])
    }
    // Ten at a time, so that those of different schedules interleave as well.
    for (let n = 0; n < SCHEDULES; n += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, k) => schedule(k % 2 ? 'challenge' : 'response')))
    }
    expect(await node.counted('trustmesh_handshakes_total', 'ok')).toBe(0)
    using session = await joinRaw(node.joinFile, alice)
    session.send({ type: 'ping', n: 1 })
    expect(await session.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
  })
})

describe('a Did that is somebody else', () => {
  it('I11 gets nowhere without its key, whatever it signs with', async () => {
    await using node = await TestNode.start()
    const [alice, mallory] = [someone(), someone()]
    const pretender: Identity = { ...alice, sign: (label, claim) => mallory.sign(label, claim) }
    const pretended = await attempt(await RawSocket.open(node.url), node.joinFile, pretender)
    expect(pretended).toEqual({ type: 'closed', code: ws('handshake.signature') })
    const { json } = await node.call('/v1/agents')
    expect(json).toMatchObject({ items: [] })
  })
})

describe('somebody who does not come as an agent', () => {
  it.each(['node', 'peer'] as const)('H14 is refused, sealed, as a %s', async (purpose) => {
    await using node = await TestNode.start()
    using raw = await RawSocket.open(node.url)
    const refusal = { refusal: 'not-invited', proof: [] }
    expect(await attempt(raw, node.joinFile, someone(), purpose)).toEqual({ type: 'refused', refusal })
    expect(node.node.sessions.size).toBe(0)
  })
})

describe('a Did that is revoked', () => {
  it('H14 is refused, with the proof, once it has proved who it is; nobody else learns of it', async () => {
    await using node = await TestNode.start()
    const [mallory, carol] = [someone(), someone()]
    await node.revoke(mallory.did)

    const pretender: Identity = { ...mallory, sign: (label, claim) => carol.sign(label, claim) }
    const pretended = await attempt(await RawSocket.open(node.url), node.joinFile, pretender)
    expect(pretended).toEqual({ type: 'closed', code: ws('handshake.signature') })

    using raw = await RawSocket.open(node.url)
    const proof = [expect.any(Uint8Array)]
    expect(await attempt(raw, node.joinFile, mallory)).toEqual({
      type: 'refused',
      refusal: { refusal: 'revoked', proof },
    })
    expect(await raw.closed).toBe(ws('handshake.refused'))
    const refusals = (await node.audit()).filter(({ event }) => event === 'handshake.refused')
    expect(refusals).toMatchObject([{ code: 'handshake.signature' }, { code: 'refused.revoked', did: mallory.did }])
    expect(refusals[0]).not.toHaveProperty('did')
    expect(node.node.sessions.size).toBe(0)
  })

  it('H14 is refused when it resumes, too', async () => {
    await using node = await TestNode.start()
    await using relay = await Relay.start(node.joinFile)
    await using mallory = await join(relay.joinFile, 'mallory')
    relay.cut()
    await until(() => node.node.sessions.size === 0)
    await node.revoke(mallory.did)
    relay.mend()
    expect(await mallory.closed()).toBe('revoked')
    const [, hello] = relay.seen.filter(({ to, index }) => to === 'node' && index === 0)
    expect(Buffer.from(hello?.bytes ?? []).includes('ticket')).toBe(true)
    expect(await node.counted('trustmesh_handshakes_total', 'refused.revoked')).toBe(1)
  })

  it('H14 loses the session at once that was granted in the moment of the revocation', async () => {
    await using node = await TestNode.start()
    const [mallory, carol] = [someone(), someone()]
    const issuance = { clock: systemClock, random: systemRandom, net: node.node.net }
    const revocation = { target: { did: mallory.did }, reason: 'a race' }
    const { bytes } = await issueRevocation(await node.key('authority'), revocation, issuance)
    using informer = await joinOver(new MemoryWire(node.node), node.joinFile, carol)
    // Its status has been checked, the welcome is signed and sealed, and there is no session yet.
    const sending = (index: number): void => void (index === 1 && informer.send({ type: 'statement', bytes }))

    using session = await joinOver(new MemoryWire(node.node, { sending }), node.joinFile, mallory)
    expect(await session.nextOf('notice')).toMatchObject({ code: 'revoked', proof: [bytes] })
    expect(await session.nextOf('close')).toEqual({ type: 'close', code: 'session.revoked' })
    expect(await session.wire.closed).toBe(ws('session.revoked'))
    expect(node.node.sessions.of(mallory.did)).toBeUndefined()
  })

  it('H14 is out whichever comes first, its handshake or its revocation', async () => {
    await using node = await TestNode.start(unlimited)
    const race = async (): Promise<void> => {
      const mallory = someone()
      using raw = await RawSocket.open(node.url)
      const joining = attempt(raw, node.joinFile, mallory)
      await Promise.all([joining, node.revoke(mallory.did)])
      expect(node.node.sessions.of(mallory.did)).toBeUndefined()
      expect([ws('handshake.refused'), ws('session.revoked')]).toContain(await raw.closed)
    }
    for (let n = 0; n < 40; n++) await Promise.all([race(), race(), race()])
    expect(await node.counted('trustmesh_sessions', 'agent')).toBe(0)
  })
})

describe('a Did that is here already', () => {
  it('H15 is displaced by nobody who cannot prove to be it', async () => {
    await using node = await TestNode.start()
    const [alice, mallory] = [someone(), someone()]
    using session = await joinRaw(node.joinFile, alice)
    const pretender: Identity = { ...alice, sign: (label, claim) => mallory.sign(label, claim) }
    const pretended = await attempt(await RawSocket.open(node.url), node.joinFile, pretender)
    expect(pretended).toEqual({ type: 'closed', code: ws('handshake.signature') })
    session.send({ type: 'ping', n: 1 })
    expect(await session.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
  })

  it('H15 has its older session closed when it comes again, and what is sent to it goes to the new one', async () => {
    await using node = await TestNode.start()
    const alice = someone()
    using older = await joinRaw(node.joinFile, alice)
    using newer = await joinRaw(node.joinFile, alice)
    expect(await older.nextOf('close')).toEqual({ type: 'close', code: 'session.superseded' })
    expect(await older.wire.closed).toBe(ws('session.superseded'))
    using bob = await joinRaw(node.joinFile, someone())
    bob.send(note(alice.did, 7))
    expect((await newer.nextOf('message'))?.body).toEqual(Uint8Array.of(7))
    expect(node.node.sessions.size).toBe(2)
  })
})

describe('a page in a browser', () => {
  it('P4 opens no connection unless its origin is allowed', async () => {
    await using node = await TestNode.start({ allowedOrigins: ['https://mesh.example'] })
    for (const origin of [
      'https://evil.example',
      'null',
      'https://mesh.example.evil.example',
      'http://mesh.example',
      '',
    ]) {
      using raw = await RawSocket.connect(node.url)
      expect(await raw.upgrade([`Origin: ${origin}`])).toMatch(/^HTTP\/1\.1 403 /)
      await raw.closed
    }
    using raw = await RawSocket.open(node.url, { headers: ['Origin: https://mesh.example'] })
    await joinOver(raw, node.joinFile, someone())
    const refusals = (await node.audit()).filter(({ event }) => event === 'handshake.refused')
    expect(refusals.map(({ code }) => code)).toEqual(Array(5).fill('upgrade.origin'))
    expect(await node.counted('trustmesh_handshakes_total', 'upgrade.origin')).toBe(5)
  })
})

function note(to: Parameters<typeof keyOf>[0], n: number, bytes = 1) {
  return { type: 'message', id: systemRandom(16), to: keyOf(to), body: new Uint8Array(bytes).fill(n) } as const
}

/** With one bit flipped: 0 is the first byte, 1 the last. */
function flipped(bytes: Uint8Array, where: number): Uint8Array {
  const at = Math.round((bytes.length - 1) * where)
  const bit = 1 << ((systemRandom(1)[0] as number) % 8)
  return bytes.map((byte, index) => (index === at ? byte ^ bit : byte))
}
