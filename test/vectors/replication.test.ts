import { openStatement } from '@trustmesh/identity'
import { answerCompare, type FrameOf, KeyTree, replicaKey, statementIdOf } from '@trustmesh/protocol'
import { parseHead } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { bytesOf, generated, onDisk, type Shown, shown } from './golden.ts'
import { ANSWERS, FINGERPRINTS, HEADS, KEYS, SETS } from './replication-cases.ts'

const FILE = 'replication.json'
const content = { version: 1, keys: KEYS, sets: SETS, fingerprints: FINGERPRINTS, answers: ANSWERS, heads: HEADS }
const written = generated(FILE, content)
const { keys, sets, fingerprints, answers, heads } = JSON.parse(onDisk(FILE)) as Shown<typeof content>

function treeOf(name: string): KeyTree {
  const tree = new KeyTree()
  for (const key of sets.find((set) => set.name === name)!.keys) tree.add(bytesOf(key))
  return tree
}
const trees = new Map(sets.map(({ name }) => [name, treeOf(name)]))

function compareOf({ id, of, horizon, ranges }: Shown<(typeof ANSWERS)[number]['compare']>): FrameOf<'compare'> {
  const pairs = ranges.map(([prefix, print]): [Uint8Array, Uint8Array] => [bytesOf(prefix), bytesOf(print)])
  return { type: 'compare', id: bytesOf(id), of, horizon, ranges: pairs }
}

it('replication.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('replication.json', () => {
  it.each(keys)('gives the key of $id', ({ id, expiry, key }) => {
    expect(shown(replicaKey(statementIdOf(bytesOf(id)), expiry ?? Number.POSITIVE_INFINITY))).toBe(key)
  })

  it.each(sets.map(({ name }) => name))('gives the fingerprints of every range of: %s', (name) => {
    const cases = fingerprints.filter(({ of }) => of === name)
    expect(cases.length).toBeGreaterThan(30)
    for (const { of: _, prefix, horizon, ...range } of cases) {
      expect(shown(trees.get(name)!.range(bytesOf(prefix), horizon))).toEqual(range)
    }
  })

  it.each(answers)('gives the answer: $name', ({ of, horizon, budget, compare, differ }) => {
    const { type: _, ...answer } = answerCompare(trees.get(of)!, compareOf(compare), horizon, budget)
    expect(shown(answer)).toEqual(differ)
  })

  it.each(heads)('judges a head $name', ({ envelope, id, code }) => {
    const statement = openStatement(bytesOf(envelope))
    if (id) expect(parseHead(statement).id).toBe(id)
    else expect(() => parseHead(statement)).toThrow(expect.objectContaining({ name: 'TrustError', code }))
  })

  it('has answers of every kind', () => {
    const differs = ANSWERS.map(({ differ }) => differ)
    expect(differs.some(({ deeper }) => deeper.length > 1)).toBe(true)
    expect(differs.some(({ listed }) => listed.some(([, each]) => each.length > 1))).toBe(true)
    expect(differs.some(({ listed }) => listed.some(([, each]) => each.length === 0))).toBe(true)
    expect(differs.some(({ looked }) => looked === 20)).toBe(true)
  })
})
