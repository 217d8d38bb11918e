import { type Did, didOf, meshIdOf, openStatement } from '@trustmesh/identity'
import { type Attestation, DEFAULT_MODEL, Scorer, StatementSet } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { bytesOf, generated, onDisk, type Shown } from './golden.ts'
import { SCORES, type ScoreCase } from './score-cases.ts'
import { SUCCESSIONS, type SuccessionCase } from './succession-cases.ts'

const FILE = 'scores.json'
const written = generated(FILE, { version: 1, model: DEFAULT_MODEL, cases: SCORES, successions: SUCCESSIONS })
const { cases, successions } = JSON.parse(onDisk(FILE)) as {
  cases: readonly ScoreCase[]
  successions: readonly Shown<SuccessionCase>[]
}

/** A scorer of what stands in a case. */
function scorerOf({ roots, silent, now, attestations }: ScoreCase): Scorer {
  const standing = attestations as readonly (ScoreCase['attestations'][number] & Attestation)[]
  const scorer = new Scorer(DEFAULT_MODEL, new Set(roots as Did[]), {
    epoch: 0,
    slots: () => standing,
    suspended: () => [],
    attestationBy: (iss, sub, ctx) =>
      standing.find((word) => word.iss === iss && word.sub === sub && word.ctx === ctx) ?? null,
    isRevoked: (did) => silent.includes(did),
    isSuspended: () => false,
    nextHoldOf: () => Number.POSITIVE_INFINITY,
  })
  scorer.advance(now)
  return scorer
}

it('scores.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('scores.json', () => {
  it.each(cases.map((one) => [one.name, one] as const))('T15 holds: %s', (_, one) => {
    const scorer = scorerOf(one)
    for (const { did, credit, positive, negative, score, confidence } of one.found) {
      expect([did, scorer.creditOf(did as Did, one.ctx)]).toEqual([did, credit])
      expect([did, scorer.evidenceOf(did as Did, one.ctx)]).toEqual([did, { positive, negative }])
      expect([did, scorer.opinionOf(did as Did, one.ctx)]).toEqual([did, { score, confidence }])
    }
    for (const { did, contributions, rest } of one.explained ?? []) {
      const explanation = scorer.explain(did as Did, one.ctx)
      expect(explanation.contributions.map(({ credit: _, ...contribution }) => contribution)).toEqual(contributions)
      expect(explanation.rest).toEqual(rest)
    }
  })

  it.each(successions.map((one) => [one.name, one] as const))(
    'T14 T15 holds: %s',
    (_, { root, now, statements, found }) => {
      const alice = didOf(bytesOf(root))
      const policy = { roots: [alice], authorities: [alice], threshold: 1 }
      for (const order of [statements, statements.toReversed()]) {
        const set = new StatementSet({ net: meshIdOf(alice), policy })
        for (const envelope of order) set.add(openStatement(bytesOf(envelope)))
        const scorer = new Scorer(DEFAULT_MODEL, new Set([alice]), set)
        scorer.advance(now)
        for (const { key, credit, ...want } of found) {
          const did = didOf(bytesOf(key))
          expect([key, scorer.creditOf(did, '')]).toEqual([key, credit])
          expect([key, { ...scorer.evidenceOf(did, ''), ...scorer.opinionOf(did, '') }]).toEqual([key, want])
        }
      }
    },
  )
})
