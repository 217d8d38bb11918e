/**
 * Decay by half-lives, in integers.
 *
 * `Math.pow` may differ in its last bit between platforms, and replicas have to agree on every bit (threat T15). So a
 * half-life is divided into 256 steps, age is counted in whole steps, and the factor of a step is read from a table
 * that integer arithmetic has filled.
 */

const STEPS = 256
/** Factors are in units of 2^−30, so that a factor times {@link MAX_DECAYING} is still an exact integer. */
const FACTOR_BITS = 30n
const FACTOR_ONE = 0x4000_0000
/** The most micro-units of evidence that {@link decayed} is exact for: 2^22 − 1. */
export const MAX_DECAYING = 0x3f_ffff

/** `FACTORS[k] = 2^(30 − k/256)`, rounded down. */
const FACTORS: readonly number[] = factors()

/** `micro · 2^(−ageMs / halfLifeMs)`, in whole micro-units rounded down; evidence from the future counts as fresh. */
export function decayed(micro: number, ageMs: number, halfLifeMs: number): number {
  const steps = Math.floor((Math.max(ageMs, 0) * STEPS) / halfLifeMs)
  const halvings = Math.floor(steps / STEPS)
  // By then nothing is left; and a shift by 32 or more would bring it back.
  if (!(halvings < 22)) return 0
  return Math.floor((micro * (FACTORS[steps % STEPS] as number)) / FACTOR_ONE) >> halvings
}

function factors(): number[] {
  // Eight square roots of 1/2 make 2^(−1/256), with far more bits than the table keeps.
  const extra = 90n
  const one = 1n << (FACTOR_BITS + extra)
  let step = one / 2n
  for (let root = 1; root < STEPS; root *= 2) step = squareRoot(step * one, one)
  const table: number[] = []
  for (let power = one; table.length < STEPS; power = (power * step) / one) table.push(Number(power >> extra))
  return table
}

/** The root of n, rounded down: Newton's method from a number that is above it. */
function squareRoot(n: bigint, above: bigint): bigint {
  let root = above
  for (let next = (root + n / root) / 2n; next < root; next = (root + n / root) / 2n) root = next
  return root
}
