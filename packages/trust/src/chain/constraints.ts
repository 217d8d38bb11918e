/** What a delegation restricts: the schema of `where`. What a constraint is worth on arguments is in `evaluation.ts`. */

import * as z from 'zod/mini'
import { converted, didKey, type Frozen } from '../fields.ts'

/** On the constraints of a delegation, each one inside another counted as well. */
const MAX_CONSTRAINTS = 64
const YEAR_MS = 365 * 24 * 3_600_000

/** Keys from the arguments inwards; none for the value itself. */
const at = z.array(z.string().check(z.maxLength(64))).check(z.maxLength(8))
const text = z.string().check(z.maxLength(256))
const literal = z.union([z.boolean(), z.int(), text])

/** Of a value, by itself. */
const comparison = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('eq'), at, value: literal }),
  z.strictObject({ op: z.literal('in'), at, values: z.array(literal).check(z.minLength(1), z.maxLength(64)) }),
  z.strictObject({ op: z.enum(['lt', 'lte', 'gt', 'gte']), at, value: z.int() }),
  z.strictObject({ op: z.enum(['prefix', 'glob']), at, value: text }),
])

/** Says something of the arguments: true, false, or unknown. */
export type Predicate =
  | Frozen<z.infer<typeof comparison>>
  /** Of every element of an array; of at least one. */
  | { readonly op: 'all' | 'any'; readonly at: readonly string[]; readonly each: Predicate }
  | { readonly op: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly op: 'not'; readonly of: Predicate }

const predicate: z.ZodMiniType<Predicate> = z.lazy(() => anyPredicate)
const anyPredicate = z.discriminatedUnion('op', [
  comparison,
  z.strictObject({ op: z.enum(['all', 'any']), at, each: predicate }),
  z.strictObject({ op: z.enum(['and', 'or']), of: z.array(predicate) }),
  z.strictObject({ op: z.literal('not'), of: predicate }),
])

const times = z.int().check(z.gte(1), z.lte(1_000_000_000))

/** Says something of the use: who carries it out, how often, on whose behalf. Stands at the top of `where` alone. */
const term = z.discriminatedUnion('op', [
  /** Whoever carries it out is one of these. */
  z.strictObject({ op: z.literal('executors'), dids: z.array(didKey).check(z.minLength(1), z.maxLength(8)) }),
  z.strictObject({ op: z.literal('maxCalls'), limit: times }),
  /** So many in a window, which opens with the first use in it. */
  z.strictObject({ op: z.literal('rate'), limit: times, windowMs: z.int().check(z.gte(1), z.lte(YEAR_MS)) }),
  /** Everybody on the chain but its root reaches this tier. */
  z.strictObject({ op: z.literal('minTier'), tier: z.enum(['known', 'trusted', 'vouched']) }),
])

const constraints: z.ZodMiniType<readonly Constraint[]> = z
  .array(z.discriminatedUnion('op', [term, anyPredicate]))
  .check(z.refine((all) => all.reduce((sum, constraint) => sum + sizeOf(constraint), 0) <= MAX_CONSTRAINTS))

/**
 * The constraints of a delegation, on the wire. All of them have to hold; adding one never allows more.
 * Converted, because they hold one another: a schema with such a circle in it cannot be compiled.
 */
export const where = converted(
  (wire: unknown) => z.decode(constraints, wire as readonly Constraint[]),
  (value): unknown => z.encode(constraints, value),
)

/** What somebody who decides requires of arguments, beside what a chain does. */
export const predicates: z.ZodMiniType<readonly Predicate[]> = z
  .array(anyPredicate)
  .check(z.refine((all) => all.reduce((sum, each) => sum + sizeOf(each), 0) <= MAX_CONSTRAINTS))

/** Says something of the use: who carries it out, how often, on whose behalf. */
export type Term = Frozen<z.infer<typeof term>>
/** One restriction of a delegation. It has to hold whenever the chain is used. */
export type Constraint = Term | Predicate

/** Whether whoever is to count is one, by name: two would each count on their own. */
export function isCountable(all: readonly Constraint[]): boolean {
  return (
    !all.some(({ op }) => op === 'maxCalls' || op === 'rate') ||
    all.some((constraint) => constraint.op === 'executors' && constraint.dids.length === 1)
  )
}

function sizeOf(constraint: Constraint): number {
  switch (constraint.op) {
    case 'all':
    case 'any':
      return 1 + sizeOf(constraint.each)
    case 'and':
    case 'or':
      return constraint.of.reduce((sum, each) => sum + sizeOf(each), 1)
    case 'not':
      return 1 + sizeOf(constraint.of)
    default:
      return 1
  }
}
