import type { Did } from '@trustmesh/identity'
import { type Attestation, DEFAULT_MODEL, Scorer } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { generated, onDisk } from './golden.ts'
import { SCORES, type ScoreCase } from './score-cases.ts'

const FILE = 'scores.json'
const written = generated(FILE, { version: 1, model: DEFAULT_MODEL, cases: SCORES })
const { cases } = JSON.parse(onDisk(FILE)) as { cases: readonly ScoreCase[] }

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
  })
})
