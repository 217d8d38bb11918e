/**
 * # @trustmesh/trust
 *
 * What signed statements mean: who vouches for whom, who has been cut off, and who may do what. Pure functions of the
 * statements, the roots, the policy and the time; no clock, no randomness and no I/O in here.
 *
 * - An **attestation** rates somebody: {@link issueAttestation}. A **revocation** cuts somebody off for ever:
 *   {@link issueRevocation}.
 * - A **StatementSet** holds the verified statements of one mesh. Merge is union: replicas that have seen the same
 *   statements agree, in whatever order they came.
 * - A **Standing** is what follows for one Did, now: {@link standingOf}.
 * - The **gate** turns a standing into a **Verdict**: {@link decide}. A denial says why, and what would change it.
 *
 *     const policy = { roots: [alice], authorities: [alice], threshold: 1 }
 *     const set = new StatementSet({ net: meshIdOf(alice), policy })
 *     set.add(openStatement(bytes))
 *     const occasion = { peer: bob, kind: 'task', epoch: set.epoch }
 *     const verdict = decide(standingOf(set, bob, clock.now()), { minTier: 'trusted' }, occasion)
 *
 * Broken input throws a {@link TrustError}; that somebody is unknown, distrusted or revoked is an answer.
 */

export { type Attestation, issueAttestation, type NewAttestation, parseAttestation } from './attestation.ts'
export { decide, type Occasion, parseRequirement, type Requirement } from './gate.ts'
export type { Issuance } from './issuance.ts'
export { type Policy, type PolicyInput, parsePolicy } from './policy.ts'
export { issueRevocation, parseRevocation, type Revocation, type RevocationTarget } from './revocation.ts'
export { DEFAULT_MODEL, type Model, parseModel } from './scoring/model.ts'
export { type Opinion, TIERS, type Tier } from './scoring/tiers.ts'
export { parseStanding, STATUSES, type Standing, standingOf } from './standing.ts'
export { type Change, type IgnoredCode, StatementSet, type StatementSetOptions } from './statement-set.ts'
export { TrustError, type TrustErrorCode } from './trust-error.ts'
export { type Denial, type DenialCode, parseDenial, type RequirableTier, type Verdict } from './verdict.ts'
