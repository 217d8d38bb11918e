import { type Did, generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Frame } from '@trustmesh/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualTime } from '../../test/manual-time.ts'
import { Link } from './link.ts'

const bob: Did = generateIdentity(systemRandom).did
const ids = (count: number) => Array.from({ length: count }, () => systemRandom(32))

let time: ManualTime
let link: Link
let arrived: number
let wanted: number
/** What the next message holds. */
let coming: Frame[]

beforeEach(() => {
  time = new ManualTime()
  arrived = wanted = 0
  const session = {
    peer: bob,
    backlog: 0,
    open: () => coming,
    push: (frame: Frame) => {
      if (frame.type === 'want') wanted += frame.ids.length
      return false
    },
    flush: () => [],
  }
  link = new Link({
    session: session as never,
    connection: { address: 'bob', backlog: 0, send: () => {}, proved: () => {}, close: () => {} } as never,
    ...{ clock: time.clock, timers: time, opener: bob, broke: () => {}, ended: () => {}, received: () => {} },
    statements: (envelopes) => {
      arrived += envelopes.length
    },
  })
})

/** How many of so many statements are taken. */
function flood(count: number): number {
  const before = arrived
  coming = Array.from({ length: count }, () => ({ type: 'statement', bytes: new Uint8Array() }))
  link.message(new Uint8Array())
  return arrived - before
}

describe(Link, () => {
  it('F4 takes 4,000 statements that nobody asked for, and 1,000 a second from then on', async () => {
    expect(flood(5_000)).toBe(4_000)
    await time.advance(1_000)
    expect(flood(5_000)).toBe(1_000)
  })

  it('F4 takes no more of who says first that it has them, however often', () => {
    for (let n = 0; n < 40; n++) link.askTold(ids(256))
    expect(wanted).toBe(4_000)
    expect(wanted + flood(10_000)).toBeLessThanOrEqual(4_000 + 1_024)
    expect(flood(10_000)).toBe(0)
  })

  it('takes what it has asked for of itself beside that', () => {
    expect(flood(4_000)).toBe(4_000)
    link.ask(ids(512))
    expect(flood(1_000)).toBe(512)
  })
})
