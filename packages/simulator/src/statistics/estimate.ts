import type { Measured } from '../run-record.ts'
import type { Estimate } from '../summary.ts'
import { mean, sampleStandardDeviation } from './library.ts'
import { studentQuantile } from './student-t.ts'
import { wilsonInterval } from './wilson.ts'

/** How sure an interval is to hold what it is of. */
export const CONFIDENCE = 0.95

const DIGITS = 6

/** What a measure comes to over its runs, by six significant digits; `null` where no run had it. */
export function estimateOf(values: readonly Measured[]): Estimate | null {
  const shares = values.filter((value) => typeof value !== 'number').filter(([, of]) => of > 0)
  const numbers = values.filter((value) => typeof value === 'number')
  if (shares.length > 0) return rounded(estimateOfShare(shares))
  return numbers.length > 0 ? rounded(estimateOfMean(numbers)) : null
}

/** The interval of a mean, by Student's t; of one value there is none. */
export function meanInterval(values: readonly number[]): readonly [lo: number, hi: number] {
  if (values.length < 2) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const half =
    (studentQuantile(CONFIDENCE, values.length - 1) * sampleStandardDeviation([...values])) / Math.sqrt(values.length)
  const center = mean([...values])
  return [center - half, center + half]
}

/** The rule by which numbers are written: the nearest of six significant digits, as `toPrecision` of ECMAScript has it. */
export function roundedNumber(value: number): number {
  return Number(value.toPrecision(DIGITS))
}

function estimateOfMean(values: readonly number[]): Estimate {
  const [lo, hi] = meanInterval(values)
  return { mean: mean([...values]), lo, hi, min: Math.min(...values), max: Math.max(...values), runs: values.length }
}

/**
 * Of so many of so many in each run, pooled. What happens within a run hangs together, so the interval is the wider of
 * Wilson's, which takes each case for itself, and that of the runs as clusters: the ratio estimator of W. G. Cochran,
 * Sampling Techniques, 6.4 with 9A.
 */
function estimateOfShare(shares: readonly (readonly [count: number, of: number])[]): Estimate {
  const count = shares.reduce((sum, [each]) => sum + each, 0)
  const of = shares.reduce((sum, [, each]) => sum + each, 0)
  const pooled = count / of
  const [lo, hi] = wilsonInterval(count, of)
  const half = shares.length < 2 ? 0 : clusterHalf(shares, pooled, of)
  const runs = shares.map(([each, all]) => each / all)
  return {
    mean: pooled,
    lo: Math.max(0, Math.min(lo, pooled - half)),
    hi: Math.min(1, Math.max(hi, pooled + half)),
    ...{ min: Math.min(...runs), max: Math.max(...runs), runs: shares.length, count, of },
  }
}

/** Half of the interval of a ratio over clusters. */
function clusterHalf(shares: readonly (readonly [number, number])[], pooled: number, of: number): number {
  const residuals = shares.map(([count, all]) => count - pooled * all)
  const squares = residuals.reduce((sum, each) => sum + each * each, 0)
  const deviation = Math.sqrt((shares.length / (shares.length - 1)) * squares) / of
  return studentQuantile(CONFIDENCE, shares.length - 1) * deviation
}

function rounded(estimate: Estimate): Estimate {
  const { mean: center, lo, hi, min, max } = estimate
  const numbers = { mean: center, lo, hi, min, max }
  const entries = Object.entries(numbers).map(([name, value]) => [name, roundedNumber(value)])
  return { ...estimate, ...Object.fromEntries(entries) }
}
