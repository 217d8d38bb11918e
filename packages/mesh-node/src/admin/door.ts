import type { FastifyRequest } from 'fastify'
import { NodeError } from '../node-error.ts'
import type { Principal, Tokens } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the request: `null` until the door has seen the token, and never in a handler. */
    principal: Principal | null
  }
}

/** Lets a request in, its `principal` set, or throws {@link NodeError} with an `admin.*` code. */
export type Door = (request: FastifyRequest) => void

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1']

/**
 * What every request passes before anything else looks at it, whether or not its route exists (threat P1).
 * `hosts` are the names, beside the loopback's, by which this API may be addressed.
 */
export function door(tokens: Tokens, hosts: readonly string[]): Door {
  const allowed = new Set([...LOOPBACK, ...hosts].map((host) => host.toLowerCase()))
  return (request) => {
    // A page whose name was rebound to this address still says its own name here (threat P3).
    if (!allowed.has(hostOf(request.headers.host))) throw new NodeError('admin.host')
    // Browsers say which page asks; this API is for programs, which do not (threat P4).
    if (request.headers.origin !== undefined) throw new NodeError('admin.origin')
    const principal = tokens.principalOf(bearerOf(request.headers.authorization))
    if (!principal) throw new NodeError('admin.unauthenticated')
    // Before the rest, so that the audit log says whose request was refused.
    request.principal = principal
    if (isRead(request)) return
    if (principal.role !== 'operator') throw new NodeError('admin.forbidden')
    // Nothing but this exact text: parsers disagree about all the others (threat P8).
    if (request.headers['content-type'] !== 'application/json') throw new NodeError('admin.media-type')
  }
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The name or address in a Host header, without port and brackets. */
function hostOf(header = ''): string {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header) ?? []
  return (bracketed ?? plain ?? '').toLowerCase()
}

function bearerOf(header = ''): string {
  return /^Bearer ([\x21-\x7e]{1,128})$/i.exec(header)?.[1] ?? ''
}
