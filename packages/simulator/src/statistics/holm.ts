/** As many p-values, adjusted so that all tests together err in so many cases: S. Holm, Scand. J. Stat. 6 (1979), 65–70. */
export function holmAdjusted(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 1) - (values[b] ?? 1))
  const adjusted = new Array<number>(values.length).fill(1)
  let least = 0
  for (const [rank, index] of order.entries()) {
    least = Math.max(least, Math.min(1, (values.length - rank) * (values[index] ?? 1)))
    adjusted[index] = least
  }
  return adjusted
}
