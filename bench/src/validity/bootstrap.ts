import type { SeededRandom } from '@trustmesh/testing'
import { quantile } from '../paired.ts'

/** A figure, and the ends of its 95 % interval. */
export interface Figure {
  readonly value: number
  readonly lo: number
  readonly hi: number
}

const RESAMPLES = 1_000

/**
 * Quantiles of values that come in groups, within which they are not independent of each other: the percentile bootstrap over groups (B. Efron
 * 1979).
 */
export function quantilesOf(
  groups: readonly (readonly number[])[],
  shares: readonly number[],
  random: SeededRandom,
): readonly Figure[] {
  const values = quantiles(groups, shares)
  const resampled = Array.from({ length: RESAMPLES }, () =>
    quantiles(
      groups.map(() => groups[random.integer(0, groups.length - 1)] as readonly number[]),
      shares,
    ),
  )
  return values.map((value, index) => {
    const others = resampled.map((each) => each[index] as number)
    return { value, lo: quantile(others, 0.025), hi: quantile(others, 0.975) }
  })
}

/** Whether the two intervals have anything in common. */
export function agree(one: Figure, other: Figure): boolean {
  return one.lo <= other.hi && other.lo <= one.hi
}

function quantiles(groups: readonly (readonly number[])[], shares: readonly number[]): number[] {
  const sorted = groups.flat().sort((a, b) => a - b)
  return shares.map((share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number)
}
