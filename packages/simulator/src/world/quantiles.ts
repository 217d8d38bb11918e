import { QUANTILES } from '../run-record.ts'

/** {@link QUANTILES} of values, each between the two nearest; of none there are none. */
export function quantilesOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length === 0) return []
  return QUANTILES.map((q) => {
    const at = q * (sorted.length - 1)
    const below = sorted[Math.floor(at)] as number
    const above = sorted[Math.ceil(at)] as number
    return below + (above - below) * (at - Math.floor(at))
  })
}
