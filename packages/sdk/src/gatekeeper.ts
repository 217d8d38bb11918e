import type { Did } from '@trustmesh/identity'
import {
  type Denial,
  decide,
  type Held,
  type ParsedRequirement,
  parseRequirement,
  type Standing,
} from '@trustmesh/trust/agent'
import type { Proof } from './bodies.ts'
import type { ChainGate, PeerChain, PeerVerdict } from './chain-gate.ts'
import type { Freshness } from './freshness.ts'
import type { Standings } from './standings.ts'

export interface GatekeeperOptions {
  readonly name: string
  readonly self: Did
  readonly standings: Standings
  readonly chains: Pick<ChainGate, 'verdict' | 'standing'>
  readonly freshness: Pick<Freshness, 'ages' | 'renew'>
  /** Whether a peer has come to describe itself otherwise, and nobody has approved that. */
  readonly isDrifted: (peer: Did) => boolean
  /** What a peer calls itself, for people. */
  readonly nameOf: (peer: Did) => string | undefined
  readonly denied: (denial: Denial) => void
}

/** Who wants what. */
export interface Occurrence {
  readonly peer: Did
  /** The kind of message or action. */
  readonly kind: string
  /** What it asks for. */
  readonly content?: unknown
  /** What it shows where a chain is required. */
  readonly proof?: Proof | undefined
  /** One that it has shown before, and that was allowed. */
  readonly chain?: PeerChain | undefined
}

/** What the gate says: with what it rests on, or why not. */
export type Ruling =
  | { readonly allow: true; readonly standing: Standing; readonly chain?: PeerChain }
  | { readonly allow: false; readonly denial: Denial }

/** What of a requirement is looked at before all of it is: the standing alone, and that with freshness. */
interface Parts {
  readonly plain: ParsedRequirement
  readonly fresh: ParsedRequirement
}

/** Asks whatever a requirement makes necessary to ask, and decides. Every denial is told, once. */
export class Gatekeeper {
  readonly #options: GatekeeperOptions
  readonly #parts = new WeakMap<ParsedRequirement, Parts>()

  constructor(options: GatekeeperOptions) {
    this.#options = options
  }

  /**
   * At once where nothing has to be asked, and otherwise in the turn in which the last thing was learned: whoever goes on in
   * that turn acts on what is known (threat D7). Does not reject.
   */
  rule(requirement: ParsedRequirement, occurrence: Occurrence): Ruling | Promise<Ruling> {
    const { can, requireFreshness } = requirement
    const { plain } = this.#partsOf(requirement)
    // Whoever falls short by its standing alone is denied by that: no chain of a stranger is looked into (threat D2). The
    // standing in the general context is told ahead of each message, any other has to be asked for.
    const ruling = plain.ctx === '' ? this.#rule(plain, occurrence) : null
    if (ruling?.allow === false) return ruling
    if (ruling && !requireFreshness && can === undefined) return ruling
    return this.#inquire(requirement, occurrence)
  }

  /** Whether what was allowed before still is. A later epoch, or another connection, is in itself no reason against it. */
  async renew(requirement: ParsedRequirement, occurrence: Occurrence, chain: PeerChain | undefined): Promise<Ruling> {
    const { chains, freshness } = this.#options
    await freshness.renew(requirement.requireFreshness)
    await chains.standing(occurrence.peer, requirement.ctx)
    const holds = chain !== undefined && (await chain.renew())
    return this.#rule(requirement, occurrence, holds ? chain : undefined)
  }

  async #inquire(requirement: ParsedRequirement, occurrence: Occurrence): Promise<Ruling> {
    const { chains, freshness } = this.#options
    const { can, requireFreshness } = requirement
    const { plain, fresh } = this.#partsOf(requirement)
    const { peer, proof } = occurrence
    if (plain.ctx !== '') {
      await chains.standing(peer, plain.ctx)
      const ruling = this.#rule(plain, occurrence)
      if (!ruling.allow) return ruling
    }
    if (requireFreshness) {
      await freshness.renew(requireFreshness)
      // What has been learned may be of a later epoch.
      await chains.standing(peer, plain.ctx)
      // Ahead of the chain, whose uses are counted.
      const ruling = this.#rule(fresh, occurrence)
      if (!ruling.allow) return ruling
    }
    if (can === undefined) return this.#rule(requirement, occurrence)
    const shown = occurrence.chain && (await occurrence.chain.renew()) ? occurrence.chain : undefined
    const chain = proof ? await chains.verdict(proof, peer, { ...requirement, can }) : shown
    await freshness.renew(requireFreshness)
    return this.#rule(requirement, occurrence, chain)
  }

  #partsOf(requirement: ParsedRequirement): Parts {
    const known = this.#parts.get(requirement)
    if (known) return known
    const { can: _can, root: _root, requireFreshness, ...rest } = requirement
    const plain = parseRequirement(rest)
    const parts = { plain, fresh: requireFreshness ? parseRequirement({ ...rest, requireFreshness }) : plain }
    this.#parts.set(requirement, parts)
    return parts
  }

  #rule(requirement: ParsedRequirement, { peer, kind, content }: Occurrence, chain?: PeerVerdict): Ruling {
    const { standings, freshness, self, name, isDrifted, nameOf, denied } = this.#options
    const standing = standings.of(peer, requirement.ctx)
    const held: Held = { standing, freshness: freshness.ages, chain, drift: isDrifted(peer), args: content }
    const peerName = nameOf(peer)
    const occasion = { peer, kind, epoch: standings.epoch, self, decider: name, ...(peerName && { peerName }) }
    const verdict = decide(held, requirement, occasion)
    if (verdict.allow) return { allow: true, standing: standing as Standing, ...(chain?.allow && { chain }) }
    denied(verdict.denial)
    return verdict
  }
}
