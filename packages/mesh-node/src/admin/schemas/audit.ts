import * as z from 'zod'
import { SEVERITIES } from '../../audit/log.ts'
import type { Contract } from './contract.ts'
import { code, count, did, pageOf, pageQuery, person, queryIndex, statementId, timeText, wordFilter } from './fields.ts'

export const severity = z.enum(SEVERITIES).meta({ id: 'Severity' })

/** An entry of the audit log. */
const auditEntry = z
  .strictObject({
    index: count,
    time: timeText,
    severity,
    event: z.string(),
    code: z.exactOptional(code),
    did: z.exactOptional(did),
    statement: z.exactOptional(statementId),
    peer: z.exactOptional(z.string()),
    by: z.exactOptional(person),
    name: z.exactOptional(z.string()),
    origin: z.exactOptional(z.string()),
    operation: z.exactOptional(z.string()),
    suppressed: z.exactOptional(z.string()),
    detail: z.exactOptional(z.record(z.string(), z.number())),
  })
  .meta({ id: 'AuditEntry' })

export const listAudit = {
  id: 'listAudit',
  method: 'GET',
  path: '/v1/audit',
  role: 'viewer',
  summary: 'The entries of the audit log: from an index on, oldest first; or, where `order` is latest, from there back',
  query: z.strictObject({
    limit: pageQuery.limit,
    order: z.enum(['oldest', 'latest']).default('oldest'),
    from: queryIndex.optional(),
    /** Where the page before ended; wins over `from`. */
    cursor: queryIndex.optional(),
    severity: wordFilter(SEVERITIES).optional(),
  }),
  statuses: [200],
  answer: pageOf(auditEntry),
  cost: 5,
} as const satisfies Contract

export const getAuditCheckpoint = {
  id: 'getAuditCheckpoint',
  method: 'GET',
  path: '/v1/audit/checkpoint',
  role: 'viewer',
  summary: 'The latest checkpoint with its cosignatures: a C2SP signed note',
  statuses: [200],
  answer: 'text/plain',
} as const satisfies Contract

export const getAuditKeyChains = {
  id: 'getAuditKeyChains',
  method: 'GET',
  path: '/v1/audit/key-chains',
  role: 'viewer',
  summary: 'Whose the keys of the log and of those who cosign it are: the file `key-chains` of an export',
  statuses: [200],
  answer: 'application/octet-stream',
} as const satisfies Contract

/** Hashes in base64, the lowest level first. */
const proof = z.array(z.string()).max(128)

export const getInclusionProof = {
  id: 'getInclusionProof',
  method: 'GET',
  path: '/v1/audit/proofs/inclusion',
  role: 'viewer',
  summary: 'That an entry is in the tree of that size (RFC 6962)',
  query: z.strictObject({ index: queryIndex, size: queryIndex }),
  statuses: [200],
  answer: z.strictObject({ index: count, size: count, proof }).meta({ id: 'InclusionProof' }),
} as const satisfies Contract

export const getConsistencyProof = {
  id: 'getConsistencyProof',
  method: 'GET',
  path: '/v1/audit/proofs/consistency',
  role: 'viewer',
  summary: 'That the tree of one size begins with that of another (RFC 6962)',
  query: z.strictObject({ from: queryIndex, to: queryIndex }),
  statuses: [200],
  answer: z.strictObject({ from: count, to: count, proof }).meta({ id: 'ConsistencyProof' }),
} as const satisfies Contract

export const getAuditTile = {
  id: 'getAuditTile',
  method: 'GET',
  path: '/v1/audit/tiles/*',
  role: 'viewer',
  summary:
    'A tile or a bundle of entries, by its path in C2SP tlog-tiles without `tile/`: `0/x001/067`, `entries/000.p/5`',
  params: z.strictObject({
    // Threat P5: digits, the letters of the layout, and slashes between them.
    '*': z
      .string()
      .regex(
        /^(?:\d|[1-5]\d|6[0-3]|entries)\/(?:x\d{3}\/){0,5}\d{3}(?:\.p\/(?:[1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-5]))?$/,
      ),
  }),
  statuses: [200],
  answer: 'application/octet-stream',
} as const satisfies Contract
