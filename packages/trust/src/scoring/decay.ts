/**
 * Decay by half-lives, in integers.
 *
 * `Math.pow` may differ in its last bit between platforms, and replicas have to agree on every bit (threat T15). So time
 * is counted in steps, whole fractions of a half-life, and the factor of an age is read from a table that integer
 * arithmetic has filled.
 */

/** A half-life of evidence in steps. */
export const STEPS = 256
/** Factors are in units of 2^−30, so that a factor times {@link MAX_DECAYING} is still an exact integer. */
const FACTOR_BITS = 30n
const FACTOR_ONE = 0x4000_0000
/** The most micro-units of evidence that {@link Decay} is exact for: 2^22 − 1. */
export const MAX_DECAYING = 0x3f_ffff
/** After so many halvings nothing is left of it. */
const HALVINGS = 22

/** The last step that there is: steps fit in 32 bits. */
const LAST_STEP = 0x7fff_ffff

/** The step in which a time in ms lies, by the half-life in ms: 256 to one. Time that is no number is the first. */
export function stepOf(timeMs: number, halfLifeMs: number): number {
  return Math.min(LAST_STEP, Math.floor((timeMs * STEPS) / halfLifeMs)) || 0
}

/** How evidence decays that halves in a number of steps, which has to be a power of two. */
export class Decay {
  /** By age: `2^(30 − age/steps)`, rounded down. */
  readonly #factors: Float64Array

  constructor(steps: number) {
    this.#factors = factors(steps)
  }

  /** What is left after so many steps, towards zero: of evidence from the future all, after 22 halvings nothing. */
  left(micro: number, age: number): number {
    const factor = age < this.#factors.length ? (this.#factors[Math.max(age, 0)] as number) : 0
    return Math.trunc((micro * factor) / FACTOR_ONE)
  }
}

function factors(steps: number): Float64Array {
  // Square roots of 1/2 make 2^(−1/steps), with far more bits than the table keeps.
  const extra = 90n
  const one = 1n << (FACTOR_BITS + extra)
  let step = one / 2n
  for (let root = 1; root < steps; root *= 2) step = squareRoot(step * one, one)
  const table = new Float64Array(HALVINGS * steps)
  let power = one
  for (let age = 0; age < steps; age++) {
    // Halved rather than multiplied on: whole half-lives come out exactly.
    for (let n = 0; n < HALVINGS; n++) table[age + n * steps] = Number(power >> (extra + BigInt(n)))
    power = (power * step) / one
  }
  return table
}

/** The root of n, rounded down: Newton's method from a number that is above it. */
function squareRoot(n: bigint, above: bigint): bigint {
  let root = above
  for (let next = (root + n / root) / 2n; next < root; next = (root + n / root) / 2n) root = next
  return root
}
