import { TIERS } from '@trustmesh/trust/words'
import * as z from 'zod'
import { CONFIRMATION_STATES, OPERATION_STATES } from '../operation.ts'
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
import { holdMs, MAX_TARGETS, order, VERBS } from './order.ts'

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
        state: z.enum(CONFIRMATION_STATES),
        confirmedAt: z.exactOptional(timeMs),
      }),
    ),
  })
  .meta({ id: 'Operation' })

/** What an order would cause; nothing is changed by asking. */
const preview = z
  .strictObject({
    /** Whom or what it is about: of a kill switch all that it takes with it, the issuer first. */
    targets: z.array(target),
    /** Whose sessions close, at any node of the mesh. */
    sessions: z.array(did),
    /** Delegations that would hold no longer. */
    delegations: z.array(statementId),
    /** Who would stand otherwise. */
    tiers: z.array(z.strictObject({ did, ctx: z.string(), from: z.enum(TIERS), to: z.enum(TIERS) })),
    /** How many sessions, delegations and tiers that is; of an attestation, how many fall to a lower tier. */
    reach: count,
    /** Whether it takes a second person. */
    isWide: z.boolean(),
  })
  .meta({ id: 'Preview' })

/** One thing to revoke, or many. */
const revocationBody = z.union([
  z.strictObject({ did, reason }),
  z.strictObject({ iss: did, id: statementId, reason }),
  z.strictObject({ items: z.array(target).min(1).max(MAX_TARGETS), reason }),
])
const onSomebody = z.strictObject({ did, reason })
const suspensionBody = z.strictObject({ did, ttlMs: holdMs.min(1000), reason })

/** 201: in force. 200: it was so before. 202: it waits for a second operator. */
export const ORDERED = [201, 200, 202] as const

/** What every preview is like. */
export const PREVIEW = {
  method: 'POST',
  role: 'operator',
  summary: 'What that would cause',
  statuses: [200],
  answer: preview,
  cost: 20,
} as const

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
  ...PREVIEW,
  id: 'previewRevocation',
  path: '/v1/revocations/preview',
  body: revocationBody,
} as const satisfies Contract

export const createSuspension = {
  id: 'createSuspension',
  method: 'POST',
  path: '/v1/suspensions',
  role: 'operator',
  summary: 'Puts somebody on hold for a while, at most 30 days',
  body: suspensionBody,
  statuses: ORDERED,
  answer: operation,
} as const satisfies Contract

export const previewSuspension = {
  ...PREVIEW,
  id: 'previewSuspension',
  path: '/v1/suspensions/preview',
  body: suspensionBody,
} as const satisfies Contract

export const liftSuspension = {
  id: 'liftSuspension',
  method: 'POST',
  path: '/v1/suspensions/lift',
  role: 'operator',
  summary: 'Ends a hold before its time, once a second person has approved',
  body: onSomebody,
  statuses: [202],
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

export const previewEviction = {
  ...PREVIEW,
  id: 'previewEviction',
  path: '/v1/evictions/preview',
  body: onSomebody,
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
  ...PREVIEW,
  id: 'previewKillSwitch',
  path: '/v1/kill-switches/preview',
  body: onSomebody,
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
    verb: wordFilter(VERBS).optional(),
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
