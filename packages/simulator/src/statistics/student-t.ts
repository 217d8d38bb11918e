/**
 * How much of Student's distribution lies within ±t, with a whole number of degrees of freedom: Abramowitz and Stegun,
 * Handbook of Mathematical Functions, 26.7.3 and 26.7.4. A finite sum of square roots, which IEEE 754 rounds alike
 * everywhere, and one arctangent.
 */
export function studentWithin(t: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) throw new RangeError(`${degrees} degrees of freedom`)
  const size = Math.abs(t)
  if (size === Number.POSITIVE_INFINITY) return 1
  const isOdd = degrees % 2 === 1
  const hypotenuse = Math.sqrt(degrees + size * size)
  const [sine, cosine] = [size / hypotenuse, Math.sqrt(degrees) / hypotenuse]
  let term = isOdd ? cosine : 1
  let sum = degrees === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k
    sum += term
  }
  return isOdd ? (2 / Math.PI) * (Math.atan(size / Math.sqrt(degrees)) + sine * sum) : sine * sum
}

/** The t within ± which so much of the distribution lies: 2.776 for 0.95 and 4 degrees of freedom. */
export function studentQuantile(within: number, degrees: number): number {
  if (!(within > 0 && within < 1)) throw new RangeError(`${within} of the distribution`)
  let [low, high] = [0, 1]
  while (studentWithin(high, degrees) < within) high *= 2
  // Until no number lies between them.
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return high
    if (studentWithin(middle, degrees) < within) low = middle
    else high = middle
  }
}
