import { type Identity, keyOf, sealStatement } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import type { Frame } from '@trustmesh/protocol'
import { issueRevocation } from '@trustmesh/trust'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  buildNode,
  Handshake,
  type JoinFile,
  join,
  joinRaw,
  NodeProcess,
  plaintextOf,
  RawSocket,
  someone,
  TEXT,
  upgradeRequest,
  type WireSession,
} from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

/** Puts the canary somewhere in what it sends on a fresh connection, and waits until the node has dealt with it. */
type Plant = (canary: string, joinFile: JoinFile) => Promise<unknown>

const before =
  (bytes: (canary: string) => Uint8Array): Plant =>
  async (canary, { url }) => {
    using raw = await RawSocket.connect(url)
    raw.write(bytes(canary))
    raw.tcp.end()
    await raw.closed
  }
const upgrading =
  (...headers: string[]): Plant =>
  async (canary, { url }) => {
    using raw = await RawSocket.connect(url)
    await raw.upgrade(headers.map((header) => header.replace('CANARY', canary)))
    raw.tcp.end()
    await raw.closed
  }
const asHello =
  (bytes: (canary: string, hello: Uint8Array) => Uint8Array, opcode?: number): Plant =>
  async (canary, joinFile) => {
    using raw = await RawSocket.open(joinFile.url)
    raw.send(bytes(canary, await new Handshake(joinFile, someone()).hello()), opcode ? { opcode } : {})
    await raw.closed
  }
const inSession =
  (send: (session: WireSession, canary: string, identity: Identity) => unknown): Plant =>
  async (canary, joinFile) => {
    const identity = someone()
    using session = await joinRaw(joinFile, identity)
    await send(session, canary, identity)
    session.wire.tcp.end()
    await session.wire.closed
  }
const sealed = (plaintext: (canary: string) => Uint8Array): Plant =>
  inSession((session, canary) => session.wire.send(session.seal(plaintext(canary))))
const frame = (make: (canary: string) => object): Plant => sealed((canary) => plaintextOf(make(canary) as Frame))
const text = (canary: string): Uint8Array => Buffer.from(canary)

const plants: Readonly<Record<string, Plant>> = {
  'the path of a request': before((canary) =>
    Buffer.from(`GET /${canary}?${canary} HTTP/1.1\r\nHost: ${canary}\r\n\r\n`),
  ),
  'a method that there is not': before((canary) => Buffer.from(`${canary} / HTTP/1.1\r\n\r\n`)),
  'the head of a broken request': before((canary) => Buffer.from(`GET / HTTP/1.1\r\n${canary}\r\n\r\n`)),
  'an upgrade to something else': before((canary) =>
    Buffer.from(String(upgradeRequest()).replace('websocket', canary)),
  ),
  'a host': upgrading('Host: CANARY'),
  'an origin': upgrading('Origin: https://CANARY.example'),
  'a protocol': upgrading('Sec-WebSocket-Protocol: CANARY, CANARY'),
  'an extension': upgrading('Sec-WebSocket-Extensions: CANARY'),
  'a key': upgrading('Sec-WebSocket-Key: CANARY'),
  'a user agent': upgrading('User-Agent: CANARY', 'X-Forwarded-For: CANARY'),
  'text for a hello': asHello(text, TEXT),
  'JSON for a hello': asHello((canary) => Buffer.from(JSON.stringify([1, { purpose: canary }]))),
  'a hello that is cut off': asHello((canary, hello) => Buffer.concat([hello.subarray(0, -9), text(canary)])),
  'a field of a hello': asHello((canary) => plaintextOf({ type: 'hello', [canary]: canary } as unknown as Frame)),
  'the purpose of a hello': asHello((canary, hello) =>
    Buffer.from(Buffer.from(hello).toString('latin1').replace('agent', canary.slice(0, 5)) + canary, 'latin1'),
  ),
  'a response': async (canary, joinFile) => {
    using raw = await RawSocket.open(joinFile.url)
    raw.send(await new Handshake(joinFile, someone()).hello())
    await raw.next()
    raw.send(text(canary))
    await raw.closed
  },
  'bytes that are not sealed': inSession((session, canary) => session.wire.send(text(canary))),
  'text in a session': inSession((session, canary) => session.wire.send(text(canary), { opcode: TEXT })),
  'the reason of a close': inSession((session, canary) => {
    session.wire.send(Buffer.concat([Uint8Array.of(0x03, 0xe8), text(canary)]), { opcode: 8 })
  }),
  'a ping and a pong': inSession((session, canary) => {
    session.wire.send(text(canary), { opcode: 9 })
    session.wire.send(text(canary), { opcode: 10 })
  }),
  'JSON, sealed': sealed((canary) => Buffer.from(JSON.stringify({ [canary]: canary }))),
  'text, sealed': sealed(text),
  'what follows a frame': sealed((canary) => Buffer.concat([plaintextOf({ type: 'ping', n: 1 }), text(canary)])),
  'the type of a frame': frame((canary) => ({ type: canary })),
  'a field of a frame': frame((canary) => ({ type: 'ping', n: 1, [canary]: canary })),
  'the value of a field': frame((canary) => ({ type: 'ping', n: canary })),
  'the code of a close': frame((canary) => ({ type: 'close', code: canary })),
  'the code of an ack': frame((canary) => ({ type: 'ack', re: systemRandom(16), code: canary.replace('-', '.') })),
  'a field of a message': frame((canary) => ({ ...messageTo(systemRandom(32), canary), kind: canary })),
  'the body of a message to nobody': frame((canary) => messageTo(keyOf(someone().did), canary)),
  'the recipient of a message': frame((canary) => messageTo(Buffer.from(canary.padEnd(32)), canary)),
  'whom a query is about': frame((canary) => ({ type: 'query', did: new Uint8Array(Buffer.from(canary.padEnd(32))) })),
  'bytes that are no statement': frame((canary) => ({ type: 'statement', bytes: new Uint8Array(text(canary)) })),
  'a type of statement': statement((canary) => [canary, {}]),
  'a field of a statement': statement((canary) => ['attestation', { [canary]: canary }]),
  'a value of a statement': statement((canary) => ['attestation', { ctx: canary }]),
  'a reason': inSession(async (session, canary, identity) => {
    const { net } = session
    const target = { did: identity.did }
    const { bytes } = await issueRevocation(
      identity,
      { target, reason: canary },
      { net, clock: systemClock, random: systemRandom },
    )
    session.send({ type: 'statement', bytes })
    await session.nextOf('close')
  }),
  'a message between two': async (canary, joinFile) => {
    using bob = await joinRaw(joinFile, someone())
    await inSession((session) => session.send(messageTo(keyOf(bob.did), canary) as Frame))(canary, joinFile)
    expect(Buffer.from((await bob.nextOf('message'))?.body ?? []).toString()).toBe(canary)
  },
  'what two say with the SDK': async (canary, joinFile) => {
    await using alice = await join(joinFile, 'alice')
    await using bob = await join(joinFile, 'bob')
    alice.on(canary, { minTier: 'known' }, () => canary)
    await bob.send(alice.did, canary, canary)
    await expect(bob.request(alice.did, canary, canary)).rejects.toMatchObject({ code: 'request.denied' })
    await expect(alice.request(bob.did, canary, canary)).rejects.toMatchObject({ code: 'request.no-handler' })
  },
}

describe('what a stranger sends', () => {
  beforeAll(buildNode)

  it('S19, A9 is in no log, no metric and no list of agents, wherever it was planted', async () => {
    await using folder = await temporaryFolder()
    await using node = await NodeProcess.start({ home: folder.path })
    const canaries: [where: string, canary: string][] = []
    for (const [where, plant] of Object.entries(plants)) {
      const canary = `canary-${Buffer.from(systemRandom(6)).toString('hex')}`
      canaries.push([where, canary])
      await plant(canary, node.joinFile)
    }
    const shown = [await node.get('/metrics'), await node.get('/v1/agents')]
    await node.stop()
    const places = [...shown, node.stderr, await node.audit()]
    for (const place of places) expect(place.length).toBeGreaterThan(0)
    const everything = places.join('\n')
    const leaked = canaries.filter(([, canary]) => formsOf(canary).some((form) => everything.includes(form)))
    expect(leaked.map(([where]) => where)).toEqual([])
    // What was refused is there by its code, and what was taken.
    const codes = new Set([...everything.matchAll(/"code":"([^"]+)"/g)].map(([, code]) => code))
    const refused = [
      'upgrade.malformed',
      'upgrade.origin',
      'handshake.malformed',
      'frame.text',
      'frame.malformed',
      'attestation.malformed',
    ]
    for (const code of [...refused, 'other', 'revocation']) expect(codes).toContain(code)
  })
})

function messageTo(to: Uint8Array, canary: string): object {
  return {
    type: 'message',
    id: systemRandom(16),
    to: new Uint8Array(to),
    body: new Uint8Array(text(canary)),
  }
}

/** Well signed, by the sender itself. */
function statement(make: (canary: string) => readonly [type: string, fields: object]): Plant {
  return inSession(async (session, canary, identity) => {
    const [type, fields] = make(canary)
    const claim = { net: session.net, iat: systemClock.now(), nonce: systemRandom(16), ...fields }
    const { bytes } = await sealStatement(identity, type, claim)
    session.send({ type: 'statement', bytes })
    await session.nextOf('ack')
  })
}

/** As it is, in hexadecimal, in base64, and as a list of numbers. */
function formsOf(canary: string): string[] {
  const bytes = Buffer.from(canary)
  return [canary, bytes.toString('hex'), bytes.toString('base64').slice(0, -4), [...bytes].join(',')]
}
