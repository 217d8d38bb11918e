import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crowded, keyAt, nibblesOf, prefix, sorted, spread } from '../../../../test/replication-keys.ts'
import { dayOfKey, nibbleAt, startsWith } from './key.ts'
import { KeyTree } from './key-tree.ts'

/** What the specification says, told without a tree: RE-11. */
function fingerprintOf(keys: readonly Uint8Array[], depth: number): string {
  if (keys.length === 0) return '00'.repeat(32)
  const hash = createHash('sha256').update('TrustMesh/v1 range')
  if (keys.length <= 16) {
    hash.update(Uint8Array.of(0))
    for (const key of sorted(keys)) hash.update(key)
  } else {
    hash.update(Uint8Array.of(1))
    for (let nibble = 0; nibble < 16; nibble++) {
      const part = keys.filter((key) => nibbleAt(key, depth) === nibble)
      hash.update(Buffer.from(fingerprintOf(part, depth + 1), 'hex'))
    }
  }
  return hash.digest('hex')
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const treeOf = (keys: Iterable<Uint8Array>): KeyTree => {
  const tree = new KeyTree()
  for (const key of keys) tree.add(key)
  return tree
}
const horizon = fc.constantFrom(0, 1, 2, 0x0fff, 0x1000, 0x5014, 0x5015, 0x5016, 0xffff)
/** Crowds that come, and how many of all are left when the others go: ranges grow out of one leaf and shrink into it again. */
const history = fc.array(fc.oneof(crowded, fc.array(crowded, { maxLength: 40, size: 'max' }), fc.nat(20)), {
  maxLength: 8,
})

describe('KeyTree', () => {
  it.each([0, 32, 33, 35])('refuses a key of %i bytes', (length) => {
    expect(() => new KeyTree().add(new Uint8Array(length))).toThrow(RangeError)
  })

  it('tells a key that is there from one that is not', () => {
    const tree = treeOf([keyAt(1, [1])])
    expect([tree.has(keyAt(1, [1])), tree.has(keyAt(1, [2]))]).toEqual([true, false])
    expect([tree.add(keyAt(1, [1])), tree.add(keyAt(1, [2]))]).toEqual([false, true])
    expect([tree.delete(keyAt(1, [3])), tree.delete(keyAt(1, [1])), tree.delete(keyAt(1, [1]))]).toEqual([
      ...[false, true, false],
    ])
    expect(tree.size).toBe(1)
  })

  it('R4 answers for every range by the keys alone, whatever came and went, from whatever day on', () => {
    fc.assert(
      fc.property(history, fc.array(prefix, { minLength: 3, maxLength: 3 }), horizon, (turns, prefixes, day) => {
        const held = new Map<string, Uint8Array>()
        const tree = new KeyTree()
        for (const turn of turns) {
          const going = typeof turn === 'number' ? [...held.values()].slice(turn) : []
          for (const key of going) {
            expect(held.delete(hex(key)) && tree.delete(key)).toBe(true)
            expect(tree.delete(key)).toBe(false)
          }
          for (const key of typeof turn === 'number' ? [] : [turn].flat()) {
            expect(tree.add(key)).toBe(!held.has(hex(key)))
            held.set(hex(key), key)
          }
          // Fingerprints that were asked for are kept, and must not outlive what they say.
          tree.range(prefixes[0], day)
          tree.range()
        }
        expect(tree.size).toBe(held.size)
        for (const under of [new Uint8Array(), ...prefixes]) {
          for (const from of [0, day]) {
            const keys = [...held.values()].filter((key) => startsWith(key, under) && dayOfKey(key) >= from)
            const { count, fingerprint } = tree.range(under, from)
            expect(count).toBe(keys.length)
            expect(hex(fingerprint)).toBe(fingerprintOf(keys, under.length))
            expect([...tree.keys(under, from)].map(hex)).toEqual(sorted(keys).map(hex))
          }
        }
      }),
      { numRuns: 1500 },
    )
  })

  it('F7 gives two sets that differ two fingerprints, in each range that a difference is in', () => {
    const crowd = fc.array(crowded, { minLength: 1, maxLength: 60, size: 'max' })
    fc.assert(
      fc.property(crowd, crowded, fc.nat(68), (keys, extra, length) => {
        const [one, other] = [treeOf(keys), treeOf(keys)]
        if (!other.add(extra)) other.delete(extra)
        const under = nibblesOf(extra).slice(0, length)
        expect(hex(one.range(under).fingerprint)).not.toBe(hex(other.range(under).fingerprint))
      }),
      { numRuns: 1000 },
    )
  })

  it('A6 takes no keys for fingerprints: no range of sixteen looks like one of more', () => {
    const prints = [16, 17].map((count) => hex(treeOf(spread(count)).range().fingerprint))
    expect(new Set(prints).size).toBe(2)
  })

  it('hands out copies: nobody changes a tree or its fingerprints from outside', () => {
    const key = keyAt(0x5014, [1])
    const tree = treeOf([key, ...spread(40)])
    const before = hex(tree.range().fingerprint)
    key.fill(7)
    for (const each of [tree.range().fingerprint, tree.range(Uint8Array.of(5)).fingerprint, ...tree.keys()])
      each.fill(9)
    tree.at(0)?.fill(9)
    expect(hex(tree.range().fingerprint)).toBe(before)
    expect([...tree.keys()]).toEqual(sorted([keyAt(0x5014, [1]), ...spread(40)]))
  })

  it('finds the key that has so many before it', () => {
    const keys = sorted(spread(200))
    const tree = treeOf(spread(200))
    expect(keys.map((_, index) => tree.at(index))).toEqual(keys)
    expect([tree.at(200), tree.at(-1), new KeyTree().at(0)]).toEqual([null, null, null])
  })
})
