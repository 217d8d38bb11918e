import { bytesToHex } from '@noble/hashes/utils.js'
import { type Clock, type Did, didOf, type StatementId } from '@trustmesh/identity'
import type { FrameOf } from '@trustmesh/protocol'
import { isCutOff, type Replica, type Standing } from '@trustmesh/trust'
import { type AgentSession, standingFrame } from './agent-session.ts'
import { TokenBucket } from './token-bucket.ts'

/** Contexts a second whose scores are computed for somebody's question, when they are not kept up anyway (threat T12). */
const CONTEXTS_PER_SECOND = 4

/** Answers what agents ask about others. */
export class Answers {
  readonly #replica: Replica
  readonly #clock: Clock
  readonly #contexts: TokenBucket

  constructor(replica: Replica, clock: Clock) {
    this.#replica = replica
    this.#clock = clock
    this.#contexts = new TokenBucket(CONTEXTS_PER_SECOND, clock.monotonic())
  }

  query({ did, ctx }: FrameOf<'query'>, from: AgentSession): void {
    from.push(standingFrame(this.#standingOf(didOf(did), ctx)))
  }

  lookup({ id, dids, links, ctx }: FrameOf<'lookup'>, from: AgentSession): void {
    for (const did of dids) from.push(standingFrame(this.#standingOf(didOf(did), ctx)))
    const { set } = this.#replica
    const revoked = links.filter(([iss, link]) => set.isVoid(didOf(iss), bytesToHex(link) as StatementId))
    // Asked for last: to look into another context may move it.
    from.push({ type: 'status', re: id, epoch: this.#replica.epoch, void: revoked.map(([, link]) => link) })
  }

  /** Where another context would be computed for more than it is worth, of nobody anything is known there. */
  #standingOf(did: Did, ctx = ''): Standing {
    const now = this.#clock.now()
    const general = this.#replica.standingOf(did, now)
    const isFree = ctx === '' || this.#replica.holds(ctx)
    if (isFree || this.#contexts.take(this.#clock.monotonic())) return this.#replica.standingOf(did, now, ctx)
    if (isCutOff(general)) return { ...general, ctx }
    return { did, ctx, status: 'unknown', score: 300, tier: 'probation', confidence: 0, epoch: general.epoch }
  }
}
