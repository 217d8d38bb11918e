import type { Clock } from '@trustmesh/identity'
import { type AuditEvent, type AuditKind, type AuditLog, auditLine } from '../audit/log.ts'
import { NodeError } from '../node-error.ts'
import { TokenBuckets } from '../token-bucket.ts'
import { EVENT_KINDS, type EventKind, type NewEvent } from './event.ts'
import type { Events } from './events.ts'

export interface AnnouncedAuditLogOptions {
  readonly log: AuditLog
  readonly events: Events
  readonly clock: Clock
}

/** What is told under another name to those who watch. */
const NAMES: Partial<Readonly<Record<AuditKind, EventKind>>> = {
  'node.stopped': 'node.stopping',
  'session.closed': 'agent.left',
  'session.opened': 'agent.joined',
  'store.damaged': 'store.changed',
  'store.loss-accepted': 'store.changed',
}
/** What a code tells more exactly than the kind of the entry, or tells at all. */
const NAMES_BY_CODE: Readonly<Record<string, EventKind>> = {
  'admin.unauthenticated': 'login.refused',
  'member.barred': 'quota.exceeded',
  'member.clock': 'peer.stale',
  'member.diverged': 'peer.stale',
  'member.flooding': 'quota.exceeded',
  'member.forked': 'key.equivocation',
  'member.silent': 'peer.stale',
  'message.rate-limited': 'quota.exceeded',
  'node.busy': 'quota.exceeded',
  'session.rate-limited': 'quota.exceeded',
  'set.full': 'quota.exceeded',
  'set.quota': 'quota.exceeded',
  'statement.rate-limited': 'quota.exceeded',
}
const SHARED: ReadonlySet<string> = new Set(EVENT_KINDS)

/** Strangers bring these about: of one Did, and of all, so many a second are told, and so many at once. */
const OF_STRANGERS: ReadonlySet<EventKind> = new Set([
  'agent.first-seen',
  'agent.joined',
  'agent.left',
  'key.equivocation',
  'login.refused',
  'manifest.changed',
  'manifest.drift',
  'peer.linked',
  'peer.lost',
  'quota.exceeded',
])
const OF_ONE = { perSecond: 1 / 60, atOnce: 4, maxKeys: 4_096 }
const OF_ALL = { perSecond: 8, atOnce: 64 }

/** An audit log of which the entries that are worth watching are published: whoever tells the one tells the other. */
export class AnnouncedAuditLog implements AuditLog {
  readonly #options: AnnouncedAuditLogOptions
  readonly #ofOne = new TokenBuckets(OF_ONE.perSecond, OF_ONE.maxKeys, OF_ONE.atOnce)
  readonly #ofAll = new TokenBuckets(OF_ALL.perSecond, OF_STRANGERS.size, OF_ALL.atOnce)

  constructor(options: AnnouncedAuditLogOptions) {
    this.#options = options
  }

  record(event: AuditEvent): void {
    this.#options.log.record(event)
    this.#announce(event)
  }

  /** Told once the entry is durable; that there cannot be one is told at once. */
  async commit(event: AuditEvent): Promise<{ readonly index: number }> {
    const { log, events } = this.#options
    try {
      const committed = await log.commit(event)
      this.#announce(event)
      return committed
    } catch (error) {
      const code = error instanceof NodeError ? error.code : 'audit.unavailable'
      events.publish({ kind: 'audit.unavailable', code })
      throw error
    }
  }

  healthy(): boolean {
    return this.#options.log.healthy()
  }

  close(): Promise<void> {
    return this.#options.log.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #announce(event: AuditEvent): void {
    const { events, clock } = this.#options
    // Whatever is made fit to be shown there is so here (threats A7, S19). Where from is nobody's business who only watches.
    const { time: _time, severity: _severity, event: _event, peer: _peer, ...shown } = auditLine(event, clock.now())
    const kind = kindOf(event)
    if (kind && this.#mayTell({ kind, ...shown })) events.publish({ kind, ...shown })
  }

  #mayTell({ kind, code, did }: NewEvent): boolean {
    if (!OF_STRANGERS.has(kind)) return true
    const at = this.#options.clock.monotonic()
    return this.#ofOne.take(`${kind} ${code} ${did}`, at) && this.#ofAll.take(kind, at)
  }
}

function kindOf({ event, code = '' }: AuditEvent): EventKind | null {
  // No code is to be found among what every object has.
  const byCode = Object.hasOwn(NAMES_BY_CODE, code) ? NAMES_BY_CODE[code] : undefined
  return NAMES[event] ?? byCode ?? (SHARED.has(event) ? (event as EventKind) : null)
}
