import type { Predicate } from '../chain/constraints.ts'
import { isLine } from '../fields.ts'
import type { Model } from '../scoring/model.ts'
import { remedyFor } from '../scoring/remedy.ts'
import { PLAIN_WEIGHT } from '../statements/attestation.ts'
import { chainTexts } from './chain-texts.ts'
import { freshnessOf } from './freshness.ts'
import type { Case, Fault, ParsedRequirement } from './gate-case.ts'
import { NAME_LENGTH } from './verdict.ts'

/** Most UTF-16 units of what a fix says of arguments. */
const TERMS_LENGTH = 256

/** Why somebody is denied, and what would turn that: true of every mesh in which the same is held. */
export function textsOf(
  fault: Fault,
  { standing, freshness, requirement, occasion }: Case,
  model: Model,
): readonly [why: string, fix: string] {
  const { peer, peerName, kind, epoch, self, decider = 'the decider' } = occasion
  // A name that is not fit to print is left out (threat I10).
  const who = isLine(peerName, NAME_LENGTH) ? peerName : peer
  const { minTier, can = '', root = self, requireFreshness: required = { maxAgeMs: 0, members: 0 } } = requirement
  const held = standing ?? { score: 0, confidence: 0, epoch: 0, tier: 'probation', status: 'unknown' }
  const refresh = `${decider} has to ask a node for the standing of ${peer}`
  const vouch = (subject: string): string => vouchFor(subject, requirement, decider, model)
  switch (fault.code) {
    case 'gate.unknown-standing':
      return [`${decider} knows no standing of ${who}`, refresh]
    case 'gate.stale-standing':
      return [`the standing of ${who} is of epoch ${held.epoch}, it is ${epoch} now`, refresh]
    case 'gate.revoked':
      return [`${who} has been revoked, for ever`, `join with a new Did, once ${vouch('it')}`]
    case 'gate.suspended':
      return [`${who} is suspended`, `wait until the suspension of ${peer} ends or is lifted`]
    case 'gate.tier-too-low':
      return [
        held.status === 'unknown'
          ? `no root that ${decider} trusts has vouched for ${who}`
          : `the roots that ${decider} trusts make ${who} ${held.tier}: score ${held.score}, confidence ${held.confidence} of 1000`,
        vouch(peer),
      ]
    case 'gate.manifest-drift':
      return [
        `${who} describes itself otherwise than ${decider} knows it, in version, capabilities, model or bill of materials`,
        `${decider} approves what ${peer} says of itself now`,
      ]
    case 'gate.stale':
      return [
        `what ${decider} knows of revocations is attested by ${freshnessOf(freshness, required).members} of ${required.members} members within ${required.maxAgeMs} ms`,
        `${decider} has to hear from its node that ${required.members} members, the node among them, attested it within ${required.maxAgeMs} ms`,
      ]
    case 'gate.where':
      return [
        `${decider} does not do ${kind} with such arguments`,
        `${peer} asks with arguments of which all of this is true: ${termsOf(requirement.where)}`,
      ]
    case 'gate.no-chain':
      return [
        `${kind} needs a chain for ${can}, and ${who} showed none`,
        `${root} delegates ${can} to ${peer}, directly or over others, and ${peer} sends the chain with an invocation`,
      ]
    case 'gate.error':
      return ['the gate failed', 'nothing that the peer can do: whoever runs the gate has to look at it']
    default:
      return chainTexts(fault, { peer, decider, can, root, minTier })
  }
}

/** As JSON, where that is one line and not too long to print. */
function termsOf(where: readonly Predicate[] = []): string {
  const text = JSON.stringify(where)
  return isLine(text, TERMS_LENGTH) ? text : 'what its requirement says of them'
}

/** What has to happen, in words that are true of every set. */
function vouchFor(subject: string, { minTier, ctx }: ParsedRequirement, decider: string, model: Model): string {
  const [where, there] = ctx === '' ? ['', ''] : [` in ${ctx}`, ' there']
  const remedy = remedyFor(minTier, model)
  const weight = remedy && remedy.weight !== PLAIN_WEIGHT ? ` and weight ${remedy.weight}` : ''
  const word = remedy
    ? `a root that ${decider} trusts attests ${subject}${where} with value ${remedy.value}${weight}`
    : `enough roots that ${decider} trusts attest ${subject}${where}`
  return `${word}, and nothing that counts${there} speaks against it`
}
