import type { Did } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import type { Link } from './link.ts'
import { Links } from './links.ts'

const [A, B, C] = ['did:a', 'did:b', 'did:c'] as Did[] as [Did, Did, Did]

/** As much of a link as this registry looks at. */
function link(did: Did, opener: Did): Link & { readonly closedBy: string[] } {
  const closedBy: string[] = []
  return { did, opener, closedBy, close: (code: string) => closedBy.push(code) } as never
}

describe(Links, () => {
  it.each([
    ['first', true],
    ['second', false],
  ] as const)(
    'keeps the one of two that the lesser Did has opened, at both ends, also where it came %s',
    (_, isFirst) => {
      for (const [self, peer] of [
        [A, B],
        [B, A],
      ] as const) {
        const links = new Links(self)
        const [kept, other] = [link(peer, A), link(peer, B)]
        const order = isFirst ? [kept, other] : [other, kept]
        for (const each of order) links.add(each)
        expect(links.of(peer)).toBe(kept)
        expect([kept.closedBy, other.closedBy]).toEqual([[], ['session.superseded']])
      }
    },
  )

  it('keeps the newer of two by the same opener: the older is dead and does not know it', () => {
    const links = new Links(A)
    const [older, newer] = [link(B, B), link(B, B)]
    links.add(older)
    expect(links.add(newer)).toBe(true)
    expect(older.closedBy).toEqual(['session.superseded'])
    expect(links.remove(older)).toBe(false)
    expect([...links]).toEqual([newer])
  })

  it('keeps links with several members apart', () => {
    const links = new Links(B)
    links.add(link(A, A))
    links.add(link(C, B))
    expect(links.size).toBe(2)
  })
})
