import type { Method } from '../method.ts'

const ROUNDS = 30
/** The goodness of whoever has no ratings; with any, it counts as one more. */
const START = 0.5

/**
 * Fairness and Goodness (Kumar, Spezzano, Subrahmanian and Faloutsos, "Edge Weight Prediction in Weighted Signed
 * Networks", 2016): an agent is good as fair raters say, and a rater is fair as it agrees with that. Ratings count by
 * their sign and goodness has a start, because it predicts better so than in the paper's own form.
 */
export const fairnessGoodness: Method = ({ ratings, agents }) => {
  const [given, received] = [new Float64Array(agents), new Float64Array(agents)]
  for (const { rater, subject } of ratings) {
    given[rater] = (given[rater] as number) + 1
    received[subject] = (received[subject] as number) + 1
  }
  const fairness = new Float64Array(agents).fill(1)
  const goodness = new Float64Array(agents)
  for (let round = 0; round < ROUNDS; round++) {
    goodness.fill(START)
    for (const { rater, subject, value } of ratings) {
      goodness[subject] = (goodness[subject] as number) + (fairness[rater] as number) * Math.sign(value)
    }
    for (let agent = 0; agent < agents; agent++) {
      goodness[agent] = (goodness[agent] as number) / ((received[agent] as number) + 1)
    }
    fairness.fill(1)
    for (const { rater, subject, value } of ratings) {
      const error = Math.abs(Math.sign(value) - (goodness[subject] as number)) / 2
      fairness[rater] = (fairness[rater] as number) - error / (given[rater] as number)
    }
  }
  return goodness
}
