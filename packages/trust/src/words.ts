/**
 * # @trustmesh/trust/words
 *
 * What is said of trust on the wire and between agents, and how it is read: contexts and capabilities, tiers and statuses,
 * denials, chains. It decides nothing. All of it is in the main entry too; a page that loads this alone can load the rest,
 * the sets, the scores and the gate, once it joins.
 */

export { isCapability } from './chain/capability.ts'
export type { Constraint } from './chain/constraints.ts'
export { parseChain } from './chain/parsed-chain.ts'
export { isContext } from './context.ts'
export type { Requirement } from './gate/gate-case.ts'
export { type Denial, parseDenial } from './gate/verdict.ts'
export { TIERS, type Tier } from './scoring/tiers.ts'
export { STATUSES, type Standing } from './standing.ts'
export type { Delegation } from './statements/delegation.ts'
export { TrustError } from './trust-error.ts'
