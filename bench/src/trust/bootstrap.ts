import type { Dice } from './dice.ts'
import type { Ranking } from './ranking.ts'

/** The middle 95 % of what resampling gave. */
export interface Interval {
  readonly lo: number
  readonly hi: number
}

/**
 * The AUC of each ranking in each resample. A resample draws as many raters as there are, with replacement, and takes
 * all that each of them rated: what one rater says is not independent, so raters are drawn and not ratings. All rankings
 * are of the same outcomes and see the same resamples, so that they can be compared in pairs (Efron 1979).
 */
export function resampledAucs(
  rankings: readonly Ranking[],
  raters: readonly number[],
  { resamples, dice }: { resamples: number; dice: Dice },
): number[][] {
  const names = [...new Set(raters)]
  const placeOf = new Map(names.map((rater, place) => [rater, place]))
  const places = raters.map((rater) => placeOf.get(rater) as number)
  const weights = new Float64Array(raters.length)
  const drawn = new Float64Array(names.length)
  const aucs: number[][] = rankings.map(() => [])
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0)
    for (let draw = 0; draw < names.length; draw++) {
      const place = dice.below(names.length)
      drawn[place] = (drawn[place] as number) + 1
    }
    for (const [outcome, place] of places.entries()) weights[outcome] = drawn[place] as number
    for (const [which, ranking] of rankings.entries()) aucs[which]?.push(ranking.auc(weights))
  }
  return aucs
}

/** From the 2.5th to the 97.5th percentile, without what is not a number. */
export function intervalOf(values: readonly number[]): Interval {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
  return { lo: at(0.025), hi: at(0.975) }
}
