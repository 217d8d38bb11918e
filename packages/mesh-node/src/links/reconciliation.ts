import type { Clock, Random, StatementId } from '@trustmesh/identity'
import {
  answerCompare,
  type Collection,
  type FrameOf,
  horizonAt,
  idBytes,
  type KeyTree,
  Reconciler,
  statementIdOf,
} from '@trustmesh/protocol'
import type { Timers } from '../timers.ts'
import type { Local, Taken } from './backbone.ts'
import type { Link } from './link.ts'

export interface ReconciliationOptions {
  readonly link: Link
  readonly local: Local
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  /** Which statements are under way by which link: none is fetched twice at once. */
  readonly claims: Map<StatementId, Reconciliation>
  readonly fault: (link: Link) => void
  /** This node holds all revocations that the other held at a monotonic time in ms. */
  readonly caughtUp: (since: number) => void
  /** A round is over, and nothing is under way; or the other has let it wait for too long. */
  readonly over: (hasStalled: boolean) => void
}

/** How long nothing may come while something is awaited. */
const STALL_MS = 3_000
/** Statements that are on their way here at once, and such as wait to be asked for. */
const MAX_IN_FLIGHT = 512
const MAX_QUEUED = 4_096
/** What the other lacks and is told of in one round; it asks for the rest in rounds of its own. */
const MAX_OFFERS = 512

/** Makes this node hold what the other end of a link holds. Both ends do so, each at its own pace, and answer each other. */
export class Reconciliation {
  readonly #options: ReconciliationOptions
  readonly #reconcilers: Readonly<Record<Collection, Reconciler>>
  readonly #open = new Set<Collection>()
  /** Asked next, when there is room. */
  #next: FrameOf<'compare'>[] = []
  #queue: StatementId[] = []
  readonly #inFlight = new Set<StatementId>()
  readonly #revocations = new Set<StatementId>()
  #offers = 0
  #beganAt = 0
  #heardAt = 0
  #isTrusted = true
  #isUnfinished = false
  #cancelStall: (() => void) | undefined

  constructor(options: ReconciliationOptions) {
    const { local, random } = options
    this.#options = options
    this.#reconcilers = {
      revocations: new Reconciler({ tree: local.revocations, of: 'revocations', random }),
      statements: new Reconciler({ tree: local.statements, of: 'statements', random }),
    }
  }

  get isUnderWay(): boolean {
    return this.#cancelStall !== undefined
  }

  /** Begins a round, unless one is under way. */
  begin(): void {
    const { link, clock } = this.#options
    if (this.isUnderWay || !link.isOpen) return
    this.#beganAt = this.#heardAt = clock.monotonic()
    this.#offers = 0
    this.#isUnfinished = false
    for (const of of ['revocations', 'statements'] as const) {
      this.#open.add(of)
      link.push(this.#reconcilers[of].begin(this.#horizon), of === 'revocations')
    }
    this.#cancelStall = this.#watchStall(STALL_MS)
  }

  answer(frame: FrameOf<'compare'>): void {
    const { link } = this.#options
    if (link.hasRoom()) link.push(answerCompare(this.#treeOf(frame.of), frame, this.#horizon))
  }

  receive(frame: FrameOf<'differ'>): void {
    for (const of of this.#open) {
      const progress = this.#reconcilers[of].receive(frame)
      if (!progress) continue
      const { wants, offers, next, end } = progress
      if (end?.startsWith('differ.')) {
        this.#options.fault(this.#options.link)
        return this.#give(true)
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
    for (const id of this.#inFlight) if (this.#options.local.has(id)) this.#settle(id)
    this.#goOn()
  }

  /** The link is gone. What was under way is for others to bring. */
  stop(): void {
    this.#give(this.#inFlight.size + this.#queue.length > 0)
  }

  #want(id: StatementId, of: Collection): void {
    const { claims, local } = this.#options
    if (local.has(id) || this.#inFlight.has(id) || claims.has(id)) return
    if (this.#isTrusted) claims.set(id, this)
    if (of === 'revocations') {
      this.#revocations.add(id)
      this.#queue.unshift(id)
    } else this.#queue.push(id)
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
    const { claims, clock } = this.#options
    // Whatever else comes over the link is no answer.
    if (this.#inFlight.delete(id)) this.#heardAt = clock.monotonic()
    this.#revocations.delete(id)
    if (claims.get(id) === this) claims.delete(id)
  }

  #goOn(): void {
    const { link, caughtUp } = this.#options
    const room = MAX_IN_FLIGHT - this.#inFlight.size
    if (this.#queue.length > 0 && room >= Math.min(this.#queue.length, MAX_IN_FLIGHT / 4)) {
      const ids = this.#queue.splice(0, room)
      for (const id of ids) this.#inFlight.add(id)
      link.ask(ids.map(idBytes))
    }
    if (this.#queue.length < MAX_QUEUED) for (const frame of this.#next.splice(0)) link.push(frame)
    if (!this.#open.has('revocations') && this.#revocations.size === 0 && !this.#isUnfinished) caughtUp(this.#beganAt)
    if (this.#open.size + this.#queue.length + this.#inFlight.size === 0) this.#give(false)
  }

  /** The round is over, however it went. */
  #give(hasStalled: boolean): void {
    if (!this.#cancelStall) return
    this.#cancelStall()
    this.#cancelStall = undefined
    const { claims, over } = this.#options
    for (const id of [...this.#inFlight, ...this.#queue]) if (claims.get(id) === this) claims.delete(id)
    // Who lets others wait is no longer waited for.
    this.#isTrusted = !hasStalled
    this.#open.clear()
    this.#inFlight.clear()
    this.#revocations.clear()
    this.#queue = []
    this.#next = []
    over(hasStalled)
    if (this.#isUnfinished && !hasStalled) this.begin()
  }

  #watchStall(ms: number): () => void {
    const { timers, clock } = this.#options
    return timers.after(ms, () => {
      for (const id of this.#inFlight) if (this.#options.local.has(id)) this.#settle(id)
      const leftMs = STALL_MS - (clock.monotonic() - this.#heardAt)
      if (leftMs <= 0) this.#give(true)
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
