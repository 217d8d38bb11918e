import { SeededRandom } from '@trustmesh/testing'

/** Up to so many arrangements all are looked at; of more, so many are drawn. */
const ARRANGEMENTS = 65_536

/**
 * How often the mean of differences would be as far from 0 as it is if the sign of each were chance: the two-sided
 * sign-flip test of E. J. G. Pitman (1937). With `n` differences it is never below 2 / 2^n.
 */
export function pairedTest(differences: readonly number[]): number {
  const all = 2 ** differences.length
  const observed = Math.abs(sum(differences))
  if (all <= ARRANGEMENTS) {
    const isFar = (signs: number): boolean =>
      atLeast(sum(differences.map((each, n) => ((signs >> n) & 1 ? -each : each))), observed)
    return count(all, isFar) / all
  }
  const random = new SeededRandom('trustmesh/simulator/paired-test')
  return drawn(() => atLeast(sum(differences.map((each) => (random.integer(0, 1) ? -each : each))), observed))
}

/** As {@link pairedTest}, of two means, if it were chance who is of which group. */
export function unpairedTest(some: readonly number[], others: readonly number[]): number {
  const all = [...some, ...others]
  const mean = sum(all) / all.length
  // Where the sum of one group is so far from what it would be, so is that of the other.
  const excess = (group: readonly number[]): number => sum(group) - group.length * mean
  const observed = Math.abs(excess(some))
  const random = new SeededRandom('trustmesh/simulator/unpaired-test')
  return drawn(() => {
    for (let n = 0; n < some.length; n++) {
      const other = random.integer(n, all.length - 1)
      ;[all[n], all[other]] = [all[other] ?? 0, all[n] ?? 0]
    }
    return atLeast(excess(all.slice(0, some.length)), observed)
  })
}

/** Counting what was observed as one of the arrangements: B. Phipson and G. K. Smyth (2010). Never 0. */
function drawn(isFar: () => boolean): number {
  return (1 + count(ARRANGEMENTS, isFar)) / (1 + ARRANGEMENTS)
}

function count(times: number, is: (n: number) => boolean): number {
  let found = 0
  for (let n = 0; n < times; n++) if (is(n)) found += 1
  return found
}

/** Sums of the same numbers in another order differ in their last digits. */
function atLeast(value: number, observed: number): boolean {
  return Math.abs(value) >= observed * (1 - 1e-9) - Number.MIN_VALUE
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0)
}
