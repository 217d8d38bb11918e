/** Within ± of which 95 % of the normal distribution lie. */
const Z = 1.959963984540054

/** Ends of the 95 % score interval of a share: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), 209–212. */
export function wilsonInterval(count: number, of: number): readonly [lo: number, hi: number] {
  if (!(of > 0 && count >= 0 && count <= of)) throw new RangeError(`${count} of ${of}`)
  const [share, square] = [count / of, Z * Z]
  const center = share + square / (2 * of)
  const half = Z * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of))
  const scale = 1 + square / of
  return [count === 0 ? 0 : (center - half) / scale, count === of ? 1 : (center + half) / scale]
}
