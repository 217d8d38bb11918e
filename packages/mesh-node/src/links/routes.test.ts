import type { Did } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstSteps, sidesOf } from './routes.ts'

const did = (n: number): Did => `did:${n}` as Did

/** What members say, of links that both ends name. */
function said(links: readonly (readonly [number, number])[]): (member: Did) => Did[] {
  return (member) => links.flatMap(([a, b]) => (did(a) === member ? [did(b)] : did(b) === member ? [did(a)] : []))
}

describe(firstSteps, () => {
  it('F2 leads nobody over a link that only one of its ends names', () => {
    const claims = new Map<Did, readonly Did[]>([
      [did(1), [did(0), did(2)]],
      [did(2), []],
    ])
    expect(firstSteps(did(0), [did(1)], (member) => claims.get(member) ?? []).has(did(2))).toBe(false)
  })

  it('goes the shortest way, and of those of one length by the least Did', () => {
    const neighbours = said([
      [0, 2],
      [0, 1],
      [1, 3],
      [2, 3],
      [3, 4],
    ])
    const steps = firstSteps(did(0), [did(2), did(1)], neighbours)
    expect(Object.fromEntries(steps)).toEqual({ 'did:1': did(1), 'did:2': did(2), 'did:3': did(1), 'did:4': did(1) })
  })

  it('F9 brings whoever follows the steps of each member to the end without passing anybody twice', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }))
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), (pairs) => {
        const neighbours = said(pairs.filter(([a, b]) => a !== b))
        const stepsOf = (member: Did) => firstSteps(member, neighbours(member), neighbours)
        for (const to of stepsOf(did(0)).keys()) {
          const passed = new Set<Did>()
          for (let at = did(0); at !== to; at = stepsOf(at).get(to) as Did) {
            expect(passed.has(at)).toBe(false)
            passed.add(at)
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe(sidesOf, () => {
  const members = [1, 2, 3, 4].map(did)
  const isOneSide = (links: readonly (readonly [number, number])[], one: number, other: number): boolean => {
    const sides = sidesOf(did(0), members, said(links))
    return sides.get(did(one)) === sides.get(did(other))
  }

  it('H16 sets nobody on the side of another that it reaches over the node itself alone', () => {
    const line = [
      [1, 2],
      [2, 0],
      [0, 3],
      [3, 4],
    ] as const
    expect(isOneSide(line, 1, 2)).toBe(true)
    expect(isOneSide(line, 3, 4)).toBe(true)
    expect(isOneSide(line, 1, 3)).toBe(false)
    expect(isOneSide([...line, [1, 4]], 2, 3)).toBe(true)
  })

  it('F2 joins no sides by a link that only one of its ends names', () => {
    const sides = sidesOf(did(0), members, (member) => (member === did(1) ? [did(2)] : []))
    expect(sides.get(did(1))).not.toBe(sides.get(did(2)))
  })
})
