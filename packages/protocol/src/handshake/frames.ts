/** The frames of the handshake as documents: `docs/spec/handshake.md`, HS-1 to HS-9. */

import { decode, type Encodable, encode } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { REFUSALS } from '../close-codes.ts'
import { LIMITS } from '../limits.ts'
import { ProtocolError } from '../protocol-error.ts'

const bytes = (min: number, max: number = min): z.ZodMiniCustom<Uint8Array> =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length >= min && value.length <= max)
const count = z.number().check(z.int(), z.nonnegative())
const attachments = z.array(bytes(1, LIMITS.handshakeBytes)).check(z.maxLength(LIMITS.attachments))

/** Who speaks: an agent to a node, a node to a node, or an agent to an agent. */
export const PURPOSES = ['agent', 'node', 'peer'] as const
/** Who speaks to whom. */
export type Purpose = (typeof PURPOSES)[number]

const hello = z.strictObject({
  v: count,
  suites: z.array(count).check(z.minLength(1), z.maxLength(8)),
  net: bytes(32),
  purpose: z.enum(PURPOSES),
  e: bytes(32),
  n: bytes(32),
  to: z.optional(bytes(32)),
  ticket: z.optional(bytes(16)),
  cookie: z.optional(bytes(1, LIMITS.cookieBytes)),
})
const retry = z.strictObject({ cookie: bytes(1, LIMITS.cookieBytes) })
const challenge = z.strictObject({ suite: count, e: bytes(32), n: bytes(32), resumed: z.optional(z.literal(true)) })
const proof = z.strictObject({ did: bytes(32), sig: z.optional(bytes(64)), attachments })
const welcome = z.strictObject({
  limits: z.strictObject({ messageBytes: count, idleMs: count }),
  ticket: z.optional(z.strictObject({ id: bytes(16), ttlMs: count })),
})
const refusal = z.strictObject({ refusal: z.enum(REFUSALS), proof: attachments })

/** Frame 1. `e` and `n` are the ephemeral key and the challenge; `to` is SHA-256(n ‖ responder's key). */
export type Hello = z.infer<typeof hello>
/** The clear part of frame 2. */
export type Challenge = z.infer<typeof challenge>
/** The sealed part of frames 2 and 3; without a signature in a resumption. Attachments are statements. */
export type Proof = z.infer<typeof proof>
/** What a responder grants. */
export type Welcome = z.infer<typeof welcome>
/** Why it does not, with the statements that show it. */
export type Refusal = z.infer<typeof refusal>

/** Places of the frames; 0 is the responder's demand for a cookie. */
const RETRY = 0
const HELLO = 1
const CHALLENGE = 2
const RESPONSE = 3
const WELCOME = 4

export function encodeHello(value: Hello): Uint8Array {
  return encode([HELLO, value])
}

export function parseHello(frame: Uint8Array): Hello {
  const [body] = parts(frame, HELLO, 1, LIMITS.helloBytes)
  // A version that we do not know may look different in everything else.
  if (isRecord(body) && Number.isSafeInteger(body['v']) && body['v'] !== 1) throw new ProtocolError('handshake.version')
  return parse(hello, body)
}

/** Whether a frame begins a handshake, in this version or in another: a sealed message may merely look so. */
export function isHello(frame: Uint8Array): boolean {
  try {
    parseHello(frame)
    return true
  } catch (error) {
    return error instanceof ProtocolError && error.code === 'handshake.version'
  }
}

export function encodeRetry(cookie: Uint8Array): Uint8Array {
  return encode([RETRY, { cookie }])
}

/** The cookie that the frame demands, or `null` where the frame is not a retry. */
export function parseRetry(frame: Uint8Array): Uint8Array | null {
  if (frame[1] !== RETRY) return null
  const [body] = parts(frame, RETRY, 1, LIMITS.helloBytes)
  return parse(retry, body).cookie
}

export function encodeChallengeClear(value: Challenge): Uint8Array {
  return encode(value)
}

export function encodeChallenge(clear: Uint8Array, sealed: Uint8Array): Uint8Array {
  return encode([CHALLENGE, clear, sealed])
}

export function parseChallenge(frame: Uint8Array): { challenge: Challenge; clear: Uint8Array; sealed: Uint8Array } {
  const [clear, sealed] = parts(frame, CHALLENGE, 2, LIMITS.handshakeBytes)
  if (!(clear instanceof Uint8Array && sealed instanceof Uint8Array)) throw new ProtocolError('handshake.malformed')
  return { challenge: parse(challenge, strictly(clear)), clear, sealed }
}

export function encodeResponse(sealed: Uint8Array): Uint8Array {
  return encode([RESPONSE, sealed])
}

export function parseResponse(frame: Uint8Array): Uint8Array {
  return sealedOf(frame, RESPONSE)
}

export function encodeWelcome(sealed: Uint8Array): Uint8Array {
  return encode([WELCOME, sealed])
}

export function parseWelcome(frame: Uint8Array): Uint8Array {
  return sealedOf(frame, WELCOME)
}

/** The inside of frames 2 and 3. */
export function encodeProof(value: Proof): Uint8Array {
  return encode(value)
}

export function parseProof(document: Uint8Array): Proof {
  return parse(proof, strictly(document))
}

/** The inside of frame 4. */
export function encodeOutcome(value: Welcome | Refusal): Uint8Array {
  return encode(value)
}

export function parseOutcome(document: Uint8Array): Welcome | Refusal {
  const value = strictly(document)
  return isRecord(value) && 'refusal' in value ? parse(refusal, value) : parse(welcome, value)
}

function sealedOf(frame: Uint8Array, place: number): Uint8Array {
  const [sealed] = parts(frame, place, 1, LIMITS.handshakeBytes)
  if (!(sealed instanceof Uint8Array)) throw new ProtocolError('handshake.malformed')
  return sealed
}

function parts(frame: Uint8Array, place: number, length: number, maxBytes: number): Encodable[] {
  if (frame.length > maxBytes) throw new ProtocolError('frame.too-big')
  const document = strictly(frame)
  if (!Array.isArray(document)) throw new ProtocolError('handshake.malformed')
  if (document[0] !== place) throw new ProtocolError('handshake.unexpected')
  if (document.length !== length + 1) throw new ProtocolError('handshake.malformed')
  return document.slice(1)
}

function strictly(document: Uint8Array): unknown {
  try {
    return decode(document)
  } catch (cause) {
    throw new ProtocolError('handshake.malformed', { cause })
  }
}

function parse<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (!result.success) throw new ProtocolError('handshake.malformed')
  return result.data
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
