/** What the bodies of messages hold between agents: `docs/spec/session.md`, SE-60 to SE-64. Nodes never look inside. */

import { decodeBody, type Encodable, encodeBody, IdentityError } from '@trustmesh/identity'
import { LIMITS } from '@trustmesh/protocol'
import { type Denial, parseDenial } from '@trustmesh/trust/agent'
import * as z from 'zod/mini'
import { MeshError } from './mesh-error.ts'
import { Slab } from './slab.ts'

/** A one-way message or a request: its kind, which chooses the handler, and whatever the kind carries. */
export interface Call {
  readonly kind: string
  readonly content: unknown
  readonly proof?: Proof
}

/** On whose behalf: the invocation, the links of its chain, and the bytes of the content that it was signed for. */
export interface Proof {
  readonly invocation: Uint8Array
  readonly links: readonly Uint8Array[]
  readonly args: Uint8Array
}

/** `draining`: it is about to leave. `is-stream`: it was asked for a reply, and has many. */
const FAILURES = ['denied', 'draining', 'failed', 'is-stream', 'no-handler'] as const

/** Why there is no reply. `denied` comes with the denial. */
export interface Failure {
  readonly code: (typeof FAILURES)[number]
  readonly denial?: Denial
}

/** What no document has too many of. */
const ITEMS = 4_096
const TOO_BIG = 'more bytes than this agent sends, or more than 4,096 items in each 65,536 bytes of it'

const slab = new Slab()
const copyOut = (written: Uint8Array): Uint8Array => slab.copy(written)

const failure = z.strictObject({ code: z.enum(FAILURES), denial: z.optional(z.unknown()) })

/** With a proof, which is signed for exactly these bytes of content, they travel as they are. */
export function encodeCall(
  kind: string,
  content: Encodable | undefined,
  maxBytes: number,
  proof?: readonly Uint8Array[],
): Uint8Array {
  return bounded(proof ? [kind, argumentsOf(content, maxBytes), [...proof]] : [kind, content ?? null], maxBytes)
}

/** The bytes that an invocation is signed for. */
export function argumentsOf(content: Encodable | undefined, maxBytes: number): Uint8Array {
  return bounded(content ?? null, maxBytes)
}

/** `null` for a body that is no call. */
export function parseCall(body: Uint8Array): Call | null {
  const parts = decoded(body)
  if (!Array.isArray(parts)) return null
  // In so many words: of what an agent reads, a schema would take the most time for this.
  const [kind, content, proof] = parts as readonly unknown[]
  if (typeof kind !== 'string' || kind.length < 1 || kind.length > 128) return null
  if (parts.length === 2) return { kind, content }
  if (parts.length !== 3 || !isBytes(content) || !isProof(proof)) return null
  const [invocation, ...links] = proof
  try {
    return { kind, content: bodyOf(content), proof: { invocation, links, args: content } }
  } catch {
    return null
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

function isProof(value: unknown): value is [Uint8Array, ...Uint8Array[]] {
  return Array.isArray(value) && value.length >= 2 && value.length <= 1 + LIMITS.chainLinks && value.every(isBytes)
}

export function encodeReply(content: Encodable | undefined, maxBytes: number): Uint8Array {
  return bounded(content ?? null, maxBytes)
}

/** Throws {@link MeshError} `request.failed` for a body that is no reply. */
export function parseReply(body: Uint8Array): unknown {
  try {
    return bodyOf(body)
  } catch (cause) {
    throw new MeshError('request.failed', { cause })
  }
}

export function encodeFailure({ code, denial }: Failure): Uint8Array {
  return bounded({ code, denial }, LIMITS.sayBytes)
}

/** Whatever cannot be understood is a failure like any other. */
export function parseFailure(body: Uint8Array): Failure {
  const parsed = failure.safeParse(decoded(body))
  if (!parsed.success) return { code: 'failed' }
  const { code, denial } = parsed.data
  try {
    return denial === undefined ? { code } : { code, denial: parseDenial(denial) }
  } catch {
    return { code }
  }
}

function bounded(value: Encodable, maxBytes: number): Uint8Array {
  try {
    const bytes = encodeBody(value, maxBytes, copyOut)
    // Whoever reads it allows it as many items as its size does, which only shows now.
    return bytes.length > ITEMS ? encodeBody(value, bytes.length) : bytes
  } catch (cause) {
    const isTooBig =
      cause instanceof IdentityError && (cause.code === 'encoding.size' || cause.code === 'encoding.items')
    throw isTooBig ? new MeshError('message.too-big', { cause, detail: TOO_BIG }) : cause
  }
}

function decoded(body: Uint8Array): unknown {
  try {
    return bodyOf(body)
  } catch {
    return undefined
  }
}

/** A message is as large as its recipient lets it be: what has come in has passed that bound. */
function bodyOf(bytes: Uint8Array): unknown {
  return decodeBody(bytes, bytes.length)
}
