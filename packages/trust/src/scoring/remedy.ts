import { MAX_WEIGHT, PLAIN_WEIGHT } from '../statements/attestation.ts'
import { type Model, opinionOf } from './model.ts'
import { reaches, type Tier } from './tiers.ts'

/** What one root has to attest in the context in question, with fresh evidence. */
export interface Remedy {
  /** The least that will do, 1 to 1000. */
  readonly value: number
  /** A plain attestation's, where that is enough. */
  readonly weight: number
}

/**
 * What lifts a Did to a tier where nothing speaks against it, or `null` where one root's word is too light under this
 * model. How much would outweigh what does speak against it, no opinion tells: whoever gains credit gives credit, and may
 * give it to its own critics.
 */
export function remedyFor(tier: Tier, model: Model): Remedy | null {
  for (const weight of [PLAIN_WEIGHT, MAX_WEIGHT]) {
    const value = leastValue((v) => {
      const opinion = opinionOf({ positive: Math.min(v * weight, model.cap), negative: 0 }, model)
      // Of no confidence, it might still be unknown.
      return opinion.confidence > 0 && reaches(opinion, tier)
    })
    if (value) return { value, weight }
  }
  return null
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
