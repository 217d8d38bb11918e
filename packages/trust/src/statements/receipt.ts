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
import { didKey, hash, read, statementId } from '../fields.ts'
import { TrustError } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

const TYPE = 'receipt'

const claimSchema = z.strictObject({
  ...commonFields,
  /** To whom it was said: shown to anybody else, it says so. */
  to: didKey,
  /** What was said, by its hash. */
  body: hash,
  /** The receipt that it answers. */
  re: z.optional(statementId),
})

/** "I said this to you": evidence, for whoever was told, that outlasts the session. */
export type Receipt = Readonly<z.infer<typeof claimSchema>> & { readonly id: StatementId; readonly iss: Did }

/** What somebody says and can later not deny. */
export type NewReceipt = Pick<Receipt, 'to' | 'body'> & { readonly re?: StatementId }

/** Signs for something that is said. Rejects with {@link TrustError} `receipt.malformed`, before anything is signed. */
export async function issueReceipt(
  identity: Identity,
  { to, body, re }: NewReceipt,
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const fields = { ...commonClaim(issuance, issuance.clock.now()), to, body, ...(re !== undefined && { re }) }
  const claim = z.safeEncode(claimSchema, fields)
  if (!claim.success) throw new TrustError('receipt.malformed')
  return sealStatement(identity, TYPE, claim.data)
}

/** The receipt in a statement. Throws {@link TrustError} with a `receipt.*` code. */
export function parseReceipt({ type, id, signer, claim }: Verified<Statement>): Receipt {
  if (type !== TYPE) throw new TrustError('receipt.type')
  return { ...read(claimSchema, claim, 'receipt.malformed'), id, iss: signer }
}
