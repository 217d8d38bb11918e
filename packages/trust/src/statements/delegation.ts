import {
  type Claim,
  commonFields,
  type Did,
  type Identity,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import * as z from 'zod/mini'
import { compiled } from '#compile'
import { capability, covers } from '../chain/capability.ts'
import { type Constraint, isCountable, where } from '../chain/constraints.ts'
import { didKey, type Frozen, frozen, read, statementId, time } from '../fields.ts'
import { TrustError, type TrustErrorCode } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

/** The type of these statements. */
export const DELEGATION = 'delegation'
/** Most links of a chain. */
export const MAX_LINKS = 10
/** Largest envelope of a delegation in bytes. */
export const MAX_DELEGATION_BYTES = 4096
/** Longest life of a delegation. */
const MAX_LIFE_MS = 365 * 24 * 3_600_000
/** How long a delegation lives whose issuer does not say. */
const PLAIN_LIFE_MS = 24 * 3_600_000

const claimSchema = compiled(
  z.strictObject({
    ...commonFields,
    /** Who may use it. */
    aud: didKey,
    /** Whose authority it passes on: the issuer of the first link. */
    root: didKey,
    /** What may be done, with all below it. */
    can: capability,
    /** Restrictions, on top of those of every link before. */
    where,
    /** When it begins, ms; at once where it is left out. */
    nbf: z.optional(time),
    /** When it ends, ms. */
    exp: time,
    /** How many links may follow. */
    depth: z.int().check(z.gte(0), z.lt(MAX_LINKS)),
    /** The link before; none for the first. */
    parent: z.nullable(statementId),
    /** Who may revoke it, beside its issuers and its audience. */
    revokers: z.optional(z.array(didKey).check(z.minLength(1), z.maxLength(8))),
  }),
)

/** "`iss` lets `aud` use this capability, so restricted, this many links further, until then." */
export type Delegation = Frozen<z.infer<typeof claimSchema>> & { readonly id: StatementId; readonly iss: Did }

/** What an issuer says; what it leaves out is unrestricted but for the parent, ends with the chain, and lasts a day at most. */
export interface NewDelegation {
  readonly aud: Did
  readonly can: string
  readonly where?: readonly Constraint[]
  /** ms; that of the parent unless told otherwise. */
  readonly nbf?: number
  /** ms; a day from now, or with the parent, unless told otherwise. */
  readonly exp?: number
  /** How many links may follow; none unless told otherwise. */
  readonly depth?: number
  /** The link that this one attenuates; without one, the issuer delegates its own authority. */
  readonly parent?: Delegation
  readonly revokers?: readonly Did[]
}

/** Signs a delegation. Rejects with {@link TrustError}: `delegation.*`, also where it would grant more than its parent. */
export async function issueDelegation(
  identity: Identity,
  { parent, ...delegation }: NewDelegation,
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const { aud, can, where = [], nbf = parent?.nbf, depth = 0, revokers } = delegation
  const iat = issuance.clock.now()
  const { exp = Math.min(iat + PLAIN_LIFE_MS, parent?.exp ?? Number.POSITIVE_INFINITY) } = delegation
  const root = parent?.root ?? identity.did
  const claim = z.safeEncode(claimSchema, {
    ...commonClaim(issuance, iat),
    ...{ aud, root, can, where, exp, depth, parent: parent?.id ?? null },
    ...(nbf !== undefined && { nbf }),
    ...(revokers && { revokers: [...revokers] }),
  })
  if (!claim.success) throw new TrustError('delegation.malformed')
  const fields = { iss: identity.did, iat, aud, can, where, nbf, exp, depth }
  const fault = faultOf(fields) ?? (parent && widens(parent, fields) ? 'delegation.widens' : null)
  if (fault) throw new TrustError(fault)
  const statement = await sealStatement(identity, DELEGATION, claim.data as Claim)
  if (statement.bytes.length > MAX_DELEGATION_BYTES) throw new TrustError('delegation.size')
  return statement
}

/** The delegation in a statement, frozen: whoever is handed a link may share it with the cache (threat D1). Throws {@link TrustError} with a `delegation.*` code. */
export function parseDelegation({ type, id, signer, claim, bytes }: Verified<Statement>): Delegation {
  if (type !== DELEGATION) throw new TrustError('delegation.type')
  if (bytes.length > MAX_DELEGATION_BYTES) throw new TrustError('delegation.size')
  const fields = read(claimSchema, claim, 'delegation.malformed')
  const delegation = frozen(Object.assign(fields, { id, iss: signer }))
  const fault = faultOf(delegation)
  if (fault) throw new TrustError(fault)
  return delegation
}

/** What makes a link attenuate the one before it, in the order in which a chain is checked. */
export const ATTENUATION: Readonly<Record<'issuer' | 'depth' | 'capability' | 'window', Rule>> = {
  issuer: (parent, child) => child.iss === parent.aud,
  depth: (parent, child) => child.depth < parent.depth,
  capability: (parent, child) => covers(parent.can, child.can),
  window: (parent, child) => child.exp <= parent.exp && (child.nbf ?? 0) >= (parent.nbf ?? 0),
}

type Rule = (parent: Grant, child: Grant) => boolean
type Grant = Pick<Delegation, 'iss' | 'aud' | 'can' | 'exp' | 'depth'> & { readonly nbf?: number | undefined }

function widens(parent: Grant, child: Grant): boolean {
  return Object.values(ATTENUATION).some((holds) => !holds(parent, child))
}

/** The rules that no single field can tell. */
function faultOf({ iss, aud, iat, nbf, exp, where }: Grant & Pick<Delegation, 'iat' | 'where'>): TrustErrorCode | null {
  if (iss === aud) return 'delegation.self'
  if (exp <= Math.max(iat, nbf ?? 0) || exp > iat + MAX_LIFE_MS) return 'delegation.expiry'
  if (!isCountable(where)) return 'delegation.uncountable'
  return null
}
