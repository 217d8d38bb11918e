import { bytesToHex } from '@noble/hashes/utils.js'
import { type Clock, didOf, type StatementId } from '@trustmesh/identity'
import { type FrameOf, LIMITS } from '@trustmesh/protocol'
import type { Replica } from '@trustmesh/trust'
import type { AgentSession } from './agent-session.ts'
import type { MemberView } from './links/backbone.ts'
import { TokenBucket, TokenBuckets } from './token-bucket.ts'

/** Standings a second that one agent may ask for. */
const STANDINGS_PER_SECOND = 2_000
/** To look into a context that is not kept up costs time with each attestation: so many a second, for one agent and for all. */
const ATTESTATIONS_PER_SECOND = 10_000
const ATTESTATIONS_PER_SECOND_FOR_ALL = 40_000
/** Agents whose rates are remembered. */
const MAX_AGENTS = 65_536

/** Answers what agents ask about others. Whoever asks for too much is refused, and told nothing that is not so (threat T12). */
export class Answers {
  readonly #replica: Replica
  readonly #clock: Clock
  readonly #membersNow: () => readonly Pick<MemberView, 'ageMs'>[]
  readonly #standings = new TokenBuckets(STANDINGS_PER_SECOND, MAX_AGENTS)
  readonly #contexts = new TokenBuckets(ATTESTATIONS_PER_SECOND, MAX_AGENTS)
  readonly #contextsOfAll: TokenBucket

  constructor(replica: Replica, clock: Clock, membersNow: () => readonly Pick<MemberView, 'ageMs'>[]) {
    this.#replica = replica
    this.#clock = clock
    this.#membersNow = membersNow
    this.#contextsOfAll = new TokenBucket(ATTESTATIONS_PER_SECOND_FOR_ALL, clock.monotonic())
  }

  query({ did, ctx }: FrameOf<'query'>, from: AgentSession): void {
    if (!this.#affords(from, 1, ctx)) return from.push({ type: 'ack', re: did, code: 'query.rate-limited' })
    from.answer(this.#replica.standingOf(didOf(did), this.#clock.now(), ctx))
  }

  lookup({ id, dids, links, ctx }: FrameOf<'lookup'>, from: AgentSession): void {
    const cost = 1 + dids.length + links.length
    if (!this.#affords(from, cost, ctx)) return from.push({ type: 'ack', re: id, code: 'query.rate-limited' })
    const now = this.#clock.now()
    for (const did of dids) from.answer(this.#replica.standingOf(didOf(did), now, ctx))
    const { set } = this.#replica
    const revoked = links.filter(([iss, link]) => set.isVoid(didOf(iss), bytesToHex(link) as StatementId))
    // Asked for last: to look into another context may move it.
    const { epoch } = this.#replica
    from.push({ type: 'status', re: id, epoch, void: revoked.map(([, link]) => link), fresh: this.#attested() })
  }

  /** How long ago members attested all that is known here of revocations, in ms: this node now, then the latest first. */
  #attested(): number[] {
    const ages = this.#membersNow().flatMap(({ ageMs }) => (ageMs === null ? [] : [Math.max(0, Math.ceil(ageMs))]))
    return [0, ...ages.sort((a, b) => a - b)].slice(0, LIMITS.attested)
  }

  #affords({ did }: AgentSession, standings: number, ctx = ''): boolean {
    const at = this.#clock.monotonic()
    if (!this.#standings.take(did, at, standings)) return false
    if (this.#replica.holds(ctx) || ctx === '') return true
    const cost = this.#replica.set.size
    return this.#contexts.take(did, at, cost) && this.#contextsOfAll.take(at, cost)
  }
}
