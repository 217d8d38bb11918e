import type { Clock, Did } from '@trustmesh/identity'
import { AGENT, impactOf, MEMBER, type Replica, type RevocationTarget } from '@trustmesh/trust'
import type { Order, Preview } from '../admin/control.ts'
import type { Leases } from '../leases.ts'
import type { Mesh } from '../mesh.ts'
import type { Sessions } from '../sessions.ts'
import { subtreeOf } from './subtree.ts'

export interface ForesightOptions {
  readonly mesh: Mesh
  /** This node. */
  readonly node: Did
  readonly replica: Replica
  readonly sessions: Sessions
  readonly leases: Leases
  readonly clock: Clock
}

/** What an order would do, computed without doing it. */
export class Foresight {
  readonly #options: ForesightOptions

  constructor(options: ForesightOptions) {
    this.#options = options
  }

  /** Whether the mesh, or this node of it, stands on this key: no order of an operator ends that. */
  isOwn(did: Did): boolean {
    const { mesh, node } = this.#options
    return did === mesh.root || did === node || mesh.authorities.includes(did)
  }

  /** Whether a kill switch leaves somebody alone: those on whom the mesh stands, roots, and members. */
  isSpared(did: Did): boolean {
    const { replica } = this.#options
    return this.isOwn(did) || replica.set.policy.roots.has(did) || replica.set.membershipOf(did) !== null
  }

  targetsOf(order: Order): readonly RevocationTarget[] {
    const { replica, clock } = this.#options
    if (order.verb === 'revoke') return order.targets
    if (order.verb !== 'kill') return [{ did: order.did }]
    const isSpared = (did: Did): boolean => this.isSpared(did)
    return subtreeOf(replica.set, order.did, { now: clock.now(), isSpared }).map((did) => ({ did }))
  }

  /** Exactly what would come of it; all scores are computed for that, twice. */
  preview(order: Order, targets: readonly RevocationTarget[] = this.targetsOf(order)): Omit<Preview, 'isWide'> {
    const { replica, clock, sessions } = this.#options
    if (order.verb === 'lift') return { targets, sessions: [], delegations: [], tiers: [], reach: 0 }
    if (order.verb === 'evict') {
      const here = sessions.of(order.did) ? [order.did] : []
      return { targets, sessions: here, delegations: [], tiers: [], reach: here.length }
    }
    const supposition = order.verb === 'suspend' ? { suspended: [order.did] } : { revoked: targets }
    const impact = impactOf(replica, supposition, { now: clock.now(), sessions: this.#here() })
    return { targets, ...impact, reach: impact.sessions.length + impact.delegations.length + impact.tiers.length }
  }

  /**
   * How far it reaches: at most so far, where that is no more than `enough` and quickly seen, else exactly. Nobody waits for
   * scores to be computed before an agent is cut off on whom nobody depends.
   */
  reachOf(order: Order, targets: readonly RevocationTarget[], enough: number): number {
    const bound = this.#boundOf(targets, enough)
    return bound <= enough ? bound : this.preview(order, targets).reach
  }

  /** Whoever may stand otherwise stands behind a target: it has rated them, or whoever has. Infinity where that is many, or not clear. */
  #boundOf(targets: readonly RevocationTarget[], enough: number): number {
    const { replica, sessions, leases } = this.#options
    const { set } = replica
    const touched = new Set<Did>()
    let reach = 0
    for (const target of targets) {
      if (!('did' in target)) return Number.POSITIVE_INFINITY
      const { did } = target
      if (set.isRevoked(did)) continue
      touched.add(did)
      if (sessions.of(did) || leases.nodeOf(did)) reach++
      // With a sponsor go those whom it has admitted, and what they have said.
      for (const link of [...set.delegationsBy(did), ...set.delegationsTo(did)]) {
        if (link.iss === did && (link.can === MEMBER || link.can === AGENT)) return Number.POSITIVE_INFINITY
        reach += 1 + this.#below(link.id, enough)
        if (reach > enough) return reach
      }
    }
    for (const did of touched) {
      if ((set.heirOf(did) ?? did) !== did) return Number.POSITIVE_INFINITY
      for (const { sub } of set.attestationsBy(did)) touched.add(sub)
      if (reach + touched.size > enough) return Number.POSITIVE_INFINITY
    }
    return reach + touched.size
  }

  /** How many delegations go on from one. */
  #below(id: Parameters<Replica['set']['childrenOf']>[0], enough: number): number {
    const below = [...this.#options.replica.set.childrenOf(id)]
    for (const link of below) {
      if (below.length > enough) break
      below.push(...this.#options.replica.set.childrenOf(link.id))
    }
    return below.length
  }

  /** Who is in session, at this node or, by its own word, at another. */
  #here(): Iterable<Did> {
    const { replica, sessions, leases } = this.#options
    const here = new Set<Did>()
    for (const { did } of sessions) here.add(did)
    for (const { type, signer } of replica.set.statements()) {
      if (type === 'lease' && leases.nodeOf(signer)) here.add(signer)
    }
    return here
  }
}
