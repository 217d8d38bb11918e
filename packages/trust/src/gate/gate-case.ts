import type { Did } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { capability } from '../chain/capability.ts'
import type { ChainVerdict } from '../chain/chain.ts'
import type { ChainFault } from '../chain/chain-fault.ts'
import { predicates } from '../chain/constraints.ts'
import { context } from '../context.ts'
import { didText, reader } from '../fields.ts'
import type { Standing } from '../standing.ts'
import { freshness } from './freshness.ts'
import { type GateCode, requirableTier } from './verdict.ts'

const requirementSchema = z
  .strictObject({
    minTier: z._default(requirableTier, 'known'),
    /** In which context the peer has to reach it; in the general one unless told otherwise. */
    ctx: z._default(context, ''),
    /** What the peer has to hold a chain for; without it, none is looked at. */
    can: z.optional(capability),
    /** The authority over it, with whom the chain has to begin; the decider unless told otherwise. */
    root: z.optional(didText),
    /** How lately, and by how many members, what is known of revocations has to be attested; nothing is asked unless told. */
    requireFreshness: z.optional(freshness),
    /** What has to hold of the arguments, all of it: what is unknown of them does not. */
    where: z.optional(predicates),
    /** Whether it is of no matter that the peer has come to describe itself otherwise (threat I14); it is unless told so. */
    manifest: z.optional(z.literal('any')),
  })
  .check(z.refine(({ can, root }) => root === undefined || can !== undefined))

/** What an action asks of a peer: the lowest tier that will do, `known` unless told otherwise, and a capability if it takes one. */
export type Requirement = Readonly<z.input<typeof requirementSchema>>
/** A {@link Requirement} with everything said that was left out. */
export type ParsedRequirement = Readonly<z.output<typeof requirementSchema>>

/** Throws `requirement.malformed`, also for a tier that cannot be required. */
export const parseRequirement: (input: unknown) => ParsedRequirement = reader(
  requirementSchema,
  'requirement.malformed',
)

/** Who asks whom for what, and when: the decider's own words, never the peer's. */
export interface Occasion {
  /** Who asks. */
  readonly peer: Did
  /** What the peer calls itself. */
  readonly peerName?: string
  /** The kind of message or action. */
  readonly kind: string
  /** The latest epoch that the decider has heard of. */
  readonly epoch: number
  /** Who decides: the authority over what it serves, where a requirement names no other. */
  readonly self: Did
  /** What the decider is called, for the texts of a denial. */
  readonly decider?: string
}

/** What the decider holds of a peer. */
export interface Held {
  /** `null` where none is known. */
  readonly standing: Standing | null
  /** What `verifyChain` said of the chain that the peer showed for this; nothing where it showed none. */
  readonly chain?: ChainVerdict | undefined
  /** How long ago each member attested what is known of revocations, in ms; nobody where nothing is said. */
  readonly freshness?: readonly number[] | undefined
  /** What it asks for, where a requirement restricts that. */
  readonly args?: unknown
  /** Whether the peer has come to describe itself otherwise, and nobody has approved that (threat I14). */
  readonly drift?: boolean | undefined
}

/** Why not. */
export type Fault = { readonly code: GateCode } | ChainFault

/** Everything that a decision rests on. */
export interface Case {
  readonly standing: Standing | null
  readonly chain: ChainVerdict | undefined
  readonly freshness: readonly number[] | undefined
  readonly isDrifted: boolean
  readonly args: unknown
  readonly requirement: ParsedRequirement
  readonly occasion: Occasion
}
