import { STATUS_CODES } from 'node:http'
import { IdentityError } from '@trustmesh/identity'
import type { FastifyReply } from 'fastify'
import * as z from 'zod'
import { NodeError, type NodeErrorCode } from '../node-error.ts'

type AdminCode = Extract<NodeErrorCode, `admin.${string}`>

/** The HTTP status of each refusal, and what the client is told to do about it. */
const REFUSALS: Readonly<Record<AdminCode, readonly [status: number, detail: string]>> = {
  'admin.invalid-body': [400, 'send one JSON object with exactly the fields of this route'],
  'admin.invalid-query': [400, 'send only the parameters of this route, each once'],
  'admin.media-type': [400, 'send Content-Type: application/json, without parameters'],
  'admin.unauthenticated': [401, 'send Authorization: Bearer, with a token of this node'],
  'admin.forbidden': [403, 'use the token of an operator'],
  'admin.origin': [403, 'web pages may not use this API'],
  'admin.not-found': [404, 'there is nothing here'],
  'admin.no-authority': [409, 'this node holds no key of an authority: send a statement that one has signed'],
  'admin.own-key': [409, 'this Did is one of the keys that this mesh stands on'],
  'admin.too-large': [413, 'send 64 KiB at most'],
  'admin.host': [421, 'address this node by localhost, a loopback address or a configured name'],
  'admin.failed': [500, 'the log of the node says why'],
  'admin.not-ready': [503, 'try again when the checks below hold'],
}

/** A problem document (RFC 9457) without its fixed parts. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly detail?: string
}

/** The refusal of a code, with more of a hint where there is one. */
export function refusalOf(code: AdminCode, hint?: string): Refusal {
  const [status, detail] = REFUSALS[code]
  return { status, code, detail: hint ? `${detail}: ${hint}` : detail }
}

/** What the client learns of an error: a code, and nothing that it or anybody else has sent (threats P13, S19). */
export function refusalOfError(error: unknown): Refusal {
  const { statusCode = 500, validationContext } = error as { statusCode?: number; validationContext?: string }
  // A Did in the request. One from inside, as of a signer that fails, is the node's own fault.
  if (error instanceof IdentityError && validationContext) return { status: 400, code: error.code }
  if (error instanceof NodeError) return refusalOf(isAdminCode(error.code) ? error.code : 'admin.failed')
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
export function sendRefusal(reply: FastifyReply, { status, code, detail }: Refusal, more: object = {}): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: 'about:blank', title: STATUS_CODES[status], status, code, ...(detail ? { detail } : {}), ...more })
}

function isAdminCode(code: NodeErrorCode): code is AdminCode {
  return code in REFUSALS
}
