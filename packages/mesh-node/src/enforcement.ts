import type { Clock, Did, Statement, Verified } from '@trustmesh/identity'
import { LIMITS, type Refusal } from '@trustmesh/protocol'
import { type Effect, parseRevocation, type Replica } from '@trustmesh/trust'
import type { AgentSession } from './agent-session.ts'
import type { AuditLog } from './audit/log.ts'
import type { Metrics } from './metrics.ts'
import type { Sessions } from './sessions.ts'
import type { Timers } from './timers.ts'
import type { Watchers } from './watchers.ts'

export interface EnforcementOptions {
  readonly replica: Replica
  readonly sessions: Sessions
  readonly watchers: Watchers
  readonly clock: Clock
  readonly timers: Timers
  readonly audit: AuditLog
  readonly metrics: Metrics
}

/** Why somebody may have no session now, with the statements that show it. */
export type Ban = Refusal & { readonly refusal: 'revoked' | 'suspended' }

/** How often it is looked what time alone has changed. */
const WATCH_MS = 1_000
/** What a proof may take of a frame. */
const MAX_PROOF_BYTES = 49_152

/** Sees to it that what statements say is so: who is revoked or suspended is not here, and who should know is told. */
export class Enforcement {
  readonly #options: EnforcementOptions
  /** Who is suspended, as far as anybody was told. A replica tells of the end of that only where somebody has asked for a score. */
  readonly #held = new Set<Did>()
  #cancelWatch: () => void = () => {}

  constructor(options: EnforcementOptions) {
    this.#options = options
  }

  banOf(did: Did): Ban | null {
    const { replica, clock } = this.#options
    const { set } = replica
    if (set.isRevoked(did)) return { refusal: 'revoked', proof: proofOf(set.revocationsOf(did)) }
    const hold = set.suspensionOf(did, clock.now())
    const held = hold && set.get(hold.id)
    return held && { refusal: 'suspended', proof: proofOf([held]) }
  }

  /** Runs in the same turn in which a statement comes into force: nothing that it forbids happens after it. */
  changed({ change, affected }: Effect, statement: Verified<Statement>): void {
    const { metrics, audit } = this.#options
    const target = statement.type === 'revocation' && change.kind === 'added' && parseRevocation(statement).target
    if (target && 'did' in target && change.affected.includes(target.did)) {
      metrics.revocation()
      audit.record({ event: 'revocation.applied', did: target.did, statement: statement.id })
    }
    for (const did of change.affected) this.#tellOfHold(did)
    this.enforce(affected)
  }

  /** Cuts off those of these who may be here no longer, and tells whoever knows of them what has become of them. */
  enforce(affected: readonly Did[]): void {
    const { sessions, watchers, replica, clock } = this.#options
    for (const did of affected) {
      const session = sessions.of(did)
      const ban = session && this.banOf(did)
      if (ban) cutOff(session, ban)
    }
    for (const did of affected) {
      for (const session of watchers.of(did)) session.tell(replica.standingOf(did, clock.now()))
    }
  }

  /** What is held from before a restart is in force, and was told. */
  start(): void {
    const { set } = this.#options.replica
    const now = this.#options.clock.now()
    for (const did of set.suspended()) if (set.isSuspended(did, now)) this.#held.add(did)
    this.#watchTime()
  }

  /** Suspensions begin and end, and attestations expire, though nothing is said. */
  #watchTime(): void {
    const { timers, clock, replica } = this.#options
    this.#cancelWatch = timers.after(WATCH_MS, () => {
      this.enforce(replica.advance(clock.now()))
      for (const did of this.#held) this.#tellOfHold(did)
      this.#watchTime()
    })
  }

  stop(): void {
    this.#cancelWatch()
  }

  #tellOfHold(did: Did): void {
    const { replica, clock, audit } = this.#options
    const hold = replica.set.suspensionOf(did, clock.now())
    if ((hold !== null) === this.#held.has(did)) return
    if (hold) this.#held.add(did)
    else this.#held.delete(did)
    if (hold) audit.record({ event: 'suspension.applied', did, statement: hold.id, by: hold.iss })
    else audit.record({ event: 'suspension.ended', did })
  }
}

/** The agent learns why, with the proof; the session ends whatever becomes of that. */
function cutOff(session: AgentSession, { refusal, proof }: Ban): void {
  try {
    session.push({ type: 'notice', code: refusal, proof })
  } finally {
    session.close(`session.${refusal}`)
  }
}

/** As much of a proof as fits a frame: one statement is enough where one authority is. */
function proofOf(statements: readonly Verified<Statement>[]): Uint8Array[] {
  const proof: Uint8Array[] = []
  let size = 0
  for (const { bytes } of statements) {
    size += bytes.length
    if (size <= MAX_PROOF_BYTES) proof.push(bytes)
  }
  return proof.slice(0, LIMITS.attachments)
}
