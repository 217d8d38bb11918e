import { type Did, decode, encode, fromBase64url, type StatementId, toBase64url } from '@trustmesh/identity'
import { type Constraint, type Delegation, parseChain, TrustError } from '@trustmesh/trust/words'

/** A capability, or one below it: what a chain for it can be used for, and handed on for. */
export type Within<Can extends string> = Can | `${Can}/${string}`

/** What is left of a chain. */
export interface Remaining {
  /** How long it holds, in ms; 0 once it has ended. */
  readonly ms: number
  /** How many links may still follow. */
  readonly depth: number
  /**
   * How many more uses its executor has left, as it said last: others who act by a link of it may have made some since.
   * `null` where it has said nothing yet, `Infinity` where no link limits them.
   */
  readonly calls: number | null
}

/** Longest text of a chain, in characters: one of 32,768 bytes has fewer. */
const MAX_TEXT = 44_000

/** What executors have said. */
const counted = new WeakMap<Chain, number>()

/**
 * On whose behalf somebody may act, and for what: delegations from a root to whoever may use it. It is no secret: it is of
 * use to its {@link audience} alone. Send its {@link links}, or its text; whoever gets them has a chain of {@link Chain.from}
 * or {@link Chain.parse}, which is sound in itself. Whether it still holds is for whoever it is shown to to say.
 */
export class Chain<Can extends string = string> {
  /** The signed envelopes of its links, the root's first. */
  readonly links: readonly Uint8Array[]
  /** The last link. */
  readonly leaf: Delegation
  /** The constraints of all links: each has to hold whenever the chain is used. */
  readonly where: readonly Constraint[]

  /** The chain of these envelopes. Throws a `TrustError` `chain.*` where they are not sound, or do not attenuate one another. */
  static from(links: unknown): Chain {
    const delegations = parseChain(links)
    return new Chain(links as Uint8Array[], delegations.at(-1) as Delegation, delegations)
  }

  /** The chain of which this is the text. Throws a `TrustError` `chain.*` as {@link Chain.from} does. */
  static parse(text: string): Chain {
    return Chain.from(documentIn(text))
  }

  private constructor(links: readonly Uint8Array[], leaf: Delegation, delegations: readonly Delegation[]) {
    this.links = Object.freeze(links.map((link) => Uint8Array.from(link)))
    this.leaf = leaf
    this.where = delegations.flatMap(({ where }) => where)
  }

  /** What may be done, with all below it. */
  get can(): Can {
    return this.leaf.can as Can
  }

  /** Whose authority it passes on. */
  get root(): Did {
    return this.leaf.root
  }

  /** Who may use it, and hand it on where {@link depth} allows. */
  get audience(): Did {
    return this.leaf.aud
  }

  /** How many links may still follow. */
  get depth(): number {
    return this.leaf.depth
  }

  /** When it ends, ms. */
  get exp(): number {
    return this.leaf.exp
  }

  /** The id of its last link. */
  get id(): StatementId {
    return this.leaf.id
  }

  /** What is left of it, at a time in ms; now unless told otherwise. That it has been revoked does not show here. */
  // biome-ignore lint/plugin: A chain is a value outside of any mesh: whose time it is to be asked at, its holder knows.
  remaining(now: number = Date.now()): Remaining {
    const isLimited = this.where.some(({ op }) => op === 'maxCalls')
    const calls = isLimited ? (counted.get(this) ?? null) : Number.POSITIVE_INFINITY
    return { ms: Math.max(0, this.exp - now), depth: this.depth, calls }
  }

  /** One line in base64url, for configuration and environments. */
  toString(): string {
    return toBase64url(encode([...this.links]))
  }
}

/**
 * An executor has said how many more uses of a chain it has left. It changes nothing where that is not said by who counts,
 * is no number of uses, or is more than there were.
 */
export function learnCalls(chain: Chain, executor: Did, calls: unknown): void {
  if (!Number.isSafeInteger(calls) || !((calls as number) >= 0)) return
  const known = [calls as number, counted.get(chain) ?? Number.POSITIVE_INFINITY]
  for (const constraint of chain.where) {
    if (constraint.op === 'executors' && !constraint.dids.includes(executor)) return
    if (constraint.op === 'maxCalls') known.push(constraint.limit)
  }
  counted.set(chain, Math.min(...known))
}

function documentIn(text: string): unknown {
  try {
    if (text.length <= MAX_TEXT) return decode(fromBase64url(text))
  } catch {
    // What cannot be read is no chain, like everything else that is none.
  }
  throw new TrustError('chain.envelope')
}
