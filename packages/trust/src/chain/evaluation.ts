import type { Predicate } from './constraints.ts'

/** Kleene's third value: of what is missing or of another type, nothing is known, and nothing follows from it. */
export const UNKNOWN = null
/** The strong logic of indeterminacy: S. C. Kleene, Introduction to Metamathematics (1952), § 64. */
export type Truth = boolean | typeof UNKNOWN

/** What is left of the steps that an evaluation may take; spent, everything is unknown. */
export interface Fuel {
  left: number
}

/** Enough for a pattern over the longest text that arguments can hold. */
const MAX_STEPS = 100_000

/** For the constraints of one chain. */
export function fuelOfChain(): Fuel {
  return { left: MAX_STEPS }
}

/** What a predicate is worth on a value. Total: it ends, and never throws, whatever the value is. */
export function evaluate(predicate: Predicate, value: unknown, fuel: Fuel): Truth {
  if (!spend(fuel, 1)) return UNKNOWN
  switch (predicate.op) {
    case 'and':
      return conjunction(predicate.of, (each) => evaluate(each, value, fuel))
    case 'or':
      return not(conjunction(predicate.of, (each) => not(evaluate(each, value, fuel))))
    case 'not':
      return not(evaluate(predicate.of, value, fuel))
  }
  const found = valueAt(value, predicate.at)
  switch (predicate.op) {
    case 'eq':
      return isEqual(found, predicate.value)
    case 'in':
      if (!spend(fuel, predicate.values.length)) return UNKNOWN
      return not(conjunction(predicate.values, (each) => not(isEqual(found, each))))
    case 'lt':
      return typeof found === 'number' ? found < predicate.value : UNKNOWN
    case 'lte':
      return typeof found === 'number' ? found <= predicate.value : UNKNOWN
    case 'gt':
      return typeof found === 'number' ? found > predicate.value : UNKNOWN
    case 'gte':
      return typeof found === 'number' ? found >= predicate.value : UNKNOWN
    case 'prefix':
      return typeof found === 'string' ? found.startsWith(predicate.value) : UNKNOWN
    case 'glob':
      return typeof found === 'string' && spend(fuel, found.length) ? isMatch(predicate.value, found) : UNKNOWN
    case 'all':
      return Array.isArray(found) ? conjunction(found, (each) => evaluate(predicate.each, each, fuel)) : UNKNOWN
    case 'any':
      return Array.isArray(found)
        ? not(conjunction(found, (each) => not(evaluate(predicate.each, each, fuel))))
        : UNKNOWN
  }
}

/** True of nothing; false at the first false; unknown where one is and none is false. */
function conjunction<T>(items: readonly T[], truthOf: (item: T) => Truth): Truth {
  let truth: Truth = true
  for (const item of items) {
    const each = truthOf(item)
    if (each === false) return false
    truth &&= each
  }
  return truth
}

function not(truth: Truth): Truth {
  return truth === UNKNOWN ? UNKNOWN : !truth
}

function isEqual(found: unknown, literal: boolean | number | string): Truth {
  return typeof found === typeof literal ? found === literal : UNKNOWN
}

/** Through maps alone, and by their own keys: what a prototype offers was sent by nobody. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const key of path) {
    if (!isMap(found) || !Object.hasOwn(found, key)) return undefined
    found = found[key]
  }
  return found
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** `*` stands for any run of characters but `/`, everything else for itself. Each piece is looked for once, from the left: no backtracking. */
function isMatch(pattern: string, text: string): boolean {
  const patterns = pattern.split('/')
  const segments = text.split('/')
  return patterns.length === segments.length && patterns.every((each, i) => isSegmentMatch(each, segments[i] ?? ''))
}

function isSegmentMatch(pattern: string, text: string): boolean {
  const [head = '', ...pieces] = pattern.split('*')
  const tail = pieces.pop()
  if (tail === undefined) return text === pattern
  const end = text.length - tail.length
  if (!text.startsWith(head) || !text.endsWith(tail)) return false
  let from = head.length
  for (const piece of pieces) {
    const found = text.indexOf(piece, from)
    if (found < 0) return false
    from = found + piece.length
  }
  return from <= end
}

function spend(fuel: Fuel, steps: number): boolean {
  fuel.left -= steps
  return fuel.left >= 0
}
