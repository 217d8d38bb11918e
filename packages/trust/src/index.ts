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
 *   anybody is revoked, what that would cause: {@link impactOf}. What somebody else needs to find the same for one Did, and
 *   no more, is its evidence: {@link evidenceFor}, {@link recompute}.
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
 * Where things are: `statements/` has the kinds, `set/` what is held of them, `chain/` delegations in use, `scoring/` who is
 * relied on how far, `gate/` the decision.
 *
 * Broken input throws a {@link TrustError}; that somebody is unknown, distrusted or revoked is an answer.
 */

export { covers, isCapability } from './chain/capability.ts'
export { type ChainAllowance, type ChainStep, type ChainVerdict, isCurrent, verifyChain } from './chain/chain.ts'
export type { ChainUse, Executor, Moment } from './chain/chain-case.ts'
export { CHAIN_CODES, type ChainCheck, type ChainCode, type ChainFault } from './chain/chain-fault.ts'
export type { Constraint, Predicate, Term } from './chain/constraints.ts'
export { evaluate, type Fuel, fuelOfChain, type Truth } from './chain/evaluation.ts'
export { faultOfHeld, type Grant } from './chain/held-chain.ts'
export type { Knowledge } from './chain/knowledge.ts'
export { LinkCache } from './chain/link-cache.ts'
export { parseChain } from './chain/parsed-chain.ts'
export { MemoryReplayWindow, type ReplayWindow } from './chain/replay-window.ts'
export { type Charge, MemoryUseCounters, nextUse, type Use, type UseCounters } from './chain/use-counters.ts'
export { isContext } from './context.ts'
export { type DisplayName, displayNameOf } from './display-name.ts'
export { type EvidenceQuestion, evidenceFor, recompute } from './evidence.ts'
export { type Freshness, isFresh } from './gate/freshness.ts'
export { decide } from './gate/gate.ts'
export {
  type Held,
  type Occasion,
  type ParsedRequirement,
  parseRequirement,
  type Requirement,
} from './gate/gate-case.ts'
export { type Denial, type DenialCode, parseDenial, type RequirableTier, type Verdict } from './gate/verdict.ts'
export { type Ends, type Impact, type ImpactQuestion, impactOf, isOver, type TierChange } from './impact.ts'
export {
  answerInvitation,
  type Guest,
  type Invitation,
  issueInvitation,
  JOIN,
  type NewInvitation,
  parseInvitation,
} from './invitation.ts'
export { MAX_EVIDENCE } from './max-evidence.ts'
export { type Policy, type PolicyInput, parsePolicy } from './policy.ts'
export { type Effect, Replica, type ReplicaOptions } from './replica.ts'
export type { Source } from './scoring/context-graph.ts'
export { Decay, STEPS, stepOf } from './scoring/decay.ts'
export type { Contribution, Explanation } from './scoring/explain.ts'
export { FlowGraph } from './scoring/flow-graph.ts'
export { DEFAULT_MODEL, type Evidence, type Model, parseModel } from './scoring/model.ts'
export { type Changed, Scorer } from './scoring/scorer.ts'
export { floorOf, type Opinion, reaches, TIERS, type Tier } from './scoring/tiers.ts'
export { AGENT, MEMBER } from './set/admissions.ts'
export type { Change, IgnoredCode, Purge, Sight, Slot } from './set/change.ts'
export { StatementSet, type StatementSetOptions } from './set/statement-set.ts'
export type { Supposition } from './set/supposition.ts'
export { MAX_SKEW_MS } from './skew.ts'
export { isCutOff, parseStanding, STATUSES, type Standing } from './standing.ts'
export {
  type Attestation,
  issueAttestation,
  MAX_WEIGHT,
  type NewAttestation,
  PLAIN_WEIGHT,
  parseAttestation,
} from './statements/attestation.ts'
export { type Delegation, issueDelegation, type NewDelegation, parseDelegation } from './statements/delegation.ts'
export { type Head, issueHead, MAX_HEAD_LINKS, type NewHead, parseHead } from './statements/head.ts'
export {
  type Invocation,
  issueInvocation,
  MAX_INVOCATION_MS,
  type NewInvocation,
  parseInvocation,
} from './statements/invocation.ts'
export type { Issuance } from './statements/issuance.ts'
export { issueLease, type Lease, type NewLease, parseLease } from './statements/lease.ts'
export {
  type Commitment,
  isBare,
  issueFirstManifest,
  issueManifest,
  type Manifest,
  type NewManifest,
  parseManifest,
} from './statements/manifest.ts'
export { issueReceipt, type NewReceipt, parseReceipt, type Receipt } from './statements/receipt.ts'
export { issueRevocation, parseRevocation, type Revocation, type RevocationTarget } from './statements/revocation.ts'
export {
  type Agreement,
  commitmentTo,
  issueRotation,
  parseRotation,
  proveSuccession,
  type Rotation,
} from './statements/rotation.ts'
export {
  issueSuspension,
  MAX_HOLD_MS,
  type NewSuspension,
  parseSuspension,
  type Suspension,
} from './statements/suspension.ts'
export { TrustError, type TrustErrorCode } from './trust-error.ts'
