/**
 * # @trustmesh/trust/agent
 *
 * The part of the main entry that an agent needs whatever it does: to read and to say what is said of trust, and to decide on
 * a standing that it is told. Sets of statements, scores and the verification of chains are in the main entry alone, so that a
 * page can load them when they are needed, if ever.
 */

export { covers, isCapability } from './chain/capability.ts'
export type { Constraint } from './chain/constraints.ts'
export { parseChain } from './chain/parsed-chain.ts'
export { isContext } from './context.ts'
export { type DisplayName, displayNameOf } from './display-name.ts'
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
export { answerInvitation, type Invitation, parseInvitation } from './invitation.ts'
export { MAX_EVIDENCE } from './max-evidence.ts'
export { type Policy, type PolicyInput, parsePolicy } from './policy.ts'
export { Decay, STEPS, stepOf } from './scoring/decay.ts'
export type { Explanation } from './scoring/explain.ts'
export { DEFAULT_MODEL } from './scoring/model.ts'
export { reaches, TIERS, type Tier } from './scoring/tiers.ts'
export { MAX_SKEW_MS } from './skew.ts'
export { isCutOff, parseStanding, STATUSES, type Standing } from './standing.ts'
export { issueAttestation, MAX_WEIGHT, PLAIN_WEIGHT, parseAttestation } from './statements/attestation.ts'
export { type Delegation, issueDelegation } from './statements/delegation.ts'
export { issueInvocation } from './statements/invocation.ts'
export type { Issuance } from './statements/issuance.ts'
export { issueLease, parseLease } from './statements/lease.ts'
export {
  isBare,
  issueFirstManifest,
  issueManifest,
  type Manifest,
  type NewManifest,
  parseManifest,
} from './statements/manifest.ts'
export { issueReceipt, parseReceipt, type Receipt } from './statements/receipt.ts'
export { issueRevocation } from './statements/revocation.ts'
export { commitmentTo, issueRotation, proveSuccession } from './statements/rotation.ts'
export { TrustError, type TrustErrorCode } from './trust-error.ts'
