import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AskedNode } from '../test/asked-node.ts'
import type { Freshness } from './freshness.ts'

const required = { maxAgeMs: 10_000, members: 2 }

let node: AskedNode
let freshness: Freshness

beforeEach(() => {
  node = new AskedNode()
  node.attested = [0, 4_000]
  freshness = node.freshness
})

describe('Freshness', () => {
  it('is nobody before the node has been asked', () => {
    expect(freshness.ages).toEqual([])
  })

  it('grows old by itself, and asks only once it is too old', async () => {
    await freshness.renew(required)
    expect(freshness.ages).toEqual([0, 4_000])
    node.nowMs += 6_000
    await freshness.renew(required)
    expect(freshness.ages).toEqual([6_000, 10_000])
    expect(node.lookups).toHaveLength(1)
    node.nowMs += 1
    await freshness.renew(required)
    expect(freshness.ages).toEqual([0, 4_000])
    expect(node.lookups).toHaveLength(2)
  })

  it('R2 counts from when the node was asked, however long the answer was held back', async () => {
    // On its way there, or back.
    node.behind = () => {
      node.nowMs += 7_000
    }
    await freshness.renew(required)
    expect(freshness.ages).toEqual([7_000, 11_000])
  })

  it('R1 stays what it was where the node says nothing, and does not reject', async () => {
    await freshness.renew(required)
    node.nowMs += 60_000
    node.isSilent = true
    const renewed = freshness.renew(required)
    await vi.waitFor(() => expect(node.lookups).toHaveLength(2))
    node.exchange.disconnected()
    await renewed
    expect(freshness.ages).toEqual([60_000, 64_000])
  })

  it('R1 asks a node that says nothing for 5 s, and then anew', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      node.isSilent = true
      const renewed = freshness.renew(required)
      await vi.advanceTimersByTimeAsync(5_000)
      await renewed
      node.isSilent = false
      await freshness.renew(required)
      expect(freshness.ages).toEqual([0, 4_000])
    } finally {
      vi.useRealTimers()
    }
  })

  it('asks once for all who need it at the same time', async () => {
    await Promise.all(Array.from({ length: 100 }, () => freshness.renew(required)))
    expect(node.lookups).toHaveLength(1)
    expect(node.lookups[0]).toMatchObject({ dids: [], links: [] })
  })

  it('D7 counts no answer of a connection that is lost right behind it', async () => {
    node.behind = () => freshness.forget()
    await freshness.renew(required)
    expect(freshness.ages).toEqual([])
    node.behind = () => {}
    await freshness.renew(required)
    expect(freshness.ages).toEqual([0, 4_000])
  })

  it('asks for nothing where nothing is required', async () => {
    await freshness.renew(undefined)
    expect(node.asked).toEqual([])
  })
})
