import { generateIdentity, meshIdOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import {
  type CloseCode,
  HandshakeConduct,
  LIMITS,
  type ResponderState,
  responder,
  stepResponder,
} from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Home } from './home.ts'
import type { Platform, SocketHandler } from './platform/platform.ts'
import { timer } from './timer.ts'

const [alice, node] = [generateIdentity(systemRandom), generateIdentity(systemRandom)]
const net = meshIdOf(node.did)

/** A node's end of a connection without a socket: it says nothing until it is told to. */
class NodeEnd {
  readonly agent: SocketHandler
  readonly #conduct: HandshakeConduct<ResponderState>
  readonly #outbox: Uint8Array[] = []
  readonly sent: Uint8Array[] = []
  closedWith: CloseCode | undefined
  backlog = 0

  constructor(agent: SocketHandler) {
    this.agent = agent
    const deadline = systemClock.monotonic() + 1e6
    const ephemeral = generateKeyPair
    const state = responder({ net, did: node.did, ephemeral, challenge: systemRandom(32), attachments: [], deadline })
    this.#conduct = new HandshakeConduct(state, stepResponder, {
      send: (bytes) => this.#outbox.push(bytes),
      sign: (label, claim) => node.sign(label, claim),
      monotonic: () => systemClock.monotonic(),
      admit: async () => ({ limits: { messageBytes: LIMITS.messageBytes, idleMs: LIMITS.idleMs } }),
      conclude: () => {},
    })
  }

  receive(bytes: Uint8Array): void {
    this.sent.push(bytes)
    this.#conduct.receive(bytes)
  }

  /** Its next message, once there is one. */
  async next(): Promise<Uint8Array> {
    while (this.#outbox.length === 0) await new Promise(setImmediate)
    return this.#outbox.shift() as Uint8Array
  }

  /** Up to frame 4, which is given and not delivered. */
  async shakeHands(): Promise<Uint8Array> {
    this.agent.open()
    this.agent.message(await this.next())
    return await this.next()
  }
}

let ends: NodeEnd[]
let nowMs: number
let home: Home
const online = vi.fn()
const offline = vi.fn()

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.clearAllMocks()
  ends = []
  nowMs = 0
  const platform: Platform = {
    clock: { now: () => nowMs, monotonic: () => nowMs },
    after: timer,
    // The largest share of each back-off, so that how long it is can be told.
    random: (length) => (length === 4 ? new Uint8Array(4).fill(255) : systemRandom(length)),
    keyPair: generateKeyPair,
    log: { info: () => {}, warn: () => {} },
    connect: (_, handler) => {
      const end = new NodeEnd(handler)
      ends.push(end)
      return {
        get backlog() {
          return end.backlog
        },
        send: (bytes) => end.receive(bytes),
        close: (code) => {
          end.closedWith = code
        },
      }
    },
    readJoinFile: async () => null,
    invitation: () => null,
    openUses: () => Promise.reject(new Error('not needed')),
    openKept: () => Promise.reject(new Error('not needed')),
  }
  const policy = { roots: [node.did], authorities: [node.did], threshold: 1 }
  home = new Home({
    config: { url: 'ws://node', node: node.did, net, policy },
    identity: alice,
    platform,
    backoff: { baseMs: 1_000, capMs: 60_000 },
    ...{ online, offline, received: () => {}, ended: () => {}, connecting: () => {}, retrying: () => {} },
  })
  home.connect()
})

afterEach(() => {
  vi.useRealTimers()
})

const latest = (): NodeEnd => ends.at(-1) as NodeEnd

async function begin(): Promise<void> {
  const end = latest()
  end.agent.message(await end.shakeHands())
  expect(home.isOnline).toBe(true)
}

function advance(ms: number): void {
  nowMs += ms
  vi.advanceTimersByTime(ms)
}

describe(Home, () => {
  it('begins no session after it was closed, though the node lets it in', async () => {
    const welcome = await latest().shakeHands()
    home.close()
    latest().agent.message(welcome)
    expect([home.isOnline, online.mock.calls.length, vi.getTimerCount()]).toEqual([false, 0, 0])
  })

  it('sends nothing more and lets no timer run once it has left', async () => {
    await begin()
    home.close()
    const count = latest().sent.length
    advance(10 * LIMITS.idleMs)
    expect([vi.getTimerCount(), latest().sent.length]).toEqual([0, count])
  })

  it('leaves a node that sends text at once', async () => {
    await begin()
    latest().agent.text()
    expect([home.isOnline, latest().closedWith, offline.mock.calls.length]).toEqual([false, 'frame.text', 1])
  })

  it('leaves a node that reads too slowly, and tries again', async () => {
    await begin()
    latest().backlog = LIMITS.backlogBytes + 1
    expect(home.push({ type: 'ping', n: 1 })).toBe('busy')
    expect(home.isOnline).toBe(true)
    advance(LIMITS.idleMs / 3)
    expect([home.isOnline, latest().closedWith]).toEqual([false, 'session.slow-consumer'])
    latest().agent.closed()
    advance(1_000)
    expect(ends).toHaveLength(2)
  })

  it('gives a connection that never opens no longer than a handshake', () => {
    advance(LIMITS.handshakeMs - 1)
    expect(latest().closedWith).toBeUndefined()
    advance(1)
    expect(latest().closedWith).toBe('handshake.timeout')
  })

  it.each([
    ['longer after each session that is short', 60_000, 2_000],
    ['no longer after a session that has lasted', 60_001, 1_000],
  ])('waits %s', async (_, lastsMs, waitsMs) => {
    latest().agent.closed()
    advance(1_000)
    await begin()
    nowMs += lastsMs
    latest().agent.closed()
    advance(waitsMs - 2)
    expect(ends).toHaveLength(2)
    advance(2)
    expect(ends).toHaveLength(3)
  })
})
