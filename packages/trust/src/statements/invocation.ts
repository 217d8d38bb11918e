import {
  commonFields,
  type Did,
  type Identity,
  type Statement,
  type StatementId,
  sealStatement,
  sha256,
  type Verified,
} from '@trustmesh/identity'
import * as z from 'zod/mini'
import { compiled } from '#compile'
import { capability, covers } from '../chain/capability.ts'
import { didKey, hash, read, statementId, time } from '../fields.ts'
import { TrustError } from '../trust-error.ts'
import type { Delegation } from './delegation.ts'
import { commonClaim, type Issuance } from './issuance.ts'

/** None ever enters a set. */
export const INVOCATION = 'invocation'
/** Longest life of an invocation. */
export const MAX_INVOCATION_MS = 5 * 60_000
/** How long an invocation lives whose issuer does not say. */
const PLAIN_LIFE_MS = 60_000

const claimSchema = compiled(
  z.strictObject({
    ...commonFields,
    /** Who is to carry it out. */
    aud: didKey,
    /** The last link of the chain that it uses, and with it the whole chain. */
    leaf: statementId,
    /** What is to be done. */
    can: capability,
    /** SHA-256 of the arguments as they are sent. */
    args: hash,
    /** When it ends, ms. */
    exp: time,
  }),
)

/** "I use this chain for this action, now, with you": good for one use. */
export type Invocation = Readonly<z.infer<typeof claimSchema>> & { readonly id: StatementId; readonly iss: Did }

/** What an invoker says. */
export interface NewInvocation {
  /** Who is to carry it out. */
  readonly aud: Did
  /** The last link of the chain. */
  readonly leaf: Delegation
  readonly can: string
  /** The arguments as they will be sent: the bytes of one document. */
  readonly args: Uint8Array
  /** 1 ms to five minutes; a minute unless told otherwise. */
  readonly ttlMs?: number
}

/** Signs an invocation. Rejects with {@link TrustError}: `invocation.*`, before anything is signed. */
export async function issueInvocation(
  identity: Identity,
  { aud, leaf, can, args, ttlMs = PLAIN_LIFE_MS }: NewInvocation,
  issuance: Issuance,
): Promise<Verified<Statement>> {
  if (identity.did !== leaf.aud) throw new TrustError('invocation.issuer')
  if (!covers(leaf.can, can)) throw new TrustError('invocation.capability')
  const iat = issuance.clock.now()
  const exp = iat + ttlMs
  const claim = z.safeEncode(claimSchema, {
    ...commonClaim(issuance, iat),
    ...{ aud, leaf: leaf.id, can, args: sha256(args), exp },
  })
  if (!claim.success) throw new TrustError('invocation.malformed')
  if (!isShort(iat, exp)) throw new TrustError('invocation.expiry')
  return sealStatement(identity, INVOCATION, claim.data)
}

/** The invocation in a statement. Throws {@link TrustError} with an `invocation.*` code. */
export function parseInvocation({ type, id, signer, claim }: Verified<Statement>): Invocation {
  if (type !== INVOCATION) throw new TrustError('invocation.type')
  const fields = read(claimSchema, claim, 'invocation.malformed')
  if (!isShort(fields.iat, fields.exp)) throw new TrustError('invocation.expiry')
  return { ...fields, id, iss: signer }
}

function isShort(iat: number, exp: number): boolean {
  return exp > iat && exp <= iat + MAX_INVOCATION_MS
}
