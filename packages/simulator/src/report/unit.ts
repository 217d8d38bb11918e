import type { Estimate } from '../summary.ts'

const TIMES: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
]

/** A unit suits what is so many of it. */
const LEAST = 2

/** Of what is known no better: so many digits that count. */
const DIGITS = 3

/** What numbers of a measure or series are shown in: times in the unit that suits the largest, shares in percent. */
export class Unit {
  /** As people read it: `s`, `%`, `points`. */
  readonly name: string
  readonly #factor: number

  static of(unit: string, values: readonly number[]): Unit {
    if (unit === 'share') return new Unit('%', 100)
    if (unit !== 'ms') return new Unit(unit, 1)
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    const [name, ms] = TIMES.find(([, each]) => largest >= LEAST * each) ?? (['ms', 1] as const)
    return new Unit(name, 1 / ms)
  }

  private constructor(name: string, factor: number) {
    this.name = name
    this.#factor = factor
  }

  /** The number to draw. */
  scaled(value: number): number {
    return value * this.#factor
  }

  /** The number to read, without the unit: with so many decimals, or no more than count. Nothing and everything have none. */
  number(value: number, decimals?: number): string {
    const isWhole = value === 0 || (this.name === '%' && value === 1)
    return numberText(this.scaled(value), isWhole ? 0 : decimals)
  }

  /** How many decimals values beside each other are read with: as many as the largest that has any. */
  decimals(...values: readonly number[]): number {
    const broken = values.map((value) => Math.abs(this.scaled(value))).filter((value) => !Number.isInteger(value))
    return decimalsFor(Math.max(0, ...broken), DIGITS)
  }

  text(value: number, decimals?: number): string {
    return this.#named(this.number(value, decimals))
  }

  /** Its mean, to the digits that its interval leaves it. */
  mean(estimate: Estimate): string {
    return this.#named(this.number(estimate.mean, this.#decimalsOf(estimate)))
  }

  /** Null where there is none: one run says nothing of others. */
  interval(estimate: Estimate): string | null {
    if (!hasInterval(estimate)) return null
    if (estimate.lo === estimate.hi) return 'all runs alike'
    const decimals = this.#decimalsOf(estimate)
    return this.#named(`${this.number(estimate.lo, decimals)} to ${this.number(estimate.hi, decimals)}`)
  }

  /** From the least that a run came to, to the most. */
  range({ min, max }: Estimate): string {
    return min === max ? this.text(min) : this.#named(`${this.number(min)} to ${this.number(max)}`)
  }

  #named(number: string): string {
    return `${number}\u00a0${this.name}`
  }

  /** Two digits of the interval's width are all that is known. */
  #decimalsOf(estimate: Estimate): number | undefined {
    const width = this.scaled(hasInterval(estimate) ? estimate.hi - estimate.lo : 0)
    return width > 0 ? decimalsFor(width, 2) : undefined
  }
}

/** Whether its runs say how sure it is. */
export function hasInterval({ lo, hi }: Estimate): boolean {
  return Number.isFinite(lo) && Number.isFinite(hi)
}

/** How long, in the unit that suits it. */
export function timeText(ms: number): string {
  return Unit.of('ms', [ms]).text(ms)
}

/** With separators, and a minus that is one: with so many decimals, or no more than count. */
export function numberText(value: number, decimals?: number): string {
  const format = new Intl.NumberFormat('en', {
    minimumFractionDigits: decimals ?? 0,
    maximumFractionDigits: decimals ?? decimalsFor(value, DIGITS),
  })
  const text = format.format(value)
  return /[1-9]/.test(text) ? text.replace('-', '\u2212') : text.replace('-', '')
}

function decimalsFor(value: number, digits: number): number {
  if (Number.isInteger(value)) return 0
  const exponent = Number(value.toExponential().split('e')[1])
  return Math.min(Math.max(digits - 1 - exponent, 0), 6)
}
