/**
 * # @trustmesh/trust
 *
 * What signed statements mean: who vouches for whom, who has been cut off, and who may do what. Pure functions of the
 * statements, the roots, the policy and the time; no clock, no randomness and no I/O in here.
 *
 * - An **attestation** rates somebody: {@link issueAttestation}. A **revocation** cuts somebody off for ever:
 *   {@link issueRevocation}; a **suspension** for a while; a **rotation** hands over to another key.
 * - A **StatementSet** holds the verified statements of one mesh. Merge is union: replicas that have seen the same
 *   statements agree, in whatever order they came.
 * - A **Replica** is such a set with what follows from it: the **Standing** of each Did, now; who made it so; and, before
 *   anybody is revoked, what that would cause: {@link impactOf}.
 * - A **chain** of delegations lets one act on another's behalf: {@link issueDelegation}, {@link verifyChain}.
 * - The **gate** turns a standing into a **Verdict**: {@link decide}. A denial says why, and what would change it.
 *
 *     const policy = { roots: [alice], authorities: [alice], threshold: 1 }
 *     const replica = new Replica({ net: meshIdOf(alice), policy })
 *     replica.add(openStatement(bytes), clock.now())
 *     const standing = replica.standingOf(bob, clock.now())
 *     const occasion = { peer: bob, self: carol, kind: 'task', epoch: replica.epoch }
 *     const verdict = decide({ standing }, { minTier: 'trusted' }, occasion)
 *
 * Broken input throws a {@link TrustError}; that somebody is unknown, distrusted or revoked is an answer.
 */

export { type Attestation, issueAttestation, type NewAttestation, parseAttestation } from './attestation.ts'
export { covers, isCapability } from './capability.ts'
export { type ChainAllowance, type ChainStep, type ChainVerdict, isCurrent, verifyChain } from './chain.ts'
export type { ChainUse, Executor, Moment } from './chain-case.ts'
export { CHAIN_CODES, type ChainCheck, type ChainCode, type ChainFault } from './chain-fault.ts'
export type { Change, IgnoredCode, Purge, Sight, Slot } from './change.ts'
export type { Constraint, Predicate, Term } from './constraints.ts'
export { isContext } from './context.ts'
export { type Delegation, issueDelegation, type NewDelegation, parseDelegation } from './delegation.ts'
export { evaluate, type Fuel, fuelOfChain, type Truth } from './evaluation.ts'
export { decide } from './gate.ts'
export { type Held, type Occasion, type ParsedRequirement, parseRequirement, type Requirement } from './gate-case.ts'
export { type Impact, type ImpactQuestion, impactOf, type TierChange } from './impact.ts'
export {
  type Invocation,
  issueInvocation,
  MAX_INVOCATION_MS,
  type NewInvocation,
  parseInvocation,
} from './invocation.ts'
export type { Issuance } from './issuance.ts'
export type { Knowledge } from './knowledge.ts'
export { issueLease, type Lease, type NewLease, parseLease } from './lease.ts'
export { LinkCache } from './link-cache.ts'
export { issueManifest, type Manifest, type NewManifest, parseManifest } from './manifest.ts'
export { type Policy, type PolicyInput, parsePolicy } from './policy.ts'
export { MemoryReplayWindow, type ReplayWindow } from './replay-window.ts'
export { type Effect, Replica, type ReplicaOptions } from './replica.ts'
export { issueRevocation, parseRevocation, type Revocation, type RevocationTarget } from './revocation.ts'
export {
  type Agreement,
  commitmentTo,
  issueRotation,
  parseRotation,
  proveSuccession,
  type Rotation,
} from './rotation.ts'
export type { Source } from './scoring/context-graph.ts'
export { stepOf } from './scoring/decay.ts'
export type { Contribution, Explanation } from './scoring/explain.ts'
export { FlowGraph } from './scoring/flow-graph.ts'
export { DEFAULT_MODEL, type Evidence, type Model, parseModel } from './scoring/model.ts'
export { type Changed, Scorer } from './scoring/scorer.ts'
export { type Opinion, TIERS, type Tier } from './scoring/tiers.ts'
export { MAX_SKEW_MS } from './skew.ts'
export { isCutOff, parseStanding, STATUSES, type Standing } from './standing.ts'
export { StatementSet, type StatementSetOptions } from './statement-set.ts'
export { issueSuspension, type NewSuspension, parseSuspension, type Suspension } from './suspension.ts'
export { TrustError, type TrustErrorCode } from './trust-error.ts'
export { type Charge, MemoryUseCounters, nextUse, type Use, type UseCounters } from './use-counters.ts'
export { type Denial, type DenialCode, parseDenial, type RequirableTier, type Verdict } from './verdict.ts'
