import { attackOn } from './attack.ts'
import { Dice } from './dice.ts'
import { historyOf, type Method } from './method.ts'
import { strongest } from './methods/eigentrust.ts'
import { ANCHORS } from './prediction.ts'
import { Ranking } from './ranking.ts'
import type { Ratings } from './ratings.ts'

/** The attack comes after so much of the ratings. */
const ATTACKED = 0.75
const SEEDS = 20
/** How many honest agents are fooled. */
const FOOLED = [0, 1, 10] as const

/**
 * What is left of a method under attack with `m` fooled agents. `auc`: how often a victim is above a Sybil, the mean over
 * the seeds; the rest are medians over the seeds, and over those concerned, of the method's scores.
 */
export interface Resistance {
  readonly m: number
  readonly auc: number
  readonly victimsBefore: number
  readonly victimsAfter: number
  readonly sybils: number
  readonly leader: number
  /** Of the same newcomer, rated by the same agents, with no Sybils. */
  readonly leaderAlone: number
  /** The most that the crowd brought its leader under any seed. */
  readonly leaderGain: number
}

/** Attacks a history under {@link SEEDS} seeds, from `seed` on, for each number of fooled agents. */
export function resist({ ratings, agents }: Ratings, method: Method, seed: number): Resistance[] {
  const known = ratings.slice(0, Math.floor(ratings.length * ATTACKED))
  const history = historyOf(known, agents, strongest(ANCHORS, { ratings: known, agents }))
  const before = method(history)
  return FOOLED.map((m) => {
    const trials = Array.from({ length: SEEDS }, (_, number) => {
      const { attacked, alone, leader, sybils, victims } = attackOn(history, m, new Dice(seed + number))
      const [scores, scoresAlone] = [method(attacked), method(alone)]
      const outcomes = [
        ...victims.map((victim) => ({ score: scores[victim] as number, isGood: true })),
        ...sybils.map((sybil) => ({ score: scores[sybil] as number, isGood: false })),
      ]
      return {
        auc: new Ranking(outcomes).auc(),
        victimsBefore: median(victims.map((victim) => before[victim] as number)),
        victimsAfter: median(victims.map((victim) => scores[victim] as number)),
        sybils: median(sybils.map((sybil) => scores[sybil] as number)),
        leader: scores[leader] as number,
        leaderAlone: scoresAlone[leader] as number,
      }
    })
    const middle = (of: keyof (typeof trials)[number]): number => median(trials.map((trial) => trial[of]))
    return {
      m,
      auc: trials.reduce((sum, { auc }) => sum + auc, 0) / SEEDS,
      victimsBefore: middle('victimsBefore'),
      victimsAfter: middle('victimsAfter'),
      sybils: middle('sybils'),
      leader: middle('leader'),
      leaderAlone: middle('leaderAlone'),
      leaderGain: Math.max(...trials.map(({ leader, leaderAlone }) => leader - leaderAlone)),
    }
  })
}

/** The middle value, or the mean of the middle two. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  return ((sorted[Math.ceil(half) - 1] as number) + (sorted[Math.floor(half)] as number)) / 2
}
