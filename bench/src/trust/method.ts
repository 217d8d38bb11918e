import type { Rating } from './ratings.ts'

/** All that a method may know. */
export interface History {
  /** Earliest first. */
  readonly ratings: readonly Rating[]
  /** They are 0, 1, 2 … up to, and without, this; some may not have been mentioned yet. */
  readonly agents: number
  /** Whom the verifier trusts from the outset. */
  readonly anchors: readonly number[]
  /** In ms since 1970. */
  readonly now: number
}

/** Scores each agent of a history; higher is better, and only the order counts. */
export type Method = (history: History) => Float64Array

/** The history until the last of these ratings. */
export function historyOf(ratings: readonly Rating[], agents: number, anchors: readonly number[]): History {
  return { ratings, agents, anchors, now: ratings.at(-1)?.at ?? 0 }
}
