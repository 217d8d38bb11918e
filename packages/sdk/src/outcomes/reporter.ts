import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type Did, parseDid } from '@trustmesh/identity'
import { isContext, PLAIN_WEIGHT, TrustError } from '@trustmesh/trust/agent'
import type { AttestOptions, Issuer } from '../issuer.ts'
import type { Notes } from '../manifests/notes.ts'
import { MeshError } from '../mesh-error.ts'
import type { Log, Platform } from '../platform/platform.ts'
import { textOf } from '../quiet-log.ts'
import type { CancelTimer } from '../timer.ts'
import { entered, ledgerOf, summaryOf } from './ledger.ts'
import { OUTCOMES, type Outcome } from './outcome.ts'
import { Pace } from './pace.ts'
import { type Entry, Records } from './records.ts'

/** What became of something that was asked of another agent, as whoever asked sees it. */
export interface Report {
  readonly outcome: Outcome
  /** What it was about, `tool/search`; general unless told otherwise. */
  readonly context?: string
  /** SHA-256 hashes of what shows it, such as signed answers. The latest 16 are named. */
  readonly evidence?: readonly Uint8Array[]
}

/** What is reported without being told to. */
export interface ReporterOptions {
  /** In which context, for all calls or by their kind; general unless told otherwise. */
  readonly context?: string | ((kind: string) => string)
}

/** A call, and what became of it. */
export interface Observed {
  readonly peer: Did
  readonly kind: string
  readonly outcome: Outcome
  /** Whether this agent began it. */
  readonly isOwn: boolean
}

export interface ReporterPorts {
  readonly self: Did
  /** Whether calls are reported without being told to; they are not unless told otherwise. */
  readonly reporter?: boolean | ReporterOptions | undefined
  readonly notes: Pick<Notes, 'entries' | 'set'>
  readonly issuer: Pick<Issuer, 'attest'>
  readonly platform: Pick<Platform, 'clock' | 'after'>
  readonly log: Log
}

/** How long news wait for more of the same. */
const WAIT_MS = 30_000
/** By how many micro-units what is said anew has to differ: by less, hardly any score would be another. */
const WORTH_SAYING = 5_000

/**
 * Turns outcomes into attestations. What has been seen of a subject in a context is one running summary, and what this agent
 * says of it is the latest. Nobody has more said of it by having more done (threats T5, T8).
 */
export class Reporter {
  readonly #ports: ReporterPorts
  readonly #contextOf: (kind: string) => string
  readonly #records: Records
  readonly #pace = new Pace()
  /** What is being attested deliberately: until that is done, nothing else is said of it. */
  readonly #attesting = new Set<Pick<Entry, 'subject' | 'ctx'>>()
  #flushing: Promise<void> | undefined
  #cancelTimer: CancelTimer | undefined
  #isClosed = false

  /** Throws a `TrustError` `attestation.malformed` for a context that is none. */
  constructor(ports: ReporterPorts) {
    const { context = '' } = typeof ports.reporter === 'object' ? ports.reporter : {}
    this.#ports = ports
    this.#contextOf = typeof context === 'string' ? () => context : context
    if (typeof context === 'string') requireContext(context)
    this.#records = new Records(ports.notes)
    if (this.#unsaid().length > 0) this.#schedule()
  }

  /**
   * Enters an outcome, deliberately. It is kept at once; what follows from it is said soon after, with whatever else there
   * is. Throws a `TrustError`: `attestation.self`, `attestation.malformed`; and a {@link MeshError} `mesh.closed`.
   */
  report(subject: Did, { outcome, context = '', evidence = [] }: Report): void {
    if (this.#isClosed) throw new MeshError('mesh.closed')
    if (parseDid(subject) === this.#ports.self) throw new TrustError('attestation.self')
    requireContext(context)
    if (!OUTCOMES.includes(outcome) || !evidence.every(isHash)) throw new TrustError('attestation.malformed')
    this.#enter(subject, context, outcome, evidence.map(bytesToHex))
    this.#records.write()
  }

  /**
   * A call has ended. Of those that others began nothing counts: whoever wants to be praised would have to do no more than to
   * ask often. Does not throw.
   */
  observe({ peer, kind, outcome, isOwn }: Observed): void {
    const { self, reporter, log } = this.#ports
    if (!reporter || !isOwn || peer === self || this.#isClosed) return
    try {
      const context = this.#contextOf(kind)
      requireContext(context)
      this.#enter(peer, context, outcome)
    } catch (error) {
      log.warn(`what became of "${kind}" is not reported: ${textOf(error)}`)
    }
  }

  /** Attests deliberately: what is seen later is built on that, and does not take it back. Rejects as {@link Issuer.attest} does. */
  async attest(subject: Did, attestation: AttestOptions): Promise<void> {
    const { self, issuer, platform } = this.#ports
    const { value, weight = PLAIN_WEIGHT, ctx = '', evidence = [] } = attestation
    const { evidenceAt = platform.clock.now() } = attestation
    const attesting = { subject, ctx }
    this.#attesting.add(attesting)
    try {
      await issuer.attest(subject, attestation)
    } finally {
      this.#attesting.delete(attesting)
    }
    const ledger = ledgerOf({ value, weight }, evidenceAt)
    const said = { ...summaryOf(ledger), by: self }
    this.#records.put({ subject, ctx, ledger, evidence: evidence.map(bytesToHex), said })
    this.#records.write()
  }

  /** Keeps what is not kept yet, and says what may be said now. Does not reject. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined
      if (this.#unsaid().length > 0) this.#schedule()
    })
    return this.#flushing
  }

  /** Keeps what there is. What has not been said will be, when the agent is back. */
  close(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
    this.#records.write()
  }

  #enter(subject: Did, ctx: string, outcome: Outcome, hashes: readonly string[] = []): void {
    if (outcome === 'denied') return
    const { ledger, evidence = [], said = null } = this.#records.of(subject, ctx) ?? {}
    const others = evidence.filter((hash) => !hashes.includes(hash))
    const now = this.#ports.platform.clock.now()
    this.#records.put({ subject, ctx, ledger: entered(ledger, outcome, now), evidence: [...others, ...hashes], said })
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isClosed) return
    this.#cancelTimer ??= this.#ports.platform.after(WAIT_MS, () => {
      this.#cancelTimer = undefined
      void this.flush()
    })
  }

  async #flush(): Promise<void> {
    this.#records.write()
    for (const { subject, ctx } of this.#unsaid()) {
      if (this.#isClosed || !(await this.#say(subject, ctx))) break
    }
    this.#records.write()
  }

  /** False where nothing can be said for now. */
  async #say(subject: Did, ctx: string): Promise<boolean> {
    const { self, issuer, platform, log } = this.#ports
    const [now, at] = [platform.clock.now(), platform.clock.monotonic()]
    const entry = this.#records.of(subject, ctx)
    const isAttesting = [...this.#attesting].some((other) => other.subject === subject && other.ctx === ctx)
    if (!entry || isAttesting || !this.#pace.allows(subject, at)) return true
    const summary = summaryOf(entry.ledger)
    const evidence = { evidence: entry.evidence.map(hexToBytes), evidenceAt: Math.min(entry.ledger.at, now) }
    try {
      await issuer.attest(subject, { ...summary, ...evidence, ctx })
    } catch (error) {
      // There is no node that would have taken it.
      if (error instanceof MeshError && error.code.startsWith('mesh.')) return false
      this.#pace.count(subject, at)
      log.warn(`what was seen of ${subject} is not attested: ${textOf(error)}`)
      return true
    }
    this.#pace.count(subject, at)
    // More may have been seen meanwhile; and what has been attested deliberately since is what was said last.
    const latest = this.#records.of(subject, ctx)
    if (latest && latest.said === entry.said) this.#records.put({ ...latest, said: { ...summary, by: self } })
    return true
  }

  #unsaid(): Entry[] {
    return [...this.#records.entries()].filter((entry) => isUnsaid(entry, this.#ports.self))
  }
}

function isUnsaid({ ledger, said }: Entry, self: Did): boolean {
  const { value, weight } = summaryOf(ledger)
  if (said?.by !== self) return value !== 0
  return Math.abs(value * weight - said.value * said.weight) >= WORTH_SAYING
}

function requireContext(ctx: string): void {
  if (!isContext(ctx)) throw new TrustError('attestation.malformed')
}

function isHash(bytes: unknown): boolean {
  return bytes instanceof Uint8Array && bytes.length === 32
}
