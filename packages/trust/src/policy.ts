import type { Did } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { didText, read } from './fields.ts'
import { TrustError } from './trust-error.ts'

/** At most this many roots, so that sums of evidence stay exact integers; and as many authorities. */
const MAX_DIDS = 1024

const policySchema = z.strictObject({
  /** Dids from which trust starts. */
  roots: z.array(didText).check(z.maxLength(MAX_DIDS)),
  /** Dids whose bans are honoured. */
  authorities: z.array(didText).check(z.maxLength(MAX_DIDS)),
  /** How many distinct authorities it takes to revoke a Did. */
  threshold: z.int().check(z.gte(1)),
})

/** A policy as it is configured. */
export type PolicyInput = Readonly<z.infer<typeof policySchema>>

/** Where a verifier's trust starts, and whose bans it honours. */
export interface Policy {
  readonly roots: ReadonlySet<Did>
  readonly authorities: ReadonlySet<Did>
  readonly threshold: number
}

/** Throws `policy.malformed`, also for a threshold that the authorities could never reach. */
export function parsePolicy(input: unknown): Policy {
  const { roots, authorities, threshold } = read(policySchema, input, 'policy.malformed')
  const policy: Policy = { roots: new Set(roots), authorities: new Set(authorities), threshold }
  if (threshold > Math.max(1, policy.authorities.size)) throw new TrustError('policy.malformed')
  return policy
}
