import type { Clock } from '@trustmesh/identity'
import type { AuditKind } from './log.ts'

export interface BudgetOptions {
  readonly clock: Clock
  /** Bytes of entries that the log keeps. */
  readonly maxBytes: number
  /** For so long at least the log keeps what it has, whatever others do. */
  readonly keepMs: number
}

/** What others bring about when they like: strangers, agents, members. */
const AT_WILL: ReadonlySet<AuditKind> = new Set([
  'admin.refused',
  'agent.first-seen',
  'audit.fork',
  'audit.suppressed',
  'frame.refused',
  'handshake.refused',
  'key.equivocation',
  'login.refused',
  'manifest.changed',
  'manifest.drift',
  'mesh.alarm',
  'message.refused',
  'peer.linked',
  'peer.lost',
  'session.closed',
  'session.opened',
  'statement.accepted',
  'statement.refused',
])

/** Of what is kept, so much of what others bring about is written at once; over {@link BudgetOptions.keepMs} twice that. */
const SHARE = 1 / 4
/** What an entry takes beside its own bytes where it is kept. */
const LENGTH_BYTES = 2

const TEXT = new TextDecoder()
/** A quote inside of a string stands behind a backslash: the first that fits is the entry's own. */
const EVENT = /"event":"([a-z.-]+)"/
const TIME = /"time":"([0-9TZ:.-]+)"/

/**
 * How many bytes of entries the others may cause (threat A2): so few that nobody pushes what is kept out of the log. What has been
 * spent fades exponentially. Each kind may spend what all have left over (the dynamic thresholds of Choudhury and Hahne, 1998): a
 * flood of one takes half, and leaves half to the others.
 */
export class AuditBudget {
  readonly #clock: Clock
  readonly #capacity: number
  readonly #keepMs: number
  readonly #spent = new Map<AuditKind, number>()
  /** What turns the time that has passed into that of the Unix epoch, which entries have. */
  readonly #epochMs: number
  #fadedAt = 0

  constructor({ clock, maxBytes, keepMs }: BudgetOptions) {
    this.#clock = clock
    this.#capacity = maxBytes * SHARE
    this.#keepMs = keepMs
    this.#epochMs = clock.now() - clock.monotonic()
  }

  /** Whether there is room for an entry; it is spent where there is. What nobody causes at will takes none. */
  takes(event: AuditKind, entry: Uint8Array): boolean {
    if (!AT_WILL.has(event)) return true
    this.#fade(this.#epochMs + this.#clock.monotonic())
    const spent = this.#spent.get(event) ?? 0
    const bytes = entry.length + LENGTH_BYTES
    const left = this.#capacity - [...this.#spent.values()].reduce((sum, one) => sum + one, 0)
    if (spent + bytes > left) return false
    this.#spent.set(event, spent + bytes)
    return true
  }

  /** Counts an entry that was written before this process began; the oldest first. */
  remember(entry: Uint8Array): void {
    const line = TEXT.decode(entry)
    const event = EVENT.exec(line)?.[1] as AuditKind | undefined
    const at = Date.parse(TIME.exec(line)?.[1] ?? '')
    if (!event || !AT_WILL.has(event) || !Number.isFinite(at)) return
    this.#fade(Math.min(at, this.#epochMs + this.#clock.monotonic()))
    this.#spent.set(event, (this.#spent.get(event) ?? 0) + entry.length + LENGTH_BYTES)
  }

  #fade(atMs: number): void {
    const passedMs = Math.max(0, atMs - this.#fadedAt)
    this.#fadedAt += passedMs
    const rest = Math.exp(-passedMs / this.#keepMs)
    for (const [event, spent] of this.#spent) this.#spent.set(event, spent * rest)
  }
}
