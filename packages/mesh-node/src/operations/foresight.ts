import type { Clock, Did, Statement, Verified } from '@trustmesh/identity'
import {
  AGENT,
  impactOf,
  MEMBER,
  PLAIN_WEIGHT,
  parseAttestation,
  parseSuspension,
  type Replica,
  type RevocationTarget,
  TrustError,
} from '@trustmesh/trust'
import type { Preview } from '../admin/operation.ts'
import type { Order } from '../admin/schemas/order.ts'
import type { Leases } from '../leases.ts'
import type { Mesh } from '../mesh.ts'
import type { NodeKeys } from '../mesh-keys.ts'
import { NodeError } from '../node-error.ts'
import type { Sessions } from '../sessions.ts'
import { natureOf } from './order.ts'
import { subtreeOf } from './subtree.ts'
import { isFall, type Rating, tiersIf } from './supposed-tiers.ts'

export interface ForesightOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  readonly replica: Replica
  readonly sessions: Sessions
  readonly leases: Leases
  readonly clock: Clock
}

const DAY_MS = 86_400_000

/** What an order would do, computed without doing it. */
export class Foresight {
  readonly #options: ForesightOptions

  constructor(options: ForesightOptions) {
    this.#options = options
  }

  /** Whether the mesh, or this node of it, stands on this key: no order of an operator ends that. */
  isOwn(did: Did): boolean {
    const { mesh, keys } = this.#options
    return did === mesh.root || did === keys.node.did || mesh.authorities.includes(did)
  }

  /** Whether a kill switch leaves somebody alone: those on whom the mesh stands, roots, and members. */
  isSpared(did: Did): boolean {
    const { replica } = this.#options
    return this.isOwn(did) || replica.set.policy.roots.has(did) || replica.set.membershipOf(did) !== null
  }

  /** Whether those who govern take something from somebody by it. */
  isCut(statement: Verified<Statement>): boolean {
    const { roots, authorities } = this.#options.replica.set.policy
    const { type, signer } = statement
    if (!roots.has(signer) && !authorities.has(signer)) return false
    if (type === 'suspension') return !parseSuspension(statement).lifted
    return type === 'revocation' || (type === 'attestation' && parseAttestation(statement).value < 0)
  }

  targetsOf(order: Order): readonly RevocationTarget[] {
    const { replica, clock } = this.#options
    if (order.verb === 'revoke') return order.targets
    if (order.verb !== 'kill') return [{ did: order.did }]
    const isSpared = (did: Did): boolean => this.isSpared(did)
    return subtreeOf(replica.set, order.did, { now: clock.now(), isSpared }).map((did) => ({ did }))
  }

  /** Whether it takes back the word by which an authority holds somebody, which lets them go as well as a lift does. */
  endsHold(order: Order): boolean {
    if (order.verb !== 'revoke') return false
    const { set } = this.#options.replica
    return order.targets.some((target) => 'id' in target && set.get(target.id)?.type === 'suspension')
  }

  /**
   * Exactly what would come of it; all scores are computed for that, twice. Of an attestation that was signed elsewhere `rating`
   * says what it says. Throws `TrustError` `attestation.self`.
   */
  preview(
    order: Order,
    targets: readonly RevocationTarget[] = this.targetsOf(order),
    rating?: Rating,
  ): Omit<Preview, 'isWide'> {
    const { replica, clock, sessions } = this.#options
    const nothing = { targets, sessions: [], delegations: [], tiers: [], reach: 0 }
    if (order.verb === 'lift') return nothing
    if (order.verb === 'evict') {
      const here = sessions.of(order.did) ? [order.did] : []
      return { ...nothing, sessions: here, reach: here.length }
    }
    if (order.verb === 'attest') {
      const tiers = tiersIf(rating ?? this.#ratingIn(order), replica, clock.now())
      return { ...nothing, tiers, reach: tiers.filter(isFall).length }
    }
    const supposition = order.verb === 'suspend' ? { suspended: [order.did] } : { revoked: targets }
    const impact = impactOf(replica, supposition, { now: clock.now(), sessions: this.#here() })
    return { targets, ...impact, reach: impact.sessions.length + impact.delegations.length + impact.tiers.length }
  }

  /**
   * How far it reaches: at most so far, where that is no more than `enough` and quickly seen, else exactly. Nobody waits for
   * scores to be computed before an agent is cut off, or rated, on whom nobody depends.
   */
  reachOf(order: Order, targets: readonly RevocationTarget[], enough: number, rating?: Rating): number {
    const exactly = (): number => this.preview(order, targets, rating).reach
    if (!natureOf(order).isCut && order.verb !== 'attest') return exactly()
    const bound =
      order.verb === 'attest'
        ? this.#boundOfRating(rating ?? this.#ratingIn(order), enough)
        : this.#boundOf(targets, enough)
    return bound <= enough ? bound : exactly()
  }

  /** As the authority of this node would say it. */
  #ratingIn({
    did: sub,
    value,
    ctx = '',
    weight = PLAIN_WEIGHT,
    ttlMs = DAY_MS,
  }: Extract<Order, { verb: 'attest' }>): Rating {
    const { keys, clock } = this.#options
    if (!keys.authority) throw new NodeError('admin.no-authority')
    const { did: iss } = keys.authority
    if (iss === sub) throw new TrustError('attestation.self')
    const now = clock.now()
    return { ...{ iss, sub, ctx, value, weight }, evidenceAt: now, iat: now, exp: now + ttlMs }
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
    return reach + this.#stirred(touched, enough - reach)
  }

  /** Nobody falls of whom a good word is the first that counts. */
  #boundOfRating({ sub, ctx, value }: Rating, enough: number): number {
    const { replica, clock } = this.#options
    const isFirst = value >= 0 && replica.standingOf(sub, clock.now(), ctx).confidence === 0
    return this.#stirred(new Set([sub]), enough + 1) - Number(isFirst)
  }

  /** How many may stand otherwise when these do: whom they have rated, and so on. Infinity where that is more than `enough`. */
  #stirred(touched: Set<Did>, enough: number): number {
    const { set } = this.#options.replica
    // Grows while it is gone through.
    for (const did of touched) {
      if ((set.heirOf(did) ?? did) !== did) return Number.POSITIVE_INFINITY
      for (const { sub } of set.attestationsBy(did)) touched.add(sub)
      if (touched.size > enough) return Number.POSITIVE_INFINITY
    }
    return touched.size
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
