import { type Did, isDid, type StatementId } from '@trustmesh/identity'
import type { RevocationTarget } from '@trustmesh/trust'
import * as z from 'zod'
import { type Order, ROLES, type Role, type Verb } from '../admin/control.ts'
import { NodeError } from '../node-error.ts'

/** What one order may name. */
const MAX_TARGETS = 512
/** The longest hold that there is. */
export const MAX_HOLD_MS = 30 * 86_400_000

export const didSchema = z.custom<Did>((value) => isDid(value))
const idSchema = z.custom<StatementId>((value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value))
export const targetSchema = z.union([
  z.strictObject({ did: didSchema }),
  z.strictObject({ iss: didSchema, id: idSchema }),
])
export { idSchema }

/** It is signed, replicated and shown: nothing that forges a line or the order of what stands around it. */
const reason = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u)

export const orderSchema = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('revoke'), targets: z.array(targetSchema).min(1).max(MAX_TARGETS), reason }),
  z.strictObject({ verb: z.literal('suspend'), did: didSchema, ttlMs: z.int().min(1).max(MAX_HOLD_MS), reason }),
  z.strictObject({ verb: z.literal('lift'), did: didSchema, reason }),
  z.strictObject({ verb: z.literal('evict'), did: didSchema, reason }),
  z.strictObject({ verb: z.literal('kill'), did: didSchema, reason }),
])

/** The role that each verb takes. */
const NEEDED: Readonly<Record<Verb, Role>> = {
  revoke: 'operator',
  suspend: 'operator',
  lift: 'operator',
  evict: 'operator',
  kill: 'admin',
}

/** An order that came from elsewhere; of targets named twice the first. Throws {@link NodeError} `admin.invalid-body`. */
export function parseOrder(input: Order): Order {
  const parsed = orderSchema.safeParse(input)
  if (!parsed.success) throw new NodeError('admin.invalid-body', { cause: parsed.error })
  const order = parsed.data
  if (order.verb !== 'revoke') return order
  const byKey = new Map(
    order.targets.map((target) => [keyOfTarget(target), target]).reverse() as [string, RevocationTarget][],
  )
  return { ...order, targets: [...byKey.values()].reverse() }
}

/** Tells targets apart. */
export function keyOfTarget(target: RevocationTarget): string {
  return 'did' in target ? target.did : `${target.iss} ${target.id}`
}

/** Throws {@link NodeError} `admin.forbidden` for a role that may not order this (threat P9). */
export function checkMayOrder(role: Role, verb: Verb): void {
  checkRole(role, NEEDED[verb])
}

/** Throws {@link NodeError} `admin.forbidden` for a role that is less than this. */
export function checkRole(role: Role, least: Role): void {
  if (ROLES.indexOf(role) < ROLES.indexOf(least)) throw new NodeError('admin.forbidden')
}

/** What takes something away. */
export function isCut({ verb }: Order): boolean {
  return verb !== 'lift' && verb !== 'evict'
}

export function isForGood({ verb }: Order): boolean {
  return verb === 'revoke' || verb === 'kill'
}
