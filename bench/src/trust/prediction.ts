import type { Interval } from './bootstrap.ts'
import { intervalOf, resampledAucs } from './bootstrap.ts'
import type { Dice } from './dice.ts'
import { historyOf, type Method } from './method.ts'
import { strongest } from './methods/eigentrust.ts'
import { Ranking } from './ranking.ts'
import type { Rating, Ratings } from './ratings.ts'

/** How many agents the verifier trusts from the outset. */
export const ANCHORS = 5
/** So many ratings are predicted from all those before them; then these are known too. */
const BLOCK = 500
/** The first of the ratings that are predicted, as a share of all. */
const TEST_FROM = 0.7
const RESAMPLES = 1000

/** How well the score of a subject tells the sign of the next rating of it: AUC with its interval, AP of negatives. */
export interface Prediction extends Interval {
  readonly auc: number
  readonly ap: number
}

/** What a method predicts, and by how much the AUC of the first method is above its own. */
export interface Compared {
  readonly prediction: Prediction
  readonly difference: Interval & { readonly auc: number }
}

/** Predicts the last part of the ratings by each method, from the same histories. The first is compared with each. */
export function comparePredictions(
  { ratings, agents }: Ratings,
  methods: readonly Method[],
  dice: Dice,
): { readonly ratings: number; readonly compared: readonly Compared[] } {
  const from = Math.floor(ratings.length * TEST_FROM)
  const anchors = strongest(ANCHORS, { ratings: ratings.slice(0, from), agents })
  const targets = ratings.slice(from)
  const scores = methods.map((): number[] => [])
  for (let start = from; start < ratings.length; start += BLOCK) {
    const history = historyOf(ratings.slice(0, start), agents, anchors)
    const block = ratings.slice(start, start + BLOCK)
    for (const [which, method] of methods.entries()) {
      const scored = method(history)
      for (const { subject } of block) scores[which]?.push(scored[subject] as number)
    }
  }
  return { ratings: targets.length, compared: compare(targets, scores, dice) }
}

function compare(targets: readonly Rating[], scores: readonly (readonly number[])[], dice: Dice): Compared[] {
  const rankings = scores.map((each) => {
    return new Ranking(each.map((score, place) => ({ score, isGood: (targets[place] as Rating).value > 0 })))
  })
  const raters = targets.map(({ rater }) => rater)
  const resamples = resampledAucs(rankings, raters, { resamples: RESAMPLES, dice })
  const [first, firstAucs = []] = [rankings[0] as Ranking, resamples[0]]
  return rankings.map((ranking, which) => {
    const aucs = resamples[which] ?? []
    const differences = firstAucs.map((auc, resample) => auc - (aucs[resample] as number))
    return {
      prediction: { auc: ranking.auc(), ...intervalOf(aucs), ap: ranking.averagePrecisionOfBad() },
      difference: { auc: first.auc() - ranking.auc(), ...intervalOf(differences) },
    }
  })
}
