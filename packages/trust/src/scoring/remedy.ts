import { MAX_WEIGHT, PLAIN_WEIGHT } from '../attestation.ts'
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
      const value = leastValue((v) => {
        const positive = Math.min(v * weight, model.cap)
        // Less negative evidence raises the score but lowers the confidence: both ends have to hold.
        return [0, negative].every((s) => reaches(opinionOf({ positive, negative: s }, model), tier))
      })
      if (value) return { who, value, weight }
    }
  }
  return null
}

/**
 * The most S that this opinion leaves room for, in micro-units. With D = R + λS + K: `E = (R + aK)/D` and
 * `c = 1 − K/D` give `λS = D(1 − E) − K(1 − a)`, which grows with c and falls with E.
 */
function mostNegative({ score, confidence }: Opinion, { prior, baseline, severity }: Model): number {
  if (confidence >= 999) return Number.POSITIVE_INFINITY
  const weighted = (prior * (1000 - score)) / (999 - confidence) - (prior * (1000 - baseline)) / 1000
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
