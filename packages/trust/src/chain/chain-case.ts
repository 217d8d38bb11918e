import type { Did, Envelope, ProvenEnvelope, Verified } from '@trustmesh/identity'
import type { Opinion, Tier } from '../scoring/tiers.ts'
import type { Delegation } from '../statements/delegation.ts'
import type { Knowledge } from './knowledge.ts'
import type { LinkCache } from './link-cache.ts'
import type { ReplayWindow } from './replay-window.ts'
import type { UseCounters } from './use-counters.ts'

/** What a peer wants to do, and what it shows for it. */
export interface ChainUse {
  /** With whom the session is: it has proven that Did. */
  readonly peer: Did
  /** What is to be done. */
  readonly can: string
  /** The envelopes of the links as they came, the root's first. */
  readonly links: readonly Uint8Array[]
  /** The arguments as they came: the bytes of one document, as in the body of a message. */
  readonly args?: Uint8Array
  /** The envelope of the invocation as it came. */
  readonly invocation?: Uint8Array
}

/** Who decides, and on what ground: all of it the executor's own, nothing of it the peer's. */
export interface Executor {
  readonly did: Did
  /** SHA-256 of the Did of the mesh's root. */
  readonly net: Uint8Array
  /** The authority over what is asked for. */
  readonly root: Did
  /** What everybody on the chain but the root has to reach; nothing unless told otherwise. */
  readonly minTier?: Exclude<Tier, 'untrusted' | 'probation'>
  /** Whether it takes an invocation; it does unless told otherwise. Without one, whoever holds the session may repeat. */
  readonly needsInvocation?: boolean
  readonly knowledge: Knowledge
  /** Where the knowledge is somebody else's: brings it up to date about these links, each time before it is asked. */
  readonly learn?: (links: readonly Delegation[]) => Promise<Pick<Moment, 'freshAsOf'>>
  /** How old the knowledge may be. */
  readonly maxStalenessMs: number
  /** What is held of a Did; `null` where nothing is. */
  readonly standingOf: (did: Did) => Opinion | null
  readonly replayWindow: ReplayWindow
  readonly useCounters: UseCounters
  readonly linkCache?: LinkCache
}

/** When it is decided. */
export interface Moment {
  /** ms. */
  readonly now: number
  /** Up to when the knowledge is sure to be complete, ms. */
  readonly freshAsOf: number
}

/** A use that is being checked, and what the checks have made of it so far. */
export interface ChainCase {
  readonly use: ChainUse
  readonly executor: Executor
  moment: Moment
  /** The links that the cache does not know, by their place. */
  readonly unopened: Map<number, { readonly envelope: Envelope; readonly cacheKey: string }>
  /** Those of them whose signature holds. */
  readonly proven: Map<number, Verified<ProvenEnvelope>>
  readonly links: Delegation[]
  /** The arguments, decoded. */
  args: unknown
  /** The least of what is held of those on the chain. */
  effective: Opinion
  /** Of the knowledge, when it was last asked. */
  epoch: number
  /** How many uses are left. */
  calls: number | null
}
