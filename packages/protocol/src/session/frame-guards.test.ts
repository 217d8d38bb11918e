import { decodeBody, type Encodable, encodeBody, keyOf } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, bob } from '../../../../test/protocol-kit.ts'
import { LIMITS } from '../limits.ts'
import { agentFields } from './agent-frames.ts'
import { GUARDS } from './frame-guards.ts'
import { peerFields, SAY_KINDS } from './peer-frames.ts'

const SCHEMAS = { ack: agentFields.ack, heard: peerFields.heard, message: agentFields.message, say: peerFields.say }
type Guarded = keyof typeof SCHEMAS

const bytes = (length: number): Uint8Array => new Uint8Array(length)
const [key, other] = [keyOf(alice.did), keyOf(bob.did)]
/** No key of anybody (threat I5). */
const WEAK = bytes(32)
const TRACE = `00-${'0a'.repeat(16)}-${'0'.repeat(16)}-01`

/** More than a frame has, so that several fields of one can be too long. */
const ROOM = 1_048_576
/** Values at both sides of each bound. */
const LENGTHS = [0, 1, 15, 16, 17, 31, 32, 33, LIMITS.receiptBytes, LIMITS.receiptBytes + 1]
const LARGE = [LIMITS.sayBytes - 1, LIMITS.sayBytes, LIMITS.sayBytes + 1, LIMITS.bodyBytes, LIMITS.bodyBytes + 1]
const INTEGERS = [-1, 0, 1, LIMITS.grant, LIMITS.grant + 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
const TEXTS = ['', 'one', 'a.b-1', 'A', 'a.', 'a'.repeat(64), 'a'.repeat(65), TRACE, `${TRACE} `, TRACE.toUpperCase()]
const VALUES: readonly Encodable[] = [
  ...[null, true, false, [], {}, [1], { n: 1 }, key, other, WEAK],
  ...[...LENGTHS, ...LARGE].map(bytes),
  ...[...INTEGERS, ...SAY_KINDS, ...TEXTS],
]
const value = fc.constantFrom(...VALUES)

type Fields = { readonly [field: string]: Encodable }
const say = (kind: string, rest: Fields = {}): Fields => ({ n: 1, kind, ...rest, body: bytes(1) })
/** Some of each type that are good as they are. */
const GOOD: Readonly<Record<Guarded, readonly Fields[]>> = {
  ack: [{ re: bytes(16) }, { re: bytes(32), code: 'a.b' }],
  heard: [{ n: 0 }],
  message: [
    { id: bytes(16), to: key, body: bytes(1) },
    { id: bytes(16), to: key, from: other, body: bytes(1) },
  ],
  say: [
    say('one-way'),
    say('request', { receipt: bytes(1), trace: TRACE }),
    say('stream', { grant: 1 }),
    say('reply', { re: 1, calls: 0 }),
    say('item', { re: 1, trace: TRACE }),
    { n: 1, kind: 'reply', re: 1, more: true, body: bytes(LIMITS.sayBytes) },
    { n: 1, kind: 'credit', re: 1, grant: 1, body: bytes(0) },
    { n: 1, kind: 'end', re: 1, body: bytes(0) },
  ],
}
const NAMES = [...new Set(Object.values(GOOD).flatMap((list) => list.flatMap(Object.keys))), 'type', 'toString', 'x']

/** A good one with up to three fields left out, replaced or added. */
const mutated = (type: Guarded): fc.Arbitrary<Fields> => {
  const change = fc.record({ name: fc.constantFrom(...NAMES), value: fc.option(value, { nil: undefined, freq: 4 }) })
  const changes = fc.array(change, { maxLength: 3 })
  return fc.tuple(fc.constantFrom(...GOOD[type]), changes).map(([good, list]) => {
    const fields: Record<string, Encodable> = { ...good }
    for (const { name, value } of list) {
      if (value === undefined) delete fields[name]
      else fields[name] = value
    }
    return fields
  })
}

describe.each(Object.keys(SCHEMAS) as Guarded[])('the guard of %s', (type) => {
  const agrees = (document: Encodable): boolean => {
    const fields = decodeBody(encodeBody(document, ROOM), ROOM)
    const read = SCHEMAS[type].safeParse(fields)
    expect(GUARDS[type]?.(fields)).toBe(read.success)
    // Not a matcher of values, which takes its time over so many bytes.
    for (const [name, each] of Object.entries(read.data ?? {})) expect((fields as Fields)[name] === each).toBe(true)
    return read.success
  }

  it('S18 takes what the schema takes', () => {
    for (const fields of GOOD[type]) expect(agrees(fields)).toBe(true)
  })

  it('S18 takes and refuses what the schema does at both sides of each bound of each field', () => {
    for (const good of GOOD[type]) {
      for (const name of NAMES) for (const each of VALUES) agrees({ ...good, [name]: each })
    }
  })

  it('S18 takes and refuses what the schema does, whatever is left out, replaced or added', () => {
    const taken = new Set<boolean>()
    fc.assert(
      fc.property(mutated(type), (fields) => {
        taken.add(agrees(fields))
      }),
      { numRuns: 1_000 },
    )
    expect(taken).toEqual(new Set([true, false]))
  })

  it('S18 takes and refuses what the schema does where there may be no fields at all', () => {
    fc.assert(fc.property(value, (document) => void agrees(document)))
  })
})

it('S18 holds every guard against its schema', () => {
  expect(Object.keys(GUARDS).sort()).toEqual(Object.keys(SCHEMAS))
})
