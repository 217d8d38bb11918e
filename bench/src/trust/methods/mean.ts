import type { Method } from '../method.ts'

/** The mean of the ratings received; of whoever has none, the mean of all ratings. */
export const mean: Method = ({ ratings, agents }) => {
  const [sums, counts] = [new Float64Array(agents), new Float64Array(agents)]
  for (const { subject, value } of ratings) {
    sums[subject] = (sums[subject] as number) + value
    counts[subject] = (counts[subject] as number) + 1
  }
  const ofAll = sums.reduce((sum, each) => sum + each, 0) / ratings.length
  return sums.map((sum, agent) => (counts[agent] === 0 ? ofAll : sum / (counts[agent] as number)))
}
