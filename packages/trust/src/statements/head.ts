import {
  commonFields,
  type Did,
  type Identity,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import * as z from 'zod/mini'
import { didKey, hash, read, time } from '../fields.ts'
import { TrustError, type TrustErrorCode } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

/** None ever enters a set. */
export const HEAD = 'head'
/** Most links that a head names. */
export const MAX_HEAD_LINKS = 64

const claimSchema = z.strictObject({
  ...commonFields,
  /** Hybrid clock in ms: of a node's heads the latest counts, and two of one `seq` are a fork. */
  seq: time,
  /** How many statements the node holds. */
  count: z.int().check(z.nonnegative()),
  /** Fingerprint of all of them. */
  set: hash,
  /** Fingerprint of the revocations among them. */
  revoked: hash,
  /** With whom the node has a link. */
  links: z.array(didKey).check(z.maxLength(MAX_HEAD_LINKS)),
  /** Whether it takes agents, or is still catching up. */
  state: z.enum(['syncing', 'serving']),
})

/** "This is what I hold, and with whom I am linked, now": the heartbeat of a node. */
export type Head = Readonly<z.infer<typeof claimSchema>> & { readonly id: StatementId; readonly iss: Did }

/** What a node says of itself. */
export interface NewHead extends Readonly<Pick<Head, 'count' | 'set' | 'revoked' | 'state'>> {
  /** At most 64, each once. */
  readonly links: readonly Did[]
  /** `seq` of the head that this one follows. */
  readonly previousSeq?: number
}

/** Signs a head. Rejects with {@link TrustError}: `head.*`, before anything is signed. */
export async function issueHead(
  identity: Identity,
  { previousSeq = -1, links, ...said }: NewHead,
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const seq = Math.max(previousSeq + 1, issuance.clock.now())
  const fields = { ...commonClaim(issuance, seq), seq, ...said, links: [...links] }
  const claim = z.safeEncode(claimSchema, fields)
  const fault = claim.success ? faultOf(fields, identity.did) : 'head.malformed'
  if (!claim.success || fault) throw new TrustError(fault ?? 'head.malformed')
  return sealStatement(identity, HEAD, claim.data)
}

/** The head in a statement. Throws {@link TrustError} with a `head.*` code. */
export function parseHead({ type, id, signer, claim }: Verified<Statement>): Head {
  if (type !== HEAD) throw new TrustError('head.type')
  const fields = read(claimSchema, claim, 'head.malformed')
  const fault = faultOf(fields, signer)
  if (fault) throw new TrustError(fault)
  return { ...fields, id, iss: signer }
}

type Checked = Readonly<Record<'iat' | 'seq', number>> & { readonly links: readonly Did[] }

function faultOf({ iat, seq, links }: Checked, iss: Did): TrustErrorCode | null {
  if (seq > iat) return 'head.seq'
  if (links.includes(iss) || new Set(links).size !== links.length) return 'head.links'
  return null
}
