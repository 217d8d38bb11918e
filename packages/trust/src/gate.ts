import * as z from 'zod/mini'
import { PLAIN_WEIGHT } from './attestation.ts'
import { didText, line, read } from './fields.ts'
import { DEFAULT_MODEL, type Model, opinionOf } from './scoring/model.ts'
import { remedyFor } from './scoring/remedy.ts'
import { floorOf, type Opinion, reaches } from './scoring/tiers.ts'
import { parseStanding, type Standing } from './standing.ts'
import { TrustError } from './trust-error.ts'
import { actionKind, type Denial, peerName, type RequirableTier, requirableTier, type Verdict } from './verdict.ts'

const requirementSchema = z.strictObject({ minTier: z._default(requirableTier, 'known') })

/** What an action asks of a peer: the lowest tier that will do, `known` unless told otherwise. */
export type Requirement = Readonly<z.input<typeof requirementSchema>>

const occasionSchema = z.strictObject({
  /** Who asks. */
  peer: didText,
  /** What the peer calls itself. */
  peerName: z.optional(z.string()),
  /** The kind of message or action. */
  kind: actionKind,
  /** The latest epoch that the decider has heard of. */
  epoch: z.int().check(z.nonnegative()),
  /** What the decider is called, for the texts of a denial. */
  decider: z._default(line(64), 'the decider'),
})

/** Who asks for what, and when. */
export type Occasion = Readonly<z.input<typeof occasionSchema>>

/** Throws `requirement.malformed`, also for a tier that cannot be required. */
export function parseRequirement(input: unknown): { readonly minTier: RequirableTier } {
  return read(requirementSchema, input, 'requirement.malformed')
}

/**
 * Whether a peer of this standing may do this; `null` where no standing is known. Deny is the value of every error
 * (threat M12): whatever is missing, malformed, not a number, of another Did, of an older epoch, or throws when read.
 * The occasion is the caller's own, and has to name the peer.
 */
export function decide(
  standing: Standing | null,
  requirement: Requirement,
  occasion: Occasion,
  model: Model = DEFAULT_MODEL,
): Verdict {
  const { peer } = occasion
  try {
    const denial = denialOf(standing, parseRequirement(requirement), z.parse(occasionSchema, occasion), model)
    return denial ? { allow: false, denial } : { allow: true, epoch: occasion.epoch }
  } catch (error) {
    const why = [`the gate failed: ${error instanceof TrustError ? error.code : 'exception'}`]
    const fix = 'nothing that the peer can do: whoever runs the gate has to look at it'
    return { allow: false, denial: { code: 'gate.error', peer: { did: peer }, have: null, need: null, why, fix } }
  }
}

type Asked = z.output<typeof occasionSchema>

/** Why not, or `null`. */
function denialOf(input: Standing | null, { minTier }: { minTier: RequirableTier }, asked: Asked, model: Model) {
  const { peer, kind, epoch, decider } = asked
  const name = z.safeParse(peerName, asked.peerName).data
  const who = name ?? peer
  const need = { kind, minTier, ...floorOf(minTier) }
  const refresh = `${decider} has to ask a node for the standing of ${peer}`
  const deny = (code: Denial['code'], have: Denial['have'], why: string, fix: string): Denial => {
    return { code, peer: name === undefined ? { did: peer } : { did: peer, name }, have, need, why: [why], fix }
  }

  if (input === null) return deny('gate.unknown-standing', null, `${decider} knows no standing of ${who}`, refresh)
  const { did, epoch: asOf, ...have } = parseStanding(input)
  if (did !== peer) throw new TrustError('standing.malformed')
  if (have.status === 'revoked') {
    const vouch = vouchFor('it', opinionOf({ positive: 0, negative: 0 }, model), minTier, decider, model)
    return deny('gate.revoked', have, `${who} has been revoked, for ever`, `join with a new Did, once ${vouch}`)
  }
  if (asOf < epoch) {
    return deny('gate.stale-standing', have, `the standing of ${who} is of epoch ${asOf}, it is ${epoch} now`, refresh)
  }
  if (have.status === 'active' && reaches(have, minTier)) return null
  const { tier, score, confidence } = have
  const why =
    have.status === 'unknown'
      ? `no root that ${decider} trusts has vouched for ${who}`
      : `the roots that ${decider} trusts make ${who} ${tier}: score ${score}, confidence ${confidence} of 1000`
  return deny('gate.tier-too-low', have, why, vouchFor(peer, have, minTier, decider, model))
}

/** What has to happen, in words that are true of every set that gives this opinion. */
function vouchFor(subject: string, opinion: Opinion, tier: RequirableTier, decider: string, model: Model): string {
  const remedy = remedyFor(opinion, tier, model)
  if (!remedy) return `several roots that ${decider} trusts attest ${subject}`
  const { who, value, weight } = remedy
  const roots =
    who === 'any-root'
      ? `a root that ${decider} trusts attests ${subject}`
      : `every root that ${decider} trusts and that speaks against ${subject} attests it anew`
  return `${roots} with value ${value}${weight === PLAIN_WEIGHT ? '' : ` and weight ${weight}`}`
}
