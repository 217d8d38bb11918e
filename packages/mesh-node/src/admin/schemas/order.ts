import { MAX_HOLD_MS, MAX_WEIGHT } from '@trustmesh/trust'
import * as z from 'zod'
import { context, did, reason, target } from './fields.ts'

/** What one order may name. */
export const MAX_TARGETS = 500
/** For how long a rating may hold. */
export const MIN_TTL_MS = 1000
export const MAX_TTL_MS = 365 * 24 * 3_600_000

/** For how long somebody is held, in ms. */
export const holdMs = z.int().min(1).max(MAX_HOLD_MS)

/** How somebody is rated, and for how long. */
export const rating = {
  /** Thousandths of −1 to 1. */
  value: z.int().min(-1000).max(1000),
  ctx: z.exactOptional(context),
  /** Thousandths of a unit of evidence. */
  weight: z.exactOptional(z.int().min(1).max(MAX_WEIGHT)),
  ttlMs: z.exactOptional(z.int().min(MIN_TTL_MS).max(MAX_TTL_MS)),
}

/** What an operator orders: a verb, whom it is about, and a reason; those of revocations are signed, replicated and shown. */
export const order = z
  .discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('revoke'), targets: z.array(target).min(1).max(MAX_TARGETS), reason }),
    z.strictObject({ verb: z.literal('suspend'), did, ttlMs: holdMs, reason }),
    z.strictObject({ verb: z.literal('lift'), did, reason }),
    z.strictObject({ verb: z.literal('evict'), did, reason }),
    z.strictObject({ verb: z.literal('kill'), did, reason }),
    z.strictObject({ verb: z.literal('attest'), did, ...rating }),
  ])
  .meta({ id: 'Order' })

type Fixed<T> = { readonly [K in keyof T]: T[K] extends (infer Item)[] ? readonly Item[] : T[K] }

/** What an operator wants done to somebody. */
export type Order = Fixed<z.output<typeof order>>
export type Verb = Order['verb']

/** All that may be ordered. */
export const VERBS: readonly Verb[] = order.options.map(({ shape }) => shape.verb.value)
