import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { type Did, keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { CLOSE_CODES, type CloseCode, type Frame, type FrameOf, LIMITS } from '@trustmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  BINARY,
  CONTINUATION,
  join,
  joinOver,
  joinRaw,
  plaintextOf,
  RawSocket,
  someone,
  TEXT,
  TestNode,
  until,
  type WireSession,
  wsFrame,
} from '../e2e/kit.ts'

const PING: Frame = { type: 'ping', n: 1 }

/** A node, mallory in session with it, and two who must not notice. */
let node: TestNode
let mallory: WireSession
let alice: WireSession
let bob: WireSession
beforeEach(async () => {
  node = await TestNode.start({ limits: { messagesPerSecondPerDid: 1_000_000 } })
  mallory = await joinRaw(node.joinFile, someone(), { localAddress: '127.77.0.1' })
  alice = await joinRaw(node.joinFile, someone())
  bob = await joinRaw(node.joinFile, someone())
})
afterEach(async () => {
  for (const session of [mallory, alice, bob]) session[Symbol.dispose]()
  await node[Symbol.asyncDispose]()
})

/** Mallory's connection has been closed with the number, one line and one count say why, and nobody else noticed. */
async function expectRefused(code: CloseCode, number: number = CLOSE_CODES[code].ws): Promise<void> {
  expect(await mallory.wire.closed).toBe(number)
  const lines = (await node.audit()).filter(({ did }) => did === mallory.did)
  expect(lines.map(({ event, code }) => [event, code])).toEqual([
    ['agent.first-seen', undefined],
    ['session.opened', undefined],
    ['frame.refused', code],
    ['session.closed', code],
  ])
  expect(await node.counted('trustmesh_frames_refused_total', code)).toBe(1)
  await expectTalk()
}

/** A message from alice is the next that bob gets, and they are who is here. */
async function expectTalk(): Promise<void> {
  const frame = note(bob.did, systemRandom(4))
  alice.send(frame)
  expect(await bob.nextOf('message')).toMatchObject({ id: frame.id, body: frame.body, from: keyOf(alice.did) })
  expect(await node.counted('trustmesh_sessions', 'agent')).toBe(2)
}

describe('a sealed message out of its place', () => {
  const cases: readonly [title: string, (note: Uint8Array) => readonly Uint8Array[]][] = [
    [
      'M1 is refused when it comes again',
      (plaintext) => twice(mallory.seal(plaintextOf(PING))).concat(mallory.seal(plaintext)),
    ],
    [
      'M2 is refused when it comes before its time',
      (plaintext) => [mallory.seal(plaintext, 1), mallory.seal(plaintext, 0)],
    ],
    ['M2 is refused after a gap', (plaintext) => [mallory.seal(plaintext, 7)]],
    ['M3 is refused in another session', (plaintext) => [alice.seal(plaintext, 0)]],
  ]
  for (const [title, messages] of cases) {
    it(`${title}, and so is whatever follows`, async () => {
      for (const message of messages(plaintextOf(note(bob.did)))) mallory.wire.send(message)
      await expectRefused('frame.unsealed')
    })
  }

  it('M3 is refused in the other direction', async () => {
    mallory.send(PING)
    const reflected = (await mallory.wire.next()) as Uint8Array
    mallory.wire.send(reflected)
    await expectRefused('frame.unsealed')
  })
})

describe('a frame that no agent may send', () => {
  const key = (): Uint8Array => keyOf(bob.did)
  const ack: Frame = { type: 'ack', re: new Uint8Array(16) }
  const frames: readonly [string, () => Frame][] = [
    ['an ack', () => ack],
    ['a pong', () => ({ type: 'pong', n: 1 })],
    ['a notice', () => ({ type: 'notice', code: 'revoked', proof: [] })],
    [
      'a standing',
      () => ({
        type: 'standing',
        did: key(),
        status: 'active',
        score: 1000,
        tier: 'vouched',
        confidence: 1000,
        epoch: 1,
      }),
    ],
  ]
  for (const [what, frame] of frames) {
    it(`M4 ends the session: ${what}`, async () => {
      mallory.send(frame())
      await expectRefused('frame.unexpected')
    })
  }
})

describe('the sender of a message', () => {
  it('H16, M4 is the Did of the session: a frame that names another goes nowhere', async () => {
    const forged = { ...note(bob.did), from: keyOf(alice.did) }
    mallory.send(forged)
    expect(await mallory.nextOf('ack')).toEqual({ type: 'ack', re: forged.id, code: 'message.forged-sender' })
    const honest = { ...note(bob.did), from: keyOf(mallory.did) }
    mallory.send(honest)
    expect(await bob.nextOf('message')).toEqual(honest)
    const refusals = (await node.audit()).filter(({ event }) => event === 'message.refused')
    expect(refusals).toMatchObject([{ code: 'message.forged-sender', did: mallory.did }])
    expect(await node.counted('trustmesh_messages_total', 'message.forged-sender')).toBe(1)
    expect(await node.counted('trustmesh_messages_total', 'delivered')).toBe(1)
  })

  it('H16, M4 is put there by the node where the frame names none, whatever is in it', async () => {
    for (const body of [new Uint8Array(), Uint8Array.of(0xc1), systemRandom(LIMITS.bodyBytes)]) {
      const frame = note(bob.did, body)
      mallory.send(frame)
      expect(await bob.nextOf('message')).toEqual({ ...frame, from: keyOf(mallory.did) })
    }
  })
})

describe('a frame beyond 64 KiB', () => {
  for (const [size, code] of [
    [LIMITS.messageBytes + 1, 'frame.too-big'],
    [50 * 2 ** 20, 'frame.too-big'],
    [2 ** 53, 'frame.too-big'],
  ] as const) {
    it(`M5 is refused at its header: ${size} bytes`, async () => {
      mallory.wire.send(new Uint8Array(), { length: size })
      await expectRefused(code, 1009)
    })
  }

  it('M5 is refused in fragments, at the header of the one that goes too far', async () => {
    const half = new Uint8Array(LIMITS.messageBytes / 2 + 1)
    mallory.wire.send(half, { fin: false })
    mallory.wire.send(new Uint8Array(), { opcode: CONTINUATION, length: half.length })
    await expectRefused('frame.too-big', 1009)
  })

  it('M5 passes where it is exactly that long, and the largest body arrives whole', async () => {
    const body = systemRandom(LIMITS.bodyBytes)
    mallory.send(note(bob.did, body))
    expect((await bob.nextOf('message'))?.body).toEqual(body)
    mallory.wire.send(new Uint8Array(LIMITS.messageBytes))
    await expectRefused('frame.unsealed')
  })
})

describe('what is not a binary message of sealed frames', () => {
  it('S17 is refused as text, in a session', async () => {
    mallory.wire.send(Buffer.from('{"type":"ping","n":1}'), { opcode: TEXT })
    await expectRefused('frame.text')
  })

  it('S17 is refused as text even where the same bytes would open', async () => {
    mallory.wire.send(mallory.seal(plaintextOf(note(bob.did))), { opcode: TEXT })
    await expectRefused('frame.text')
  })

  it('S17 is refused when it is empty', async () => {
    mallory.wire.send(new Uint8Array())
    await expectRefused('frame.unsealed')
  })

  it('S17 is refused when it is JSON', async () => {
    mallory.wire.send(Buffer.from(JSON.stringify([['ping', { n: 1 }]])))
    await expectRefused('frame.unsealed')
  })

  for (const [what, plaintext] of [
    ['is JSON', () => Buffer.from(JSON.stringify([['ping', { n: 1 }]]))],
    ['is empty', () => new Uint8Array()],
    ['is an empty list', () => Uint8Array.of(0x90)],
    ['has something behind it', () => Uint8Array.of(...plaintextOf(PING), 0)],
    ['has a field too many', () => plaintextOf({ ...PING, extra: 1 } as Frame)],
    ['is of a type that there is not', () => plaintextOf({ type: 'sudo' } as unknown as Frame)],
    ['is of a type that every object has', () => plaintextOf({ type: 'constructor' } as unknown as Frame)],
  ] as const) {
    it(`S17, S18 is refused when what is sealed ${what}`, async () => {
      mallory.wire.send(mallory.seal(plaintext()))
      await expectRefused('frame.malformed')
    })
  }

  for (const [what, payload, opcode, code] of [
    ['text', Buffer.from('{}'), TEXT, 'frame.text'],
    ['empty', new Uint8Array(), BINARY, 'handshake.malformed'],
    ['JSON', Buffer.from('[1,{}]'), BINARY, 'handshake.malformed'],
  ] as const) {
    it(`S17 is refused as a hello when it is ${what}`, async () => {
      using raw = await RawSocket.open(node.url, { localAddress: '127.77.0.2' })
      raw.send(payload, { opcode })
      expect(await raw.closed).toBe(CLOSE_CODES[code].ws)
      const refusals = (await node.audit()).filter(({ event }) => event === 'handshake.refused')
      expect(refusals).toMatchObject([{ code, peer: '127.77.0.2' }])
      expect(await node.counted('trustmesh_handshakes_total', code)).toBe(1)
    })
  }
})

describe('a message in fragments', () => {
  it('M8 is refused when they are more than 16', async () => {
    const sealed = mallory.seal(plaintextOf(note(bob.did)))
    for (let n = 0; n < 16; n++)
      mallory.wire.send(sealed.subarray(n, n + 1), { opcode: n ? CONTINUATION : BINARY, fin: false })
    mallory.wire.send(sealed.subarray(16), { opcode: CONTINUATION })
    await expectRefused('frame.malformed', 1008)
  })

  it('M8 is refused when they are empty, as soon as they are more than 16', async () => {
    for (let n = 0; n < 17; n++) mallory.wire.send(new Uint8Array(), { opcode: n ? CONTINUATION : BINARY, fin: false })
    await expectRefused('frame.malformed', 1008)
  })

  it('M8 arrives whole when they are 16', async () => {
    const sealed = mallory.seal(plaintextOf(note(bob.did, Uint8Array.of(1, 2, 3))))
    for (let n = 0; n < 15; n++)
      mallory.wire.send(sealed.subarray(n, n + 1), { opcode: n ? CONTINUATION : BINARY, fin: false })
    mallory.wire.send(sealed.subarray(15), { opcode: CONTINUATION })
    expect((await bob.nextOf('message'))?.body).toEqual(Uint8Array.of(1, 2, 3))
  })
})

describe('a session in which nothing whole arrives', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('M8 is over after the time of silence, whatever trickles in', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    await using timed = await TestNode.start()
    using slow = await joinRaw(timed.joinFile, someone())
    using lively = await joinRaw(timed.joinFile, someone())
    const sealed = wsFrame(slow.seal(plaintextOf(PING)))
    for (let n = 0; n < 6; n++) {
      slow.wire.write(sealed.subarray(n * 4, n * 4 + 4))
      lively.send(PING)
      expect(await lively.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
      vi.advanceTimersByTime(LIMITS.idleMs / 5)
    }
    expect(await slow.nextOf('close')).toEqual({ type: 'close', code: 'session.idle' })
    expect(await slow.wire.closed).toBe(CLOSE_CODES['session.idle'].ws)
    lively.send(PING)
    expect(await lively.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
  })
})

describe('compression', () => {
  it('M9 is not agreed to by the node, whatever a client offers', async () => {
    const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame'
    using raw = await RawSocket.connect(node.url)
    const head = await raw.upgrade([offer])
    expect(head).toMatch(/^HTTP\/1\.1 101 /)
    expect(head.toLowerCase()).not.toContain('sec-websocket-extensions')
    using session = await joinOver(raw, node.joinFile, someone())
    session.send(PING)
    expect(await session.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
  })

  it('M9 is refused where it comes all the same', async () => {
    mallory.wire.send(mallory.seal(plaintextOf(note(bob.did))), { rsv: 4 })
    await expectRefused('frame.malformed', 1002)
  })
})

describe('an agent that floods another', () => {
  it('M6 is told of each message that its rate has cost it, while others get all of theirs through', async () => {
    await using limited = await TestNode.start({ limits: { messagesPerSecondPerDid: 50 } })
    using flooder = await joinRaw(limited.joinFile, someone())
    using sender = await joinRaw(limited.joinFile, someone())
    using victim = await joinRaw(limited.joinFile, someone())
    const total = 350
    for (let n = 0; n < total; n++) flooder.send(note(victim.did))
    for (let n = 0; n < 50; n++) sender.send(note(victim.did, Uint8Array.of(n)))

    const codes: (string | undefined)[] = []
    while (codes.length < total) codes.push((await flooder.nextOf('ack'))?.code)
    const passed = codes.filter((code) => code === undefined).length
    expect(new Set(codes)).toEqual(new Set([undefined, 'message.rate-limited']))
    expect(passed).toBeLessThan(total / 2)
    for (let n = 0; n < 50; n++) expect(await sender.nextOf('ack')).not.toHaveProperty('code')

    const got = { flooder: 0, sender: [] as (number | undefined)[] }
    while (got.flooder < passed || got.sender.length < 50) {
      const { from, body } = (await victim.nextOf('message')) as FrameOf<'message'>
      if (Buffer.from(from as Uint8Array).equals(keyOf(sender.did))) got.sender.push(body[0])
      else got.flooder++
    }
    expect(got.sender).toEqual(Array.from({ length: 50 }, (_, n) => n))
    expect(got.flooder).toBe(passed)
    expect(await limited.counted('trustmesh_messages_total', 'message.rate-limited')).toBe(total - passed)
    // A line for each would be a flood of its own.
    const lines = (await limited.audit()).filter(({ code }) => code === 'message.rate-limited')
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThanOrEqual(total)
  })

  it.each([
    ['pings', { type: 'ping', n: 1 }],
    ['queries', { type: 'query', did: keyOf(someone().did) }],
  ] as const)('M6 is closed for %s without end, and nobody else is', async (_, frame) => {
    await using limited = await TestNode.start({ limits: { messagesPerSecondPerDid: 50 } })
    using flooder = await joinRaw(limited.joinFile, someone())
    using other = await joinRaw(limited.joinFile, someone())
    for (let n = 0; n < 5_000; n++) flooder.send(frame)
    expect(await flooder.wire.closed).toBe(CLOSE_CODES['session.rate-limited'].ws)
    other.send(PING)
    expect(await other.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
  })

  it('M7 has nobody closed: it is refused while too much waits for the other, who goes on when it reads again', async () => {
    bob.wire.tcp.pause()
    const body = systemRandom(LIMITS.bodyBytes)
    const send = async (): Promise<string | undefined> => {
      mallory.send(note(bob.did, body))
      return (await mallory.nextOf('ack'))?.code
    }
    let code: string | undefined
    for (let n = 0; n < 1_000 && code === undefined; n++) code = await send()
    for (let n = 0; n < 50; n++) expect(await send()).toBe('message.recipient-busy')
    expect(node.node.sessions.of(bob.did)?.isOpen).toBe(true)
    bob.wire.tcp.resume()
    bob.send(PING)
    expect(await bob.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
  })
})

describe('an agent that does not read', () => {
  it('M7 is cut off before more than a bounded amount waits for it, and everybody else is served', async () => {
    mallory.wire.tcp.pause()
    const body = systemRandom(LIMITS.bodyBytes)
    const total = 1_000
    let taken = 0
    let code: string | undefined
    for (let n = 0; n < total && code === undefined; n++) {
      alice.send(note(mallory.did, body))
      code = (await alice.nextOf('ack'))?.code
      if (code === undefined) taken++
    }
    expect(code).toBe('message.recipient-busy')
    await until(() => !node.node.sessions.of(mallory.did))
    // The buffers of the operating system, at both ends, come on top of ours.
    expect(taken * LIMITS.bodyBytes).toBeLessThan(32 * 2 ** 20)
    expect(taken * LIMITS.bodyBytes).toBeGreaterThan(LIMITS.backlogBytes / 2)
    await expectTalk()
    const lines = (await node.audit()).filter(({ did }) => did === mallory.did)
    expect(lines.map(({ event, code }) => [event, code])).toEqual([
      ['agent.first-seen', undefined],
      ['session.opened', undefined],
      ['session.closed', 'session.slow-consumer'],
    ])
    mallory.wire.tcp.resume()
    await mallory.wire.closed
  })
})

describe('an agent with the SDK', () => {
  it('M5 leaves a node at the header of what is beyond 64 KiB, and comes back', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.on('error', () => {})
      socket.once('data', (bytes) => {
        const [, key] = /sec-websocket-key: (\S+)/i.exec(bytes.toString('latin1')) as unknown as [string, string]
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
        const upgraded = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
        socket.write(`${[...upgraded, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`)
        socket.write(wsFrame(new Uint8Array(), { masked: false, length: LIMITS.messageBytes + 1 }))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const joining = join({ ...node.joinFile, url: `ws://127.0.0.1:${port}` }, 'alice', { timeoutMs: 1_000 })
    await expect(joining).rejects.toMatchObject({ code: 'mesh.disconnected' })
    await new Promise((resolve) => server.close(resolve))
    expect(connections).toBeGreaterThan(1)
  })

  it('M9 offers no compression, and takes none', async () => {
    const heads: string[] = []
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (bytes) => {
        heads.push(bytes.toString('latin1').toLowerCase())
        socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const joining = join({ ...node.joinFile, url: `ws://127.0.0.1:${port}` }, 'alice', { timeoutMs: 500 })
    await expect(joining).rejects.toMatchObject({ code: 'mesh.disconnected' })
    await new Promise((resolve) => server.close(resolve))
    expect(heads.length).toBeGreaterThan(0)
    for (const head of heads) expect(head).not.toContain('sec-websocket-extensions')
  })
})

function note(to: Did, body: Uint8Array = Uint8Array.of(0)): FrameOf<'message'> {
  return { type: 'message', id: systemRandom(16), to: keyOf(to), body }
}

function twice(message: Uint8Array): Uint8Array[] {
  return [message, message]
}
