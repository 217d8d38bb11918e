import type { Rating } from '../ratings.ts'

const ROUNDS = 100
/** How often a walker starts again. */
const RESTART = 0.15

/**
 * How often a walker is where, in the long run: it follows a rater's positive ratings in proportion to their weight,
 * starts again every so often, and where there is no way on. `starts` adds up to 1. Negative ratings lead nowhere.
 */
export function walk(
  ratings: readonly Rating[],
  starts: Float64Array,
  weightOf: (rating: Rating) => number,
): Float64Array {
  const ways = ratings.filter(({ value }) => value > 0)
  const out = new Float64Array(starts.length)
  for (const way of ways) out[way.rater] = (out[way.rater] as number) + weightOf(way)
  const shares = Float64Array.from(ways, (way) => weightOf(way) / (out[way.rater] as number))
  let visits = starts
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(starts.length)
    for (const [index, { rater, subject }] of ways.entries()) {
      next[subject] = (next[subject] as number) + (visits[rater] as number) * (shares[index] as number)
    }
    const stuck = visits.reduce((sum, share, agent) => (out[agent] === 0 ? sum + share : sum), 0)
    visits = next.map((share, agent) => {
      const start = starts[agent] as number
      return (1 - RESTART) * (share + stuck * start) + RESTART * start
    })
  }
  return visits
}

/** Starts at these agents alike. */
export function startsAt(starts: Iterable<number>, agents: number): Float64Array {
  const chosen = new Set(starts)
  return new Float64Array(agents).map((_, agent) => (chosen.has(agent) ? 1 / chosen.size : 0))
}
