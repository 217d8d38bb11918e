import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageOf, passes } from './page.ts'

const all = (list: readonly string[], limit: number, between = () => list): string[] => {
  const seen: string[] = []
  let cursor: string | null | undefined
  let now = list
  while (cursor !== null) {
    const page = pageOf(now, { limit, cursor: cursor ?? undefined }, (item) => item)
    seen.push(...page.items)
    cursor = page.cursor
    now = between()
  }
  return seen
}

describe(pageOf, () => {
  it('refuses a cursor that none of its pages gave', () => {
    for (const cursor of ['=', 'a', '////', 'YQ=']) {
      expect(() => pageOf(['a'], { limit: 1, cursor }, (item) => item)).toThrow()
    }
  })

  it('shows all once, in order, however long the pages are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.integer({ min: 1, max: 7 }), (list, limit) => {
        expect(all(list, limit)).toEqual([...list].sort((a, b) => (a < b ? -1 : 1)))
      }),
    )
  })

  it('shows once all that stays, whatever comes and goes meanwhile', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 4 }),
        fc.array(fc.stringMatching(/^[A-Za-z]{1,4}$/)),
        fc.integer({ min: 1, max: 5 }),
        (list, coming, limit) => {
          const [gone] = list as [string]
          const seen = all(list, limit, () => [...new Set([...list.slice(1), ...coming])])
          expect(new Set(seen).size).toBe(seen.length)
          const stayed = list.filter((item) => item !== gone)
          expect(seen).toEqual(expect.arrayContaining(stayed))
        },
      ),
    )
  })

  it('holds of a long list no more than it shows', () => {
    const list = Array.from({ length: 10_000 }, (_, i) => String(i).padStart(5, '0')).reverse()
    expect(pageOf(list, { limit: 3 }, (item) => item).items).toEqual(['00000', '00001', '00002'])
  })
})

describe(passes, () => {
  it('lets through what is asked for, or all but what is not', () => {
    expect([passes(undefined, 'a'), passes({ isNot: false, value: 'a' }, 'a')]).toEqual([true, true])
    expect([passes({ isNot: true, value: 'a' }, 'a'), passes({ isNot: true, value: 'a' }, 'b')]).toEqual([false, true])
    expect(passes({ isNot: false, value: 'a' }, undefined)).toBe(false)
  })
})
