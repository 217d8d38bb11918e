import { isDid } from '@trustmesh/identity'
import { covers } from '../chain/capability.ts'
import type { ChainAllowance } from '../chain/chain.ts'
import type { ChainFault } from '../chain/chain-fault.ts'
import type { Predicate } from '../chain/constraints.ts'
import { evaluate, fuelOfChain } from '../chain/evaluation.ts'
import { isLine } from '../fields.ts'
import { DEFAULT_MODEL, type Model } from '../scoring/model.ts'
import { floorOf, reaches } from '../scoring/tiers.ts'
import { parseStanding } from '../standing.ts'
import { TrustError } from '../trust-error.ts'
import { textsOf } from './denial-texts.ts'
import { freshnessOf, isFresh } from './freshness.ts'
import {
  type Case,
  type Fault,
  type Held,
  type Occasion,
  type ParsedRequirement,
  parseRequirement,
  type Requirement,
} from './gate-case.ts'
import { type Denial, KIND_LENGTH, NAME_LENGTH, type Verdict } from './verdict.ts'

/**
 * Whether a peer of whom this is held may do this. Deny is the value of every error (threat M12): whatever is missing,
 * malformed, not a number, of another Did, of an older epoch, or throws when read. The occasion is the caller's own, and
 * has to name the peer.
 */
export function decide(
  held: Held,
  requirement: Requirement,
  occasion: Occasion,
  model: Model = DEFAULT_MODEL,
): Verdict {
  const { peer } = occasion
  try {
    check(occasion)
    const c: Case = {
      standing: held.standing === null ? null : parseStanding(held.standing),
      chain: held.chain,
      freshness: held.freshness,
      // That a peer is as it was has to be known: whatever else than a plain no stands there is none (threat M12).
      isDrifted: held.drift !== undefined && held.drift !== false,
      args: held.args,
      requirement: parseRequirement(requirement),
      occasion,
    }
    const fault = faultOf(c)
    return fault ? { allow: false, denial: denialOf(fault, c, model) } : { allow: true, epoch: occasion.epoch }
  } catch (error) {
    const why = [`the gate failed: ${error instanceof TrustError ? error.code : 'exception'}`]
    const fix = 'nothing that the peer can do: whoever runs the gate has to look at it'
    return { allow: false, denial: { code: 'gate.error', peer: { did: peer }, have: null, need: null, why, fix } }
  }
}

function faultOf({ standing, chain, freshness, isDrifted, args, requirement, occasion }: Case): Fault | null {
  const { minTier, ctx, can, where = [], requireFreshness, manifest } = requirement
  if (standing === null) return { code: 'gate.unknown-standing' }
  if (standing.did !== occasion.peer || standing.ctx !== ctx) throw new TrustError('standing.malformed')
  if (standing.status === 'revoked') return { code: 'gate.revoked' }
  if (standing.epoch < occasion.epoch) return { code: 'gate.stale-standing' }
  if (standing.status === 'suspended') return { code: 'gate.suspended' }
  if (standing.status !== 'active' || !reaches(standing, minTier)) return { code: 'gate.tier-too-low' }
  if (isDrifted && manifest !== 'any') return { code: 'gate.manifest-drift' }
  if (!isFresh(freshness, requireFreshness)) return { code: 'gate.stale' }
  if (!areMet(where, args)) return { code: 'gate.where' }
  if (can === undefined) return null
  if (!chain) return { code: 'gate.no-chain' }
  return chain.allow ? unfitting(chain, requirement, occasion) : chain
}

/** What is unknown of the arguments does not hold of them. */
function areMet(where: readonly Predicate[], args: unknown): boolean {
  const fuel = fuelOfChain()
  return where.every((predicate) => evaluate(predicate, args, fuel) === true)
}

/** A verdict about another use than this one, or of an older epoch, allows nothing. */
function unfitting(
  { links, leaf, effective, epoch }: ChainAllowance,
  { minTier, can = '', root }: ParsedRequirement,
  occasion: Occasion,
): ChainFault | null {
  const last = links.length - 1
  if (!(epoch >= occasion.epoch)) return { code: 'chain.stale', link: null }
  if (links[0]?.iss !== (root ?? occasion.self)) return { code: 'chain.root', link: 0 }
  if (!covers(leaf.can, can)) return { code: 'chain.capability', link: last }
  if (leaf.aud !== occasion.peer) return { code: 'chain.peer', link: last }
  return reaches(effective, minTier) ? null : { code: 'chain.standing', link: last }
}

function denialOf(fault: Fault, c: Case, model: Model): Denial {
  const { standing, freshness, isDrifted, requirement, occasion } = c
  const { minTier, can, root = occasion.self, requireFreshness: required, manifest } = requirement
  const { peer: did, peerName: name, kind } = occasion
  const need = {
    kind,
    minTier,
    ...floorOf(minTier),
    ...(can !== undefined && { can, root }),
    ...(required && { freshness: required }),
    ...(isDrifted && manifest !== 'any' && { manifest: 'approved' as const }),
  }
  const { status, tier, score, confidence } = standing ?? {}
  const more = {
    ...(required && { freshness: freshnessOf(freshness, required) }),
    ...(isDrifted && { manifest: 'drifted' as const }),
  }
  const have = status && tier ? { status, tier, score: score ?? 0, confidence: confidence ?? 0, ...more } : null
  const [why, fix] = textsOf(fault, c, model)
  return { code: fault.code, peer: { did, ...(isLine(name, NAME_LENGTH) && { name }) }, have, need, why: [why], fix }
}

function check({ peer, kind, epoch, self, decider = '' }: Occasion): void {
  const isSound = isDid(peer) && isDid(self) && isLine(kind, KIND_LENGTH) && isLine(decider, NAME_LENGTH)
  if (!isSound || !Number.isSafeInteger(epoch) || epoch < 0) throw new TrustError('occasion.malformed')
}
