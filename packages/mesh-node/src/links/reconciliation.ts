import type { Clock, Random, StatementId } from '@trustmesh/identity'
import {
  answerCompare,
  type Collection,
  type FrameOf,
  horizonAt,
  idBytes,
  type KeyTree,
  LIMITS,
  Reconciler,
  statementIdOf,
} from '@trustmesh/protocol'
import type { Timers } from '../timers.ts'
import { TokenBucket } from '../token-bucket.ts'
import type { Local, Taken } from './backbone.ts'
import type { Link } from './link.ts'

export interface ReconciliationOptions {
  readonly link: Link
  readonly local: Local
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  /** Which statements are under way by which link: none is fetched twice at once, revocations apart. */
  readonly claims: Map<StatementId, Reconciliation>
  readonly fault: (link: Link) => void
  /** This node holds all revocations that the other held at a monotonic time in ms. */
  readonly caughtUp: (since: number) => void
  readonly over: (end: RoundOver) => void
}

/**
 * How a round ended: with nothing left to ask for; with more to ask, later; or the other has let it wait for too long, has
 * answered falsely, has a clock that is days ahead, or is gone.
 */
export type RoundOver = 'complete' | 'unfinished' | 'stalled' | 'false' | 'ahead' | 'gone'

/** How long nothing may come while something is awaited. */
const STALL_MS = 3_000
/** Statements that are on their way here at once, and such as wait to be asked for. */
const MAX_IN_FLIGHT = 512
const MAX_QUEUED = 4_096
/** What the other lacks and is told of in one round; it asks for the rest in rounds of its own. */
const MAX_OFFERS = 512
/** Questions of the other that are looked at in a second; the rest it is told to ask again (threat F5). */
const COMPARISONS_PER_SECOND = 200
/** Rounds in a row that bring nothing and come to no end, each begun so long after the last: nobody waits for more of them. */
const MAX_FRUITLESS = 8
const PAUSE_MS = 500

/** Makes this node hold what the other end of a link holds. Both ends do so, each at its own pace, and answer each other. */
export class Reconciliation {
  readonly #options: ReconciliationOptions
  readonly #reconcilers: Readonly<Record<Collection, Reconciler>>
  readonly #comparisons: TokenBucket
  readonly #open = new Set<Collection>()
  /** Asked next, when there is room. */
  #next: FrameOf<'compare'>[] = []
  readonly #queued: Readonly<Record<Collection, Set<StatementId>>> = { revocations: new Set(), statements: new Set() }
  readonly #inFlight = new Set<StatementId>()
  /** Revocations that are awaited. */
  readonly #revocations = new Set<StatementId>()
  /** What was left to another link in the last round. */
  readonly #skipped = new Set<StatementId>()
  #standing: 'complete' | 'given-up' | null = null
  #offers = 0
  #fruitless = 0
  #beganAt = 0
  #heardAt = 0
  #isTrusted = true
  #isUnfinished = false
  #hasLearnt = false
  #lacksRevocation = false
  #isAlarmed = false
  #cancelStall: (() => void) | undefined
  #cancelPause: () => void = () => {}

  constructor(options: ReconciliationOptions) {
    const { local, random, clock } = options
    this.#options = options
    this.#comparisons = new TokenBucket(COMPARISONS_PER_SECOND, clock.monotonic())
    this.#reconcilers = {
      revocations: new Reconciler({ tree: local.revocations, of: 'revocations', random }),
      statements: new Reconciler({ tree: local.statements, of: 'statements', random }),
    }
  }

  get isUnderWay(): boolean {
    return this.#cancelStall !== undefined
  }

  /** Whether this node holds what the other held, or no longer waits for that; `null` while it does. */
  get standing(): 'complete' | 'given-up' | null {
    const isLeftToOthers = [...this.#skipped].some((id) => this.#options.claims.has(id))
    return isLeftToOthers ? null : this.#standing
  }

  /** Begins a round, unless one is under way. */
  begin(): void {
    const { link, clock } = this.#options
    if (this.isUnderWay || !link.isOpen) return
    this.#cancelPause()
    this.#beganAt = this.#heardAt = clock.monotonic()
    this.#offers = 0
    this.#isUnfinished = this.#hasLearnt = this.#lacksRevocation = false
    this.#skipped.clear()
    for (const of of ['revocations', 'statements'] as const) {
      this.#open.add(of)
      link.push(this.#reconcilers[of].begin(this.#horizon), of === 'revocations')
    }
    this.#cancelStall = this.#watchStall(STALL_MS)
  }

  /** Looks at nothing where that costs too much now: whoever asks need not wait for an answer that never comes. */
  answer(frame: FrameOf<'compare'>): void {
    const { link, clock } = this.#options
    const isAfforded = link.hasRoom() && this.#comparisons.take(clock.monotonic())
    link.push(answerCompare(this.#treeOf(frame.of), frame, this.#horizon, isAfforded ? LIMITS.ranges : 0))
  }

  receive(frame: FrameOf<'differ'>): void {
    for (const of of this.#open) {
      const progress = this.#reconcilers[of].receive(frame)
      if (!progress) continue
      const { wants, offers, next, end } = progress
      if (end === 'differ.horizon') return this.#outOfTime()
      if (end?.startsWith('differ.')) {
        this.#options.fault(this.#options.link)
        return this.#give('false')
      }
      this.#heardAt = this.#options.clock.monotonic()
      for (const id of wants) this.#want(statementIdOf(id), of)
      for (const id of offers) this.#offer(id, of)
      if (next) this.#next.push(next)
      else this.#open.delete(of)
      if (end === 'unfinished') this.#isUnfinished = true
      return this.#goOn()
    }
  }

  /** Something has come over the link, or was there already. */
  arrived(taken: readonly Taken[]): void {
    if (!this.isUnderWay) return
    for (const { id } of taken) if (id) this.#settle(id)
    this.#settleHeld()
    this.#goOn()
  }

  /** Another link has not brought what was left to it. */
  takeOver(): void {
    const { local, claims } = this.#options
    const missing = [...this.#skipped].filter((id) => !local.has(id) && !claims.has(id))
    if (missing.length === 0) return
    if (!this.isUnderWay) {
      this.#standing = null
      return this.begin()
    }
    for (const id of missing) {
      this.#skipped.delete(id)
      this.#want(id, 'statements')
    }
    this.#goOn()
  }

  /** The link is gone. What was under way is for others to bring. */
  stop(): void {
    this.#cancelPause()
    this.#give('gone')
  }

  /** What revokes is not left to others: they might not bring it. */
  #want(id: StatementId, of: Collection): void {
    const { claims, local } = this.#options
    if (local.has(id)) return
    const { revocations, statements } = this.#queued
    if (of === 'revocations') this.#revocations.add(id)
    if (this.#inFlight.has(id) || revocations.has(id)) return
    const claimed = claims.get(id)
    if (of === 'statements' && claimed && claimed !== this) return this.#skip(id)
    if (this.#isTrusted && !claimed) claims.set(id, this)
    if (of === 'revocations') statements.delete(id)
    this.#queued[of].add(id)
  }

  #skip(id: StatementId): void {
    if (this.#skipped.size < MAX_QUEUED) this.#skipped.add(id)
    else this.#isUnfinished = true
  }

  /** Revocations at once, and word of all else. */
  #offer(id: Uint8Array, of: Collection): void {
    const { link, local } = this.#options
    if (this.#offers++ >= MAX_OFFERS || !link.hasRoom()) return
    const bytes = of === 'revocations' ? local.bytesOf(statementIdOf(id)) : null
    if (bytes) link.push({ type: 'statement', bytes }, true)
    else link.announce(id)
  }

  #settle(id: StatementId): void {
    const { claims, clock, local } = this.#options
    const isHeld = local.has(id)
    // Whatever else comes over the link is no answer.
    if (this.#inFlight.delete(id)) {
      this.#heardAt = clock.monotonic()
      this.#hasLearnt ||= isHeld
    }
    if (this.#revocations.delete(id) && !isHeld) this.#lacksRevocation = true
    if (claims.get(id) === this) claims.delete(id)
  }

  #settleHeld(): void {
    for (const id of this.#inFlight) if (this.#options.local.has(id)) this.#settle(id)
  }

  #goOn(): void {
    const { link, caughtUp } = this.#options
    const room = MAX_IN_FLIGHT - this.#inFlight.size
    if (this.#waiting > 0 && room >= Math.min(this.#waiting, MAX_IN_FLIGHT / 4)) {
      const ids = this.#take(room)
      for (const id of ids) this.#inFlight.add(id)
      link.ask(ids.map(idBytes))
    }
    if (this.#waiting < MAX_QUEUED) for (const frame of this.#next.splice(0)) link.push(frame)
    const hasRevocations = !this.#open.has('revocations') && this.#revocations.size === 0 && !this.#lacksRevocation
    if (hasRevocations && !this.#isUnfinished) caughtUp(this.#beganAt)
    if (this.#open.size + this.#waiting + this.#inFlight.size > 0) return
    this.#give(this.#isUnfinished ? 'unfinished' : 'complete')
  }

  /** What is asked for next, revocations first. */
  #take(count: number): StatementId[] {
    const { revocations, statements } = this.#queued
    const ids = [...revocations, ...statements].slice(0, count)
    for (const id of ids) if (!revocations.delete(id)) statements.delete(id)
    return ids
  }

  get #waiting(): number {
    return this.#queued.revocations.size + this.#queued.statements.size
  }

  /** Its clock or this node's is days wrong: that is for an operator to see, and no fault of an honest member. */
  #outOfTime(): void {
    const { local, link } = this.#options
    if (!this.#isAlarmed) local.alarm('member.clock', link.did)
    this.#isAlarmed = true
    this.#give('ahead')
  }

  #give(end: RoundOver): void {
    if (!this.#cancelStall) return
    this.#cancelStall()
    this.#cancelStall = undefined
    const { claims, over } = this.#options
    const { revocations, statements } = this.#queued
    for (const id of [...this.#inFlight, ...revocations, ...statements]) if (claims.get(id) === this) claims.delete(id)
    const isFruitless = end === 'unfinished' && !this.#hasLearnt
    this.#fruitless = isFruitless ? this.#fruitless + 1 : 0
    if (end === 'complete') this.#standing = end
    else if (end !== 'unfinished' || this.#fruitless >= MAX_FRUITLESS) this.#standing ??= 'given-up'
    // Who lets others wait is no longer waited for.
    this.#isTrusted = end !== 'stalled' && end !== 'false'
    for (const each of [this.#open, this.#inFlight, this.#revocations, revocations, statements]) each.clear()
    this.#next = []
    over(end)
    if (end !== 'unfinished' || this.#fruitless >= MAX_FRUITLESS) return
    if (!isFruitless) return this.begin()
    this.#cancelPause = this.#options.timers.after(PAUSE_MS, () => this.begin())
  }

  #watchStall(ms: number): () => void {
    const { timers, clock } = this.#options
    return timers.after(ms, () => {
      this.#settleHeld()
      const leftMs = STALL_MS - (clock.monotonic() - this.#heardAt)
      if (leftMs <= 0) this.#give('stalled')
      else this.#cancelStall = this.#watchStall(leftMs)
    })
  }

  #treeOf(of: Collection): KeyTree {
    const { statements, revocations } = this.#options.local
    return of === 'revocations' ? revocations : statements
  }

  get #horizon(): number {
    return horizonAt(this.#options.clock.now())
  }
}
