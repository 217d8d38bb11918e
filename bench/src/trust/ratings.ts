import { UnusableInput } from '../benchmark.ts'

/** What one agent said of another, once. Agents are the numbers 0, 1, 2 …, in the order in which they appear. */
export interface Rating {
  readonly rater: number
  readonly subject: number
  /** −1 to 1, never 0. */
  readonly value: number
  /** In ms since 1970. */
  readonly at: number
}

/** Ratings by time, earliest first, and how many agents there are. */
export interface Ratings {
  readonly ratings: readonly Rating[]
  readonly agents: number
}

/**
 * Reads lines of `source,target,rating,unix time`: any ids, ratings from −10 to 10 without 0, seconds with or without a
 * fraction. Blank lines and ratings of oneself are left out. Throws {@link UnusableInput} with the number of the line.
 */
export function readRatings(text: string): Ratings {
  const numbers = new Map<string, number>()
  const numberOf = (id: string): number => {
    const number = numbers.get(id) ?? numbers.size
    numbers.set(id, number)
    return number
  }
  const ratings: Rating[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const cells = line.split(',').map((cell) => cell.trim())
    const [source, target, rating, seconds] = cells
    const [value, at] = [amountOf(rating), amountOf(seconds)]
    if (cells.length !== 4 || !source || !target)
      throw new UnusableInput(`line ${index + 1}: source,target,rating,time`)
    if (!(Math.abs(value) <= 10) || value === 0) throw new UnusableInput(`line ${index + 1}: no rating: ${rating}`)
    if (!Number.isFinite(at)) throw new UnusableInput(`line ${index + 1}: no time: ${seconds}`)
    if (source === target) continue
    ratings.push({ rater: numberOf(source), subject: numberOf(target), value: value / 10, at: at * 1000 })
  }
  return { ratings: ratings.sort((a, b) => a.at - b.at), agents: numbers.size }
}

function amountOf(cell: string | undefined): number {
  return cell ? Number(cell) : Number.NaN
}
