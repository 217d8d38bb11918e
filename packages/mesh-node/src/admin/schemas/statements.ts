import * as z from 'zod'
import { OUTCOMES } from '../operation.ts'
import type { Contract } from './contract.ts'
import {
  capabilityFilter,
  contextFilter,
  count,
  did,
  didFilter,
  envelope,
  ofStatement,
  pageOf,
  pageQuery,
  statementId,
  target,
  timeMs,
  wordFilter,
} from './fields.ts'
import { ORDERED, operation, PREVIEW } from './operations.ts'
import { rating } from './order.ts'

/** What has become of a statement: `over` counts for nothing any more, `pending` for nothing yet. */
const STATES = ['in-force', 'over', 'pending'] as const

const state = z.enum(STATES).meta({
  id: 'State',
  description: 'over counts for nothing any more; pending for nothing yet, as too few authorities have said so.',
})

export type State = z.output<typeof state>

const ofState = wordFilter(STATES).optional()

/** A statement of any kind that the node holds. */
const statementView = z
  .strictObject({ id: statementId, type: z.string(), iss: did, iat: timeMs, bytes: count })
  .meta({ id: 'Statement' })

export const listStatements = {
  id: 'listStatements',
  method: 'GET',
  path: '/v1/statements',
  role: 'viewer',
  summary: 'Everything that the node holds',
  query: z.strictObject({
    ...pageQuery,
    type: wordFilter([
      'attestation',
      'delegation',
      'lease',
      'manifest',
      'revocation',
      'rotation',
      'suspension',
    ]).optional(),
    iss: didFilter.optional(),
  }),
  statuses: [200],
  answer: pageOf(statementView),
  cost: 5,
} as const satisfies Contract

export const getStatement = {
  id: 'getStatement',
  method: 'GET',
  path: '/v1/statements/:id',
  role: 'viewer',
  summary: 'One of them, with its envelope',
  params: ofStatement,
  statuses: [200],
  answer: statementView.extend({ statement: envelope }).meta({ id: 'StatementWithEnvelope' }),
} as const satisfies Contract

export const submitStatement = {
  id: 'submitStatement',
  method: 'POST',
  path: '/v1/statements',
  role: 'operator',
  summary: 'Brings a statement that somebody has signed elsewhere: 201 where it is new, 200 where it was held already',
  body: z.strictObject({ statement: envelope }),
  statuses: [201, 200, 202],
  answer: z
    .strictObject({
      statement: statementId,
      type: z.string(),
      outcome: z.enum(OUTCOMES),
      /** Where it is what an operator would have ordered here. */
      operation: z.exactOptional(operation),
    })
    .meta({ id: 'AcceptedStatement' }),
} as const satisfies Contract

/** "`iss` rates `sub`": one that stands. */
const attestation = z
  .strictObject({
    id: statementId,
    iss: did,
    sub: did,
    ctx: z.string(),
    /** Thousandths of −1 to 1. */
    value: z.int().min(-1000).max(1000),
    /** Thousandths of a unit of evidence. */
    weight: z.int().min(1).max(3000),
    evidenceAt: timeMs,
    iat: timeMs,
    exp: timeMs,
  })
  .meta({ id: 'Attestation' })

export const listAttestations = {
  id: 'listAttestations',
  method: 'GET',
  path: '/v1/attestations',
  role: 'viewer',
  summary: 'Who rates whom',
  query: z.strictObject({
    ...pageQuery,
    iss: didFilter.optional(),
    sub: didFilter.optional(),
    ctx: contextFilter.optional(),
  }),
  statuses: [200],
  answer: pageOf(attestation),
  cost: 5,
} as const satisfies Contract

const attestationBody = z.strictObject({ sub: did, ...rating })

export const createAttestation = {
  id: 'createAttestation',
  method: 'POST',
  path: '/v1/attestations',
  role: 'operator',
  summary: "Rates somebody, signed by the node's authority",
  body: attestationBody,
  statuses: ORDERED,
  answer: operation,
} as const satisfies Contract

export const previewAttestation = {
  ...PREVIEW,
  id: 'previewAttestation',
  path: '/v1/attestations/preview',
  body: attestationBody,
} as const satisfies Contract

/** "`iss` lets `aud` do this." */
const delegation = z
  .strictObject({
    id: statementId,
    iss: did,
    aud: did,
    can: z.string(),
    /** How many links may follow. */
    depth: count,
    /** The link before; `null` for the first. */
    parent: statementId.nullable(),
    /** How many restrictions it adds. */
    constraints: count,
    iat: timeMs,
    exp: timeMs,
    status: state,
  })
  .meta({ id: 'Delegation' })

export const listDelegations = {
  id: 'listDelegations',
  method: 'GET',
  path: '/v1/delegations',
  role: 'viewer',
  summary: 'Who may do what on whose behalf',
  query: z.strictObject({
    ...pageQuery,
    iss: didFilter.optional(),
    aud: didFilter.optional(),
    can: capabilityFilter.optional(),
    status: ofState,
  }),
  statuses: [200],
  answer: pageOf(delegation),
  cost: 5,
} as const satisfies Contract

/** "This is revoked, for ever." */
const revocation = z
  .strictObject({ id: statementId, iss: did, target, reason: z.string(), iat: timeMs, status: state })
  .meta({ id: 'Revocation' })

export const listRevocations = {
  id: 'listRevocations',
  method: 'GET',
  path: '/v1/revocations',
  role: 'viewer',
  summary: 'Who and what has been cut off for good',
  query: z.strictObject({
    ...pageQuery,
    iss: didFilter.optional(),
    did: didFilter.optional(),
    status: ofState,
  }),
  statuses: [200],
  answer: pageOf(revocation),
  cost: 5,
} as const satisfies Contract

/** "Nobody deals with `sub` until then": the last that an authority has said of somebody. */
const suspension = z
  .strictObject({
    id: statementId,
    iss: did,
    sub: did,
    until: timeMs,
    /** Whether it takes back a hold. */
    lifted: z.boolean(),
    iat: timeMs,
    status: state,
  })
  .meta({ id: 'Suspension' })

export const listSuspensions = {
  id: 'listSuspensions',
  method: 'GET',
  path: '/v1/suspensions',
  role: 'viewer',
  summary: 'Who is on hold, and who was',
  query: z.strictObject({ ...pageQuery, iss: didFilter.optional(), sub: didFilter.optional(), status: ofState }),
  statuses: [200],
  answer: pageOf(suspension),
} as const satisfies Contract
