import type { Did } from '@trustmesh/identity'
import type { RevocationTarget } from '@trustmesh/trust'
import * as z from 'zod'
import {
  type Confirmation,
  OPERATION_STATES,
  type Operation,
  type OperationItem,
  type OperationState,
} from '../admin/operation.ts'
import { did, statementId, target } from '../admin/schemas/fields.ts'
import { type Order, order } from '../admin/schemas/order.ts'
import type { AuditEvent } from '../audit/log.ts'

const name = z.string().min(1).max(128)
const time = z.int().min(0)

const itemSchema = z.strictObject({
  target,
  statement: statementId.optional(),
  created: z.boolean(),
  sessionsClosed: z.int().min(0),
  code: z.string().max(64).optional(),
})

const recordSchema = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  order,
  /** What it cuts off or lets go: settled when it is ordered, so that two people have seen the same. */
  targets: z.array(target),
  /** Of what was signed elsewhere: its envelope, base64. */
  signed: z.string().max(65_536).optional(),
  by: name,
  /** By whose leave. */
  leave: z.array(name),
  approvedBy: name.optional(),
  rejectedBy: name.optional(),
  state: z.enum(OPERATION_STATES),
  requestedAt: time,
  decidedAt: time,
  lapsesAt: time.optional(),
  inForceAt: time.optional(),
  durable: z.boolean(),
  audit: z.int().min(0).optional(),
  code: z.string().max(64).optional(),
  reach: z.int().min(0),
  items: z.array(itemSchema),
  /** The members at the time, and when each of them confirmed it; `null` while it has not. */
  nodes: z.array(z.tuple([did, time.nullable()])).max(4096),
})

/** An operation as it is kept: changed by whoever carries it out, and then kept again. */
export interface OperationRecord {
  readonly version: 1
  readonly id: string
  readonly order: Order
  readonly targets: readonly RevocationTarget[]
  readonly signed?: string | undefined
  readonly by: string
  readonly leave: readonly string[]
  approvedBy?: string | undefined
  rejectedBy?: string | undefined
  state: OperationState
  readonly requestedAt: number
  /** When it was ordered or, of what took another person, approved. */
  decidedAt: number
  lapsesAt?: number | undefined
  inForceAt?: number | undefined
  durable: boolean
  audit?: number | undefined
  code?: string | undefined
  readonly reach: number
  items: OperationItem[]
  nodes: [Did, number | null][]
}

/** Who ordered something, and by whose leave, by name. */
export type Orderer = Pick<OperationRecord, 'by' | 'leave'>

/** Whether two people are one, one acts by the other's leave, or both by that of one (threat P9). */
export function areOne(one: Orderer, other: Orderer): boolean {
  const people = new Set([other.by, ...other.leave])
  return [one.by, ...one.leave].some((name) => people.has(name))
}

/** A record as it was kept, or `null` where it is not one. */
export function parseRecord(text: string): OperationRecord | null {
  try {
    return recordSchema.parse(JSON.parse(text)) as OperationRecord
  } catch {
    return null
  }
}

/** Of what has not failed there is a statement; of an eviction none. */
export function isFailed({ statement, created }: OperationItem): boolean {
  return statement === undefined && !created
}

/** What an entry of the audit log says of an operation, with some numbers more. */
export function entryOf(
  { id, order, targets, items, reach, code }: OperationRecord,
  counts: Readonly<Record<string, number>> = {},
): Omit<AuditEvent, 'event'> {
  const [target, more] = targets
  const [item] = items
  const one = more ? undefined : target
  const statement = one && ('id' in one ? one.id : item?.statement)
  return {
    ...{ operation: id, code: code ?? `operation.${order.verb}` },
    ...(one && { did: 'did' in one ? one.did : one.iss }),
    ...(statement && { statement }),
    detail: { targets: targets.length, reach, ...counts },
  }
}

/** An operation as operators see it, with how far each member is. */
export function shownOf(record: OperationRecord, nodes: readonly Confirmation[]): Operation {
  const { id, order, by, approvedBy, rejectedBy, state, requestedAt, lapsesAt, inForceAt } = record
  const { durable, audit, code, reach, items } = record
  return {
    ...{ id, order, by, state, requestedAt, durable, reach, items: [...items], nodes },
    ...(approvedBy !== undefined && { approvedBy }),
    ...(rejectedBy !== undefined && { rejectedBy }),
    ...(state === 'awaiting-approval' && lapsesAt !== undefined && { lapsesAt }),
    ...(inForceAt !== undefined && { inForceAt }),
    ...(audit !== undefined && { audit }),
    ...(code !== undefined && { code }),
  }
}
