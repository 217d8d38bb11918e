import { STATUS_CODES } from 'node:http'
import { type Did, IdentityError } from '@trustmesh/identity'
import { TrustError } from '@trustmesh/trust'
import type { FastifyReply } from 'fastify'
import * as z from 'zod'
import { NodeError, type NodeErrorCode } from '../node-error.ts'
import type { ProblemDocument } from './schemas/problem.ts'

/** The HTTP status of each refusal, and what the client is told to do about it. */
const REFUSALS: Readonly<Partial<Record<NodeErrorCode, readonly [status: number, detail: string]>>> = {
  'admin.invalid-body': [400, 'send one JSON object with exactly the fields of this route'],
  'admin.invalid-query': [400, 'send only the parameters of this route, each once'],
  'admin.idempotency-key': [400, 'send an Idempotency-Key of 1 to 128 letters, digits and -_.:'],
  'admin.media-type': [400, 'send Content-Type: application/json, without parameters'],
  'tokens.name': [400, 'take a name of 1 to 64 letters, digits and ._-'],
  'webhook.url': [400, 'send an https:// URL without a user, of at most 2,048 characters'],
  'webhook.address': [400, 'send a URL of a public address'],
  'webhook.unresolved': [400, 'send a URL whose name has an address'],
  'admin.unauthenticated': [401, 'send Authorization: Bearer, with a token of this node'],
  'login.capability': [401, 'invoke /mesh/operator, or /act or /view below it'],
  'login.challenge': [401, 'ask for a challenge, and sign that within half a minute'],
  'login.invocation': [401, 'send an invocation that is signed by the key of the Did'],
  'admin.forbidden': [403, 'use the token of somebody who may'],
  'admin.own-approval': [403, 'somebody else has to approve it, who is not here by the leave of whoever ordered it'],
  'admin.origin': [403, 'web pages may not use this API'],
  'admin.not-found': [404, 'there is nothing here'],
  'webhook.not-found': [404, 'there is no such webhook'],
  'admin.not-awaiting': [409, 'it has been decided already, or nobody has in time'],
  'admin.too-many-awaiting': [409, 'see to what awaits approval first'],
  'statement.refused': [409, 'the mesh has no place for it'],
  'admin.idempotency-conflict': [409, 'take another Idempotency-Key: this one was used for another request'],
  'admin.no-authority': [409, 'this node holds no key of an authority: send a statement that one has signed'],
  'admin.own-key': [409, 'this Did is one of the keys that this mesh stands on'],
  'tokens.exists': [409, 'take another name, or end the token that has this one'],
  'webhook.too-many': [409, 'remove one that is not needed'],
  'admin.too-large': [413, 'send 64 KiB at most'],
  'admin.host': [421, 'address this node by localhost, a loopback address or a configured name'],
  'admin.rate-limited': [429, 'wait'],
  'admin.too-many-streams': [429, 'end one of the streams that you have open'],
  'admin.failed': [500, 'the log of the node says why'],
  'admin.not-ready': [503, 'try again when the checks below hold'],
  'audit.unavailable': [503, 'nothing was done, as nobody would know of it: see to the disk of the audit log'],
}

/** A problem document (RFC 9457) without its fixed parts. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly detail?: string
  /** How long to wait, in ms. */
  readonly waitMs?: number
}

/** A request that is refused by a code that is no {@link NodeError}'s, or not for long. */
export class RefusedRequest extends Error {
  readonly refusal: Refusal
  /** Who has asked, where the key of that Did has signed it. */
  readonly did: Did | undefined

  constructor(refusal: Refusal, { did, ...options }: ErrorOptions & { readonly did?: Did } = {}) {
    super(refusal.code, options)
    this.name = 'RefusedRequest'
    this.refusal = refusal
    this.did = did
  }
}

/** Refuses until some milliseconds from now. */
export function notBefore(waitMs: number): RefusedRequest {
  return new RefusedRequest({ ...refusalOf('admin.rate-limited'), waitMs })
}

/** Refuses what somebody sent by the code of what is broken in it; what is wrong elsewhere, as with a signer, is thrown on. */
export function refuseBroken(error: unknown): never {
  if ((error instanceof IdentityError || error instanceof TrustError) && !error.code.startsWith('signer.')) {
    throw new RefusedRequest({ status: 400, code: error.code }, { cause: error })
  }
  throw error
}

/** The refusal of a code, with more of a hint where there is one. */
export function refusalOf(code: NodeErrorCode, hint?: string): Refusal {
  const refusal = REFUSALS[code]
  if (!refusal) return refusalOf('admin.failed')
  const [status, detail] = refusal
  return { status, code, detail: hint ? `${detail}: ${hint}` : detail }
}

/** What the client learns of an error: a code, and nothing that it or anybody else has sent (threats P13, S19). */
export function refusalOfError(error: unknown): Refusal {
  const { statusCode = 500, validationContext } = error as { statusCode?: number; validationContext?: string }
  if (error instanceof RefusedRequest) return error.refusal
  // A Did in the request. One from inside, as of a signer that fails, is the node's own fault.
  if (error instanceof IdentityError && validationContext) return { status: 400, code: error.code }
  // Of a statement the detail is our code for why.
  if (error instanceof NodeError)
    return refusalOf(error.code, error.code === 'statement.refused' ? error.message : undefined)
  if (error instanceof z.ZodError) {
    // Paths are made of our own field names; of a field that we do not know, not even the name is repeated.
    const [issue] = error.issues
    const hint = issue && [...issue.path, issue.code].join(' ')
    return refusalOf(validationContext === 'body' ? 'admin.invalid-body' : 'admin.invalid-query', hint)
  }
  if (statusCode === 413) return refusalOf('admin.too-large')
  // What else the framework refuses is a body that it cannot parse.
  return refusalOf(statusCode >= 400 && statusCode < 500 ? 'admin.invalid-body' : 'admin.failed')
}

/** Sends a refusal as `application/problem+json`. */
export function sendRefusal(
  reply: FastifyReply,
  { status, code, detail, waitMs }: Refusal,
  { scheme = 'Bearer', ...more }: Pick<ProblemDocument, 'checks'> & { readonly scheme?: string } = {},
): FastifyReply {
  if (status === 401) reply.header('www-authenticate', scheme)
  if (status === 429) reply.header('retry-after', String(Math.ceil((waitMs ?? 1_000) / 1_000)))
  const title = STATUS_CODES[status] ?? ''
  const document: ProblemDocument = { type: 'about:blank', title, status, code, ...(detail && { detail }), ...more }
  return reply.code(status).type('application/problem+json').send(document)
}
