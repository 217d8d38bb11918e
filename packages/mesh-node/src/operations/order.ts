import { type Did, isDid, type StatementId } from '@trustmesh/identity'
import { MAX_HOLD_MS, type RevocationTarget } from '@trustmesh/trust'
import * as z from 'zod'
import type { Order, Role, Verb } from '../admin/control.ts'
import { PLAIN_TEXT } from '../admin/schemas/fields.ts'
import { mayActAs } from '../admin/schemas/role.ts'
import { NodeError } from '../node-error.ts'

/** What one order may name. */
const MAX_TARGETS = 512

export const didSchema = z.custom<Did>((value) => isDid(value))
export const idSchema = z.custom<StatementId>((value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value))
export const targetSchema = z.union([
  z.strictObject({ did: didSchema }),
  z.strictObject({ iss: didSchema, id: idSchema }),
])

const reason = z.string().min(1).max(256).regex(PLAIN_TEXT)

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
  if (!mayActAs(role, least)) throw new NodeError('admin.forbidden')
}

/** What takes something away. */
export function isCut({ verb }: Order): boolean {
  return verb !== 'lift' && verb !== 'evict'
}

export function isForGood({ verb }: Order): boolean {
  return verb === 'revoke' || verb === 'kill'
}
