import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, attest, bob, carol, codeOf, NOW, net, policy, standingOf } from '../../test/cast.ts'
import type { Predicate } from '../chain/constraints.ts'
import { evaluate, fuelOfChain } from '../chain/evaluation.ts'
import { StatementSet } from '../set/statement-set.ts'
import { decide } from './gate.ts'
import { type Occasion, parseRequirement, type Requirement } from './gate-case.ts'
import { type Denial, parseDenial } from './verdict.ts'

const set = new StatementSet({ net, policy })
set.add(await attest(alice, { sub: bob.did, value: 800 }))
const standing = standingOf(set, bob.did, NOW)
const occasion: Occasion = { peer: bob.did, kind: 'pay', epoch: set.epoch, self: carol.did, decider: 'carol' }

function denialOf(args: unknown, requirement: Requirement): Denial | null {
  const verdict = decide({ standing, args }, requirement, occasion)
  return verdict.allow ? null : verdict.denial
}

const small: Requirement = { where: [{ op: 'lte', at: ['amount'], value: 100 }] }

const predicate: fc.Arbitrary<Predicate> = fc.letrec<{ any: Predicate }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      op: fc.constant('eq' as const),
      at: fc.constantFrom(['a'], ['b'], []),
      value: fc.integer({ min: 0, max: 2 }),
    }),
    fc.record({
      op: fc.constantFrom('lt' as const, 'gte' as const),
      at: fc.constantFrom(['a'], ['b']),
      value: fc.integer({ min: 0, max: 2 }),
    }),
    fc.record({ op: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('any'), { maxLength: 3 }) }),
    fc.record({ op: fc.constant('not' as const), of: tie('any') }),
  ),
})).any
const args = fc.oneof(
  fc.record(
    { a: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.string()), b: fc.integer({ min: 0, max: 2 }) },
    { requiredKeys: [] },
  ),
  fc.constantFrom(undefined, null, 1, 'a', Number.NaN),
)

describe('a requirement that restricts arguments', () => {
  it.each([undefined, null, {}, { amount: '1' }, { amount: 101 }, { amount: Number.NaN }, [100]])(
    'M12 denies %j, of which it does not hold or nothing is known',
    (given) => {
      expect(denialOf(given, small)?.code).toBe('gate.where')
    },
  )

  it('allows what it holds of', () => {
    expect(denialOf({ amount: 100 }, small)).toBeNull()
  })

  it('allows exactly what all of it is true of', () => {
    fc.assert(
      fc.property(fc.array(predicate, { maxLength: 3 }), args, (where, given) => {
        const isTrue = where.every((each) => evaluate(each, given, fuelOfChain()) === true)
        expect(denialOf(given, { where })).toEqual(isTrue ? null : expect.objectContaining({ code: 'gate.where' }))
      }),
      { numRuns: 1_000 },
    )
  })

  it('D2 is looked at behind the standing, and ahead of any chain', () => {
    const asked: Requirement = { ...small, can: '/pay' }
    expect(denialOf({}, { ...asked, minTier: 'vouched' })?.code).toBe('gate.tier-too-low')
    expect(denialOf({}, asked)?.code).toBe('gate.where')
    expect(denialOf({ amount: 1 }, asked)?.code).toBe('gate.no-chain')
  })

  it('is told with the denial, in a form that can be parsed', () => {
    const denial = denialOf({}, small)
    expect(denial?.fix).toContain('{"op":"lte","at":["amount"],"value":100}')
    expect(parseDenial(structuredClone(denial))).toEqual(denial)
    const long: Requirement = { where: [{ op: 'eq', at: [], value: 'x'.repeat(256) }] }
    expect(parseDenial(structuredClone(denialOf({}, long))).code).toBe('gate.where')
  })

  it('cannot be one that somebody would have to count, or that has no end', async () => {
    const tooMany = Array.from({ length: 65 }, () => ({ op: 'eq' as const, at: [], value: 1 }))
    for (const where of [[{ op: 'maxCalls', limit: 1 }], [{ op: 'minTier', tier: 'known' }], tooMany, {}, [1]]) {
      expect(await codeOf(() => parseRequirement({ where }))).toBe('requirement.malformed')
    }
  })
})
