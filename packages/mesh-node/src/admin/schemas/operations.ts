import { TIERS } from '@trustmesh/trust/words'
import * as z from 'zod'
import { OPERATION_STATES } from '../control.ts'
import type { Contract } from './contract.ts'
import {
  code,
  count,
  did,
  pageOf,
  pageQuery,
  person,
  reason,
  statementId,
  target,
  timeMs,
  wordFilter,
} from './fields.ts'

/** What an operator orders: one of five verbs, with a reason that stays in the log. */
const order = z
  .discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('revoke'), targets: z.array(target), reason }),
    z.strictObject({ verb: z.literal('suspend'), did, ttlMs: z.int(), reason }),
    z.strictObject({ verb: z.literal('lift'), did, reason }),
    z.strictObject({ verb: z.literal('evict'), did, reason }),
    z.strictObject({ verb: z.literal('kill'), did, reason }),
  ])
  .meta({ id: 'Order' })

/** What has become of an order, here and at each node of the mesh. */
export const operation = z
  .strictObject({
    id: z.string(),
    order,
    by: person,
    approvedBy: z.exactOptional(person),
    rejectedBy: z.exactOptional(person),
    state: z.enum(OPERATION_STATES),
    requestedAt: timeMs,
    /** Of one that awaits approval: when it lapses. */
    lapsesAt: z.exactOptional(timeMs),
    inForceAt: z.exactOptional(timeMs),
    /** False where the disk failed: it is in force and told to all, and is written when that can be. */
    durable: z.boolean(),
    /** Index of its entry in the audit log. */
    audit: z.exactOptional(count),
    /** Why it has failed. */
    code: z.exactOptional(code),
    /** How much it was going to touch when it was ordered. */
    reach: count,
    items: z.array(
      z.strictObject({
        target,
        statement: z.exactOptional(statementId),
        /** False where it was so before. */
        created: z.boolean(),
        sessionsClosed: count,
        /** Why it is not in force, or what it still takes. */
        code: z.exactOptional(code),
      }),
    ),
    nodes: z.array(
      z.strictObject({
        node: did,
        state: z.enum(['confirmed', 'pending', 'unreachable']),
        confirmedAt: z.exactOptional(timeMs),
      }),
    ),
  })
  .meta({ id: 'Operation' })

/** What an order would cause; nothing is changed by asking. */
const preview = z
  .strictObject({
    /** Whom and what it cuts off or lets go: of a kill switch all that it takes with it, the issuer first. */
    targets: z.array(target),
    /** Whose sessions close, at any node of the mesh. */
    sessions: z.array(did),
    /** Delegations that would hold no longer. */
    delegations: z.array(statementId),
    /** Who would stand otherwise. */
    tiers: z.array(z.strictObject({ did, ctx: z.string(), from: z.enum(TIERS), to: z.enum(TIERS) })),
    /** How many sessions, delegations and tiers that is. */
    reach: count,
    /** Whether it takes a second person. */
    isWide: z.boolean(),
  })
  .meta({ id: 'Preview' })

/** One thing to revoke, or up to 500. */
const revocationBody = z.union([
  z.strictObject({ did, reason }),
  z.strictObject({ iss: did, id: statementId, reason }),
  z.strictObject({ items: z.array(target).min(1).max(500), reason }),
])
const onSomebody = z.strictObject({ did, reason })

/** 201: in force. 200: it was so before. 202: it waits for a second operator. */
const ORDERED = [201, 200, 202] as const

export const createRevocation = {
  id: 'createRevocation',
  method: 'POST',
  path: '/v1/revocations',
  role: 'operator',
  summary: 'Cuts off for good; with `items`, many at once',
  body: revocationBody,
  statuses: ORDERED,
  answer: operation,
} as const satisfies Contract

export const previewRevocation = {
  id: 'previewRevocation',
  method: 'POST',
  path: '/v1/revocations/preview',
  role: 'operator',
  summary: 'What that would cause',
  body: revocationBody,
  statuses: [200],
  answer: preview,
  cost: 20,
} as const satisfies Contract

export const createSuspension = {
  id: 'createSuspension',
  method: 'POST',
  path: '/v1/suspensions',
  role: 'operator',
  summary: 'Puts somebody on hold for a while, at most 30 days',
  body: z.strictObject({
    did,
    ttlMs: z
      .int()
      .min(1000)
      .max(30 * 24 * 3_600_000),
    reason,
  }),
  statuses: ORDERED,
  answer: operation,
} as const satisfies Contract

export const liftSuspension = {
  id: 'liftSuspension',
  method: 'POST',
  path: '/v1/suspensions/lift',
  role: 'operator',
  summary: 'Ends a hold before its time',
  body: onSomebody,
  statuses: ORDERED,
  answer: operation,
} as const satisfies Contract

export const createEviction = {
  id: 'createEviction',
  method: 'POST',
  path: '/v1/evictions',
  role: 'operator',
  summary: 'Ends the session that somebody has here; they may come back',
  body: onSomebody,
  statuses: ORDERED,
  answer: operation,
} as const satisfies Contract

export const createKillSwitch = {
  id: 'createKillSwitch',
  method: 'POST',
  path: '/v1/kill-switches',
  role: 'admin',
  summary: 'Cuts off an issuer and all that it vouched for or delegated, once a second admin has approved',
  body: onSomebody,
  statuses: [202],
  answer: operation,
} as const satisfies Contract

export const previewKillSwitch = {
  id: 'previewKillSwitch',
  method: 'POST',
  path: '/v1/kill-switches/preview',
  role: 'operator',
  summary: 'What that would cause',
  body: onSomebody,
  statuses: [200],
  answer: preview,
  cost: 20,
} as const satisfies Contract

export const listOperations = {
  id: 'listOperations',
  method: 'GET',
  path: '/v1/operations',
  role: 'viewer',
  summary: 'What has been ordered here, the latest first',
  query: z.strictObject({
    ...pageQuery,
    state: wordFilter(OPERATION_STATES).optional(),
    verb: wordFilter(['revoke', 'suspend', 'lift', 'evict', 'kill']).optional(),
  }),
  statuses: [200],
  answer: pageOf(operation),
} as const satisfies Contract

const ofOperation = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/) })

export const getOperation = {
  id: 'getOperation',
  method: 'GET',
  path: '/v1/operations/:id',
  role: 'viewer',
  summary: 'One of them, with the confirmation of each node',
  params: ofOperation,
  statuses: [200],
  answer: operation,
} as const satisfies Contract

const nothing = z.strictObject({})

export const approveOperation = {
  id: 'approveOperation',
  method: 'POST',
  path: '/v1/operations/:id/approval',
  role: 'admin',
  summary: 'Puts in force what somebody else has ordered',
  params: ofOperation,
  body: nothing,
  statuses: [200],
  answer: operation,
} as const satisfies Contract

export const rejectOperation = {
  id: 'rejectOperation',
  method: 'POST',
  path: '/v1/operations/:id/rejection',
  role: 'operator',
  summary: 'Turns down what waits for approval; other than an admin, only whoever has ordered it may',
  params: ofOperation,
  body: nothing,
  statuses: [200],
  answer: operation,
} as const satisfies Contract
