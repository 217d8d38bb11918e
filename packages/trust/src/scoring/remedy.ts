import { MAX_WEIGHT, PLAIN_WEIGHT } from '../statements/attestation.ts'
import { type Model, opinionOf } from './model.ts'
import { type Opinion, reaches, type Tier } from './tiers.ts'

/** What would lift a Did to a tier: attestations in the general context, with fresh evidence. */
export interface Remedy {
  /** Either any one root, or every root that speaks against the Did, each replacing what it said before. */
  readonly who: 'any-root' | 'every-opposing-root'
  /** The least that will do, 1 to 1000. */
  readonly value: number
  /** A plain attestation's, where that is enough. */
  readonly weight: number
}

/**
 * The least remedy that is sure to work, or `null` where one root's word is too light under this model.
 *
 * All that is known is the opinion, and that it was rounded. So the worst is taken of everything that rounds to it: the
 * root that attests takes back all that spoke for the Did, and nothing that speaks against it.
 */
export function remedyFor(opinion: Opinion, tier: Tier, model: Model): Remedy | null {
  for (const who of ['any-root', 'every-opposing-root'] as const) {
    const negative = who === 'any-root' ? mostNegative(opinion, model) : 0
    for (const weight of [PLAIN_WEIGHT, MAX_WEIGHT]) {
      const value = leastValue((v) =>
        reaches(opinionOf({ positive: Math.min(v * weight, model.cap), negative }, model), tier),
      )
      if (value) return { who, value, weight }
    }
  }
  return null
}

/**
 * The most S that this opinion leaves room for, in micro-units. With c = R/(R + K) and E = (R + aK)/(R + λS + K):
 * `R = Kc/(1 − c)` and `λS = (R + aK)/E − R − K`, which grows with c and falls with E.
 */
function mostNegative({ score, confidence }: Opinion, { prior, baseline, severity }: Model): number {
  if (confidence >= 999 || score === 0) return Number.POSITIVE_INFINITY
  const positive = (prior * (confidence + 1)) / (999 - confidence)
  const weighted = ((positive + (prior * baseline) / 1000) * 1000) / score - positive - prior
  return Math.max(0, Math.ceil(weighted / severity))
}

/** The least value that is enough, given that more is never worse. */
function leastValue(isEnough: (value: number) => boolean): number | null {
  let low = 1
  let high = 1000
  if (!isEnough(high)) return null
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (isEnough(middle)) high = middle
    else low = middle + 1
  }
  return low
}
