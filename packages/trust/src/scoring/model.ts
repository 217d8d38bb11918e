import * as z from 'zod/mini'
import { read } from '../fields.ts'
import { MAX_DECAYING } from './decay.ts'
import type { Opinion } from './tiers.ts'

/** Thousandths of one. */
const share = z.int().check(z.gte(0), z.lte(1000))

const modelSchema = z.strictObject({
  /** H in `r = w · max(v, 0) · 2^(−(t − τ)/H)`, and `s` likewise of `max(−v, 0)`; in ms. */
  halfLifeMs: z.int().check(z.gte(3_600_000)),
  /** The cap of r and of s, for each issuer; in micro-units. */
  cap: z.int().check(z.gte(1), z.lte(MAX_DECAYING)),
  /** k in `x = r′ / (r′ + k)`, where r′ is r that decays at 2H: evidence that makes half a referral; in micro-units. */
  hesitancy: z.int().check(z.gte(1), z.lte(1_000_000_000)),
  /** β in `in_j = Σ_roots x + β · Σ_others w · x / max(C, Σx)`: what of its credit a rater passes on; in thousandths. */
  relay: z.int().check(z.gte(0), z.lte(900)),
  /** C in the same: a rater passes on all of that only where its referrals add up to so much; in thousandths. */
  breadth: z.int().check(z.gte(1000), z.lte(1_000_000)),
  /** D: so many rounds of that, so many steps from a root at most. */
  rounds: z.int().check(z.gte(1), z.lte(8)),
  /** B in `f = min(1, B/o)³`, the part of its words that counts of a rater who has given others evidence o; in micro-units. */
  budget: z.int().check(z.gte(1), z.lte(1_000_000_000)),
  /** K in `E = (R + aK) / (R + λS + K)` and in `confidence = R / (R + K)`; in micro-units. */
  prior: z.int().check(z.gte(1), z.lte(1_000_000_000)),
  /** a in the same: the score of somebody of whom nothing is known; in thousandths. */
  baseline: share,
  /** λ in E: how many times heavier what speaks against somebody is. */
  severity: z.int().check(z.gte(1), z.lte(100)),
  /** What counts of a word in the context above, for each step up; in thousandths. */
  inheritance: share,
})

/** The parameters of the scores, each with its formula. Within these ranges all sums are exact integers. */
export type Model = Readonly<z.infer<typeof modelSchema>>

/** H = 180 days, cap = 3, k = 0.5, β = 0.7, C = 5, D = 4, B = 50, K = 1, a = 0.3, λ = 15. */
export const DEFAULT_MODEL: Model = {
  halfLifeMs: 180 * 24 * 3_600_000,
  cap: 3_000_000,
  hesitancy: 500_000,
  relay: 700,
  breadth: 5000,
  rounds: 4,
  budget: 50_000_000,
  prior: 1_000_000,
  baseline: 300,
  severity: 15,
  inheritance: 500,
}

/** Throws `model.malformed`. */
export function parseModel(input: unknown): Model {
  return read(modelSchema, input, 'model.malformed')
}

/** One of credit, and of the voice that limits it: a change that is less than one part of this ends there. */
export const CREDIT_BITS = 8
export const CREDIT_ONE = 2 ** CREDIT_BITS

/** R and S: what speaks for a Did and what speaks against it, in micro-units. */
export interface Evidence {
  readonly positive: number
  readonly negative: number
}

/** Where nobody who counts has said anything. */
export const NOTHING: Evidence = { positive: 0, negative: 0 }

/** The opinions that no evidence changes: of whoever is revoked or suspended, and of a root. */
export const OF_SILENT: Opinion = { score: 0, confidence: 1000 }
export const OF_ROOT: Opinion = { score: 1000, confidence: 1000 }

/**
 * Score and confidence, each rounded down, so that no tier is reached by rounding. Confidence is of what speaks for the
 * Did alone: so neither rises with what speaks against it, and neither does the tier.
 */
export function opinionOf({ positive, negative }: Evidence, { prior, baseline, severity }: Model): Opinion {
  return {
    score: Math.floor((1000 * positive + baseline * prior) / (positive + severity * negative + prior)),
    confidence: Math.floor((1000 * positive) / (positive + prior)),
  }
}

/** `q = (R + K) / (R + S + K)`: what is left of the credit of a rater, as the discredited lose their voice. */
export function voiceOf({ positive, negative }: Evidence, { prior }: Model): number {
  return Math.floor((CREDIT_ONE * (positive + prior)) / (positive + negative + prior))
}

/**
 * `E · K / (cap · (1 − a − E))`, the most that what a rater says for others may weigh, where E is its own score: by a
 * word of weight p and evidence cap a newcomer has `(cap · p + aK) / (cap · p + K)`, which then is at most E + a.
 */
export function limitOf(found: Evidence, model: Model): number {
  const { cap, prior, baseline } = model
  const { score } = opinionOf(found, model)
  const left = 1000 - baseline - score
  return left <= 0 ? CREDIT_ONE : Math.min(CREDIT_ONE, Math.floor((CREDIT_ONE * prior * score) / (cap * left)))
}
