import type { Method } from '../method.ts'

const HALF_LIFE_MS = 30 * 24 * 3_600_000

/**
 * The mean of the beta distribution of Jøsang and Ismail, "The Beta Reputation System" (2002): `(p + 1)/(p + n + 2)`, the
 * evidence halving every 30 days.
 */
export const beta: Method = ({ ratings, agents, now }) => {
  const [positive, negative] = [new Float64Array(agents), new Float64Array(agents)]
  for (const { subject, value, at } of ratings) {
    const side = value > 0 ? positive : negative
    side[subject] = (side[subject] as number) + Math.abs(value) * 2 ** ((at - now) / HALF_LIFE_MS)
  }
  return positive.map((p, agent) => (p + 1) / (p + (negative[agent] as number) + 2))
}
