/** Signed, content-addressed claims. `docs/spec/statements.md` is the normative description. */

import * as z from 'zod/mini'
import { engine } from '#engine'
import { type Did, didOf, keyOf } from './did.ts'
import { verifySoonWith, verifyWith } from './ed25519/verify.ts'
import { decode, encode } from './encoding.ts'
import type { Claim, Identity } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import { isStatementType, type Preimage, preimage } from './signing.ts'

/** Version of the envelope. What a new version changes gets a new number, or, for a payload, a new type. */
const ENVELOPE_VERSION = 1
/** Largest envelope in bytes. */
export const MAX_STATEMENT_BYTES = 40_960

declare const hashed: unique symbol
declare const signed: unique symbol

/** SHA-256 of what was signed, in lower-case hex: covers issuer, type and content, never the signature (threat I8). */
export type StatementId = string & { readonly [hashed]: 'StatementId' }

/** A value whose signature has been verified; only this file makes one. */
export type Verified<T> = T & { readonly [signed]: true }

/** The fields of every payload: the mesh, the time of issue in ms, and 16 random bytes. */
export const commonFields = {
  net: z.custom<Uint8Array>(isNet),
  iat: z.custom<number>(isTime),
  nonce: z.custom<Uint8Array>(isNonce),
} as const

/** A statement as its envelope says, its claim decoded but not yet held against the schema of its type. */
export interface Statement {
  readonly id: StatementId
  readonly type: string
  readonly signer: Did
  readonly claim: { readonly net: Uint8Array; readonly iat: number; readonly nonce: Uint8Array } & {
    readonly [field: string]: unknown
  }
  /** The envelope as received or sealed: what is stored and forwarded. */
  readonly bytes: Uint8Array
}

/** Signs a claim as a statement of the given type. Rejects with {@link IdentityError}, or with whatever the signer rejects with. */
export async function sealStatement(identity: Identity, type: string, claim: Claim): Promise<Verified<Statement>> {
  if (!isStatementType(type)) throw new IdentityError('statement.type')
  if (!hasCommonFields(claim)) throw new IdentityError('statement.claim')
  const { payload, signature } = await identity.sign(type, claim)
  const key = keyOf(identity.did)
  const bytes = encode([ENVELOPE_VERSION, type, payload, key, signature])
  if (bytes.length > MAX_STATEMENT_BYTES) throw new IdentityError('statement.size')
  const envelope = { type, payload, key, signature, bytes, signer: identity.did, form: preimage(type, key, payload) }
  return decodeStatement(verified(envelope))
}

/** An envelope as it came: nothing in it is proven. */
export interface Envelope {
  readonly type: string
  readonly payload: Uint8Array
  /** What claims to be the signer's key: it has not passed the key guard. */
  readonly key: Uint8Array
  readonly signature: Uint8Array
  readonly bytes: Uint8Array
}

/** An envelope with a signature that holds: who has signed, and what. */
export interface ProvenEnvelope extends Envelope {
  readonly signer: Did
  readonly form: Preimage
}

/**
 * Opens an envelope: size, strict scan, shape, key guard, signature, and only then the payload.
 * Throws {@link IdentityError} with an `encoding.*`, `key.*` or `statement.*` code.
 */
export function openStatement(bytes: Uint8Array): Verified<Statement> {
  return decodeStatement(proveEnvelope(parseEnvelope(bytes)))
}

/** The first step of {@link openStatement}, for who has more to ask before a signature is worth its cost: size, scan, shape. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length > MAX_STATEMENT_BYTES) throw new IdentityError('statement.size')
  return envelopeOf(decode(bytes), bytes)
}

/** The second step of {@link openStatement}: key guard and signature. */
export function proveEnvelope(envelope: Envelope): Verified<ProvenEnvelope> {
  const named = withSigner(envelope)
  if (!verifyWith(engine, named.key, named.form, named.signature)) throw new IdentityError('statement.signature')
  return verified(named)
}

/** {@link proveEnvelope}, with the signature verified off this thread where the platform has others. */
export async function proveEnvelopeSoon(envelope: Envelope): Promise<Verified<ProvenEnvelope>> {
  const named = withSigner(envelope)
  const holds = await verifySoonWith(engine, named.key, named.form, named.signature)
  if (!holds) throw new IdentityError('statement.signature')
  return verified(named)
}

/** The last step of {@link openStatement}: the payload. */
export function decodeStatement({ type, payload, signer, form, bytes }: Verified<ProvenEnvelope>): Verified<Statement> {
  const claim = decode(payload)
  if (!hasCommonFields(claim)) throw new IdentityError('statement.claim')
  const id = engine.sha256Hex(form) as StatementId
  return verified({ id, type, signer, claim, bytes })
}

/** The only place where a value becomes `Verified`: its signature has been made or verified just before. */
function verified<T>(value: T): Verified<T> {
  return value as Verified<T>
}

function withSigner({ type, payload, key, signature, bytes }: Envelope): ProvenEnvelope {
  return { type, payload, key, signature, bytes, signer: didOf(key), form: preimage(type, key, payload) }
}

function envelopeOf(document: unknown, bytes: Uint8Array): Envelope {
  if (!Array.isArray(document)) throw new IdentityError('statement.malformed')
  const [version, type, payload, key, signature] = document as unknown[]
  if (version !== ENVELOPE_VERSION) throw new IdentityError('statement.version')
  if (
    document.length !== 5 ||
    typeof type !== 'string' ||
    !(payload instanceof Uint8Array) ||
    !(key instanceof Uint8Array) ||
    !(signature instanceof Uint8Array)
  ) {
    throw new IdentityError('statement.malformed')
  }
  if (!isStatementType(type)) throw new IdentityError('statement.type')
  return { type, payload, key, signature, bytes }
}

/** In so many words, because a schema takes several times as long, and this is asked of every statement. */
function hasCommonFields(claim: unknown): claim is Statement['claim'] {
  if (typeof claim !== 'object' || claim === null) return false
  const { net, iat, nonce } = claim as Partial<Record<string, unknown>>
  return isNet(net) && isTime(iat) && isNonce(nonce)
}

function isNet(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isNonce(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 16
}
