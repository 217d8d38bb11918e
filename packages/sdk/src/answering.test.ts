import { type Did, identityFromSeed } from '@trustmesh/identity'
import { LIMITS } from '@trustmesh/protocol'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { settled, VirtualTime } from '../test/virtual-time.ts'
import { Answering } from './answering.ts'
import { parseFailure } from './bodies.ts'
import { Deadlines } from './deadlines.ts'
import type { MeshErrorCode } from './mesh-error.ts'
import type { Incoming } from './peers/incoming-line.ts'
import type { Outgoing } from './peers/outgoing-line.ts'

const { did } = identityFromSeed(new Uint8Array(32).fill(1))
const say = vi.fn<(to: Did, answer: Outgoing) => MeshErrorCode | undefined>()
const ended = vi.fn()
let time: VirtualTime

beforeEach(() => {
  say.mockReset()
  ended.mockReset()
  time = new VirtualTime()
})

function answering(kind: Incoming['kind'], grant?: number): Answering {
  const deadlines = new Deadlines({ clock: time.clock, after: (...timer) => time.after(...timer) })
  return new Answering(did, { n: 7, kind, grant, body: new Uint8Array() }, { say, ended, deadlines })
}
const said = (): string[] => say.mock.calls.map(([, { kind }]) => kind)
const BODY = Uint8Array.of(1)

describe('Answering.end', () => {
  it('answers once, in the name of what is answered', () => {
    const request = answering('request')
    request.end('reply', BODY, { receipt: Uint8Array.of(2), calls: 3 })
    request.end('error')
    expect(say).toHaveBeenCalledExactlyOnceWith(did, {
      kind: 'reply',
      re: 7,
      body: BODY,
      receipt: Uint8Array.of(2),
      calls: 3,
    })
    expect(ended).toHaveBeenCalledOnce()
  })

  it('answers no one-way message, and nobody who has given up; but the handler has ended', () => {
    const gone = answering('request')
    gone.abandon()
    expect(ended).not.toHaveBeenCalled()
    for (const each of [answering('one-way'), gone]) each.end('error', BODY)
    expect(say).not.toHaveBeenCalled()
    expect(ended).toHaveBeenCalledTimes(2)
  })

  it('says that it has failed where the answer is not taken, and why to whoever answers', () => {
    say.mockReturnValueOnce('message.too-big')
    expect(answering('request').end('reply', BODY)).toBe('message.too-big')
    expect(said()).toEqual(['reply', 'error'])
    expect(parseFailure(say.mock.lastCall?.[1].body as Uint8Array)).toEqual({ code: 'failed' })
  })
})

describe('Answering.signal', () => {
  it.each(['before', 'after'])('aborts when nobody waits any more, whether it is asked for %s that', (when) => {
    const request = answering('request')
    const early = when === 'before' ? request.signal : undefined
    request.abandon()
    expect((early ?? request.signal).aborted).toBe(true)
  })
})

describe('Answering.mayGoOn', () => {
  /** Sends items as long as it may; whether it then ends or waits. */
  async function flood(stream: Answering, bytes = 1): Promise<void> {
    while (await stream.mayGoOn()) stream.item(new Uint8Array(bytes))
  }

  it('M7 waits once all that was granted is sent, for as much as is granted then', async () => {
    const stream = answering('stream', 3)
    void flood(stream)
    await settled()
    expect(said()).toHaveLength(3)
    stream.grant(2)
    await settled()
    expect(said()).toHaveLength(5)
  })

  it('F6 takes no more to be granted than may be on its way', async () => {
    const stream = answering('stream', LIMITS.grant)
    stream.grant(LIMITS.grant)
    void flood(stream)
    await settled()
    expect(said()).toHaveLength(LIMITS.grant)
  })

  it('M7 waits while so much is unheard as fills a window, however many items are granted', async () => {
    const stream = answering('stream', 1_000)
    void flood(stream, 100_000)
    await settled()
    expect(said()).toHaveLength(3)
    say.mock.calls[0]?.[1].heard?.()
    await settled()
    expect(said()).toHaveLength(4)
  })

  it('goes on no longer once nobody waits', async () => {
    const stream = answering('stream', 1)
    const flooding = flood(stream)
    await settled()
    stream.abandon()
    await flooding
    stream.item(BODY)
    expect(said()).toEqual(['item'])
    expect(time.pending).toBe(0)
  })

  it('goes on no longer where nothing is taken for ten minutes', async () => {
    const stream = answering('stream', 1)
    const flooding = flood(stream)
    await time.pass(599_999)
    expect(stream.isOver).toBe(false)
    await time.pass(1)
    await flooding
    expect(stream.signal.aborted).toBe(true)
  })
})

describe('Answering.item', () => {
  it('tells where an item was not taken', () => {
    say.mockReturnValueOnce('mesh.busy')
    expect(answering('stream', 1).item(BODY)).toBe('mesh.busy')
  })
})
