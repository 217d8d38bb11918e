import { describe, expect, it } from 'vitest'
import type { Delegation } from '../statements/delegation.ts'
import { LinkCache, linkKey } from './link-cache.ts'

const link = (id: string): Delegation => ({ id }) as unknown as Delegation

describe(LinkCache, () => {
  it('forgets what was not asked for longest, and holds no more than it may', () => {
    const cache = new LinkCache(2)
    cache.put('a', link('a'))
    cache.put('b', link('b'))
    cache.get('a')
    cache.put('c', link('c'))
    expect(['a', 'b', 'c'].map((key) => cache.get(key)?.id)).toEqual(['a', undefined, 'c'])
    cache.put('c', link('c'))
    expect(cache.size).toBe(2)
  })

  it('I13 tells envelopes apart by every byte', () => {
    const bytes = new Uint8Array(64)
    const keys = new Set([linkKey(bytes), linkKey(bytes.subarray(1))])
    for (let i = 0; i < bytes.length; i++) keys.add(linkKey(bytes.with(i, 1)))
    expect(keys.size).toBe(66)
  })
})
