import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { beforeEach, describe, expect, it } from 'vitest'
import { Penalties } from './penalties.ts'

let at = 0
const clock = { now: () => at, monotonic: () => at }
const mallory = generateIdentity(systemRandom).did
const bob = generateIdentity(systemRandom).did
let penalties: Penalties

beforeEach(() => {
  at = 0
  penalties = new Penalties(clock)
})

/** Three faults in a row. */
function misbehave(): void {
  expect([1, 2, 3].map(() => penalties.fault(mallory))).toEqual([false, false, true])
}

describe(Penalties, () => {
  it('F2 bar a member for a minute after the third fault within one, and nobody else', () => {
    misbehave()
    expect([mallory, bob].map((did) => penalties.isBarred(did))).toEqual([true, false])
    at = 59_999
    expect(penalties.isBarred(mallory)).toBe(true)
    at = 60_000
    expect(penalties.isBarred(mallory)).toBe(false)
  })

  it('F2 bar it for twice as long each time, and for an hour at most', () => {
    for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
      misbehave()
      at += minutes * 60_000 - 1
      expect(penalties.isBarred(mallory)).toBe(true)
      at += 1
      expect(penalties.isBarred(mallory)).toBe(false)
    }
  })

  it('forgive faults that are a minute apart', () => {
    for (let n = 0; n < 9; n++) {
      expect(penalties.fault(mallory)).toBe(false)
      at += 30_000
    }
  })

  it('F4 remember a bounded number of members', () => {
    misbehave()
    for (let n = 0; n < 1_024; n++) penalties.fault(generateIdentity(systemRandom).did)
    expect(penalties.isBarred(mallory)).toBe(false)
  })
})
