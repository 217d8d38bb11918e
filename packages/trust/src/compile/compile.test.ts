import { commonFields } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { alice, bob, carol, NOW } from '../../test/cast.ts'
import { capability } from '../chain/capability.ts'
import { where } from '../chain/constraints.ts'
import { didKey, hash, statementId, time } from '../fields.ts'
import { compiled } from './native.ts'
import { compiled as plain } from './portable.ts'

/** What claims that are compiled are made of. */
const schema = z.strictObject({
  ...commonFields,
  aud: didKey,
  can: capability,
  where,
  args: hash,
  nbf: z.optional(time),
  depth: z.int().check(z.gte(0), z.lt(10)),
  parent: z.nullable(statementId),
  revokers: z.optional(z.array(didKey).check(z.minLength(1), z.maxLength(8))),
})

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const did = fc.constantFrom(alice, bob, carol).map(({ did }) => z.encode(didKey, did))
const sound = fc.record(
  {
    net: bytes(32),
    iat: fc.constant(NOW),
    nonce: bytes(16),
    aud: did,
    can: fc.constantFrom('/tool', '/tool/search'),
    where: fc.constantFrom([], [{ op: 'eq', at: ['a'], value: 1 }], [{ op: 'not', of: { op: 'and', of: [] } }]),
    args: bytes(32),
    nbf: fc.maxSafeInteger(),
    depth: fc.integer({ min: -1, max: 10 }),
    parent: fc.oneof(fc.constant(null), bytes(32)),
    revokers: fc.array(did, { maxLength: 9 }),
  },
  { requiredKeys: ['net', 'iat', 'nonce', 'aud', 'can', 'where', 'args', 'depth', 'parent'] },
)
const anything = fc.oneof(
  fc.constantFrom(null, true, '', '/tool/..', 0, -1, 2 ** 53 - 1, [], {}),
  fc.uint8Array({ maxLength: 40 }),
  fc.constant([{ op: 'regex', at: [], value: 'a' }]),
)
const field = fc.oneof(fc.constantFrom(...Object.keys(schema.def.shape)), fc.string({ maxLength: 8 }))

describe('compiled', () => {
  it('makes a function of what claims are made of', () => {
    expect(() => z.compile(schema, { strict: true })).not.toThrow()
    // So that what is not thrown means something.
    const circle: z.ZodMiniType = z.lazy(() => z.array(circle))
    expect(() => z.compile(circle, { strict: true })).toThrow()
  })

  it('I9 says of each claim what the schema says', () => {
    const [quick, slow] = [compiled(schema), plain(schema)]
    const verdicts = { sound: 0, broken: 0 }
    fc.assert(
      fc.property(sound, fc.array(fc.tuple(field, anything), { maxLength: 2 }), (fields, changes) => {
        const claim = { ...fields, ...Object.fromEntries(changes) }
        const result = z.safeParse(quick, claim)
        const expected = z.safeParse(slow, claim)
        verdicts[expected.success ? 'sound' : 'broken']++
        expect(result.success).toBe(expected.success)
        expect(result.data).toStrictEqual(expected.data)
        expect(Object.keys(result.data ?? {})).toEqual(Object.keys(expected.data ?? {}))
        if (!result.data) return
        expect(result.data).not.toBe(claim)
        expect(z.encode(quick, result.data)).toEqual(z.encode(slow, result.data))
      }),
      { numRuns: 3_000 },
    )
    expect(Math.min(verdicts.sound, verdicts.broken)).toBeGreaterThan(300)
  })
})
