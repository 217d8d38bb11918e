/**
 * The score of a Did, from what the roots say of it. They alone are heard, and in the general context alone: there is
 * no referral yet, by which others would be.
 *
 * Integers throughout: evidence in micro-units, scores and confidence in thousandths. Sums of integers do not depend on
 * their order, so replicas that hold the same set agree bit for bit (threats T14, T15).
 */

import * as z from 'zod/mini'
import type { Attestation } from '../attestation.ts'
import { read } from '../fields.ts'
import type { Policy } from '../policy.ts'
import { decayed, MAX_DECAYING } from './decay.ts'
import type { Opinion } from './tiers.ts'

const modelSchema = z.strictObject({
  /** H in `r = w · max(v, 0) · 2^(−(t − τ)/H)`, and `s` likewise of `max(−v, 0)`; in ms. */
  halfLifeMs: z.int().check(z.gte(1)),
  /** The cap of r and of s, for each issuer; in micro-units. */
  cap: z.int().check(z.gte(1), z.lte(MAX_DECAYING)),
  /** K in `confidence = (R + λS) / (R + λS + K)`: with so much evidence, half; in micro-units. */
  prior: z.int().check(z.gte(1), z.lte(1_000_000_000)),
  /** a in `score = 1000 · (R + aK) / (R + λS + K)`: that of somebody of whom nothing is known; in thousandths. */
  baseline: z.int().check(z.gte(0), z.lte(1000)),
  /** λ in both: how many times heavier negative evidence is. */
  severity: z.int().check(z.gte(1), z.lte(100)),
})

/** The parameters, each with its formula. */
export type Model = Readonly<z.infer<typeof modelSchema>>

/** H = 180 days, cap = 3, K = 1, a = 0.3, λ = 3. */
export const DEFAULT_MODEL: Model = {
  halfLifeMs: 180 * 24 * 3_600_000,
  cap: 3_000_000,
  prior: 1_000_000,
  baseline: 300,
  severity: 3,
}

/** Attestations from clocks that run ahead count at once up to here; beyond, they wait (threat T9). */
const SKEW_MS = 60_000

/** R and S: what speaks for a Did and what speaks against it, in micro-units. */
export interface Evidence {
  readonly positive: number
  readonly negative: number
}

/** Throws `model.malformed`. */
export function parseModel(input: unknown): Model {
  return read(modelSchema, input, 'model.malformed')
}

/** Whether an attestation can count at all: a root's, in the general context. */
export function isHeard({ iss, ctx }: Attestation, { roots }: Policy): boolean {
  return roots.has(iss) && ctx === ''
}

/** The evidence in attestations about one Did, at most one of each issuer, at a time in ms. */
export function evidenceOf(attestations: Iterable<Attestation>, now: number, model: Model): Evidence {
  let positive = 0
  let negative = 0
  for (const { value, weight, iat, exp, evidenceAt } of attestations) {
    if (!(iat <= now + SKEW_MS && now < exp)) continue
    // Thousandths of a unit times thousandths of v are micro-units.
    const evidence = decayed(Math.min(weight * Math.abs(value), model.cap), now - evidenceAt, model.halfLifeMs)
    if (value > 0) positive += evidence
    else negative += evidence
  }
  return { positive, negative }
}

/** Score and confidence, each rounded down, so that no tier is reached by rounding. */
export function opinionOf({ positive, negative }: Evidence, { prior, baseline, severity }: Model): Opinion {
  const evidence = positive + severity * negative
  return {
    score: quotient(1000 * positive + baseline * prior, evidence + prior),
    confidence: quotient(1000 * evidence, evidence + prior),
  }
}

/** Exact, where flooring a division of doubles might round up first. */
function quotient(dividend: number, divisor: number): number {
  return (dividend - (dividend % divisor)) / divisor
}
