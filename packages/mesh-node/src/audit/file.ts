import { AuditError, type Checkpoint, withCosignature } from '@trustmesh/audit'
import type { Clock, Did, Identity, Random } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import type { Timers } from '../timers.ts'
import { AuditBudget } from './budget.ts'
import { DurableLog } from './durable-log.ts'
import { TamperedTree, type Tampering } from './folder.ts'
import { type AuditEvent, type AuditLog, auditLine, type LoggedEvent } from './log.ts'
import type { AuditEntry, AuditReader } from './reader.ts'
import { AuditThrottle } from './throttle.ts'
import { AuditWriter } from './writer.ts'

export interface FileAuditLogOptions {
  /** Folder of the log; made where there is none. */
  readonly directory: string
  /** Signs checkpoints, and nothing else. */
  readonly key: Identity
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  /** Told when writing begins to fail, and not again before it has worked in between. */
  readonly onError: (error: Error) => void
  /** Whose the keys are, as the file `key-chains` says it; nobody's unless told otherwise. */
  readonly keyChains?: () => Promise<string>
  /** Bytes of entries beyond which the oldest are dropped: 256 MiB unless told otherwise. */
  readonly maxBytes?: number
  /** For so long at least an entry is kept, whatever others do: 30 days unless told otherwise. */
  readonly keepMs?: number
  /** Entries of one kind that may come at once, 256, and how many a second after that, 16, unless told otherwise. */
  readonly burst?: number
  readonly perSecond?: number
}

/** How often a new checkpoint is shown to so many others, at most; to more of them less often, so that it does not cost more for each. */
const PUBLISH_MS = 1_000
const AUDIENCE = 5
const MAX_BYTES = 268_435_456
const KEEP_MS = 30 * 24 * 3_600_000

/**
 * A log in a folder, as `docs/spec/audit.md` says: one line of JSON an entry, a leaf of a tree whose heads are signed. Bounded in
 * every direction: lines, rates, files, and what waits in memory. Where writing fails, the next entry tries anew.
 */
export class FileAuditLog implements AuditLog, AuditReader {
  /** What was changed on disk since this node wrote it. Where nothing can go on from there, nothing is written any more. */
  readonly tampering: readonly Tampering[]
  readonly #options: FileAuditLogOptions
  readonly #throttle: AuditThrottle
  readonly #budget: AuditBudget
  readonly #log: DurableLog | null
  #show: (checkpoint: Checkpoint) => void = () => {}
  #audience: () => number = () => 0
  #writer: AuditWriter | null = null
  #published: Checkpoint | null
  #cancelPublish: (() => void) | undefined
  #publishedAt = Number.NEGATIVE_INFINITY
  #publishing = Promise.resolve()
  #isDoubted = false
  #isClosed = false

  /** Rejects with {@link NodeError} `audit.unavailable` where the folder cannot be read or written. */
  static async open(options: FileAuditLogOptions): Promise<FileAuditLog> {
    const { directory, key, clock, maxBytes = MAX_BYTES, keepMs = KEEP_MS } = options
    const budget = new AuditBudget({ clock, maxBytes, keepMs })
    const dropping = (first: number): Uint8Array => entryOf({ event: 'audit.dropped', detail: { first } }, clock)
    const seen = (entry: Uint8Array): void => budget.remember(entry)
    try {
      const durable = await DurableLog.open({ directory, key, maxBytes, dropping, seen })
      const log = new FileAuditLog(options, budget, durable, durable.tampering)
      await log.#startWriting(durable)
      if (durable.wasTorn) log.record({ event: 'audit.recovered' })
      return log
    } catch (cause) {
      if (cause instanceof TamperedTree) return new FileAuditLog(options, budget, null, [cause.tampering])
      throw new NodeError('audit.unavailable', { cause })
    }
  }

  private constructor(
    options: FileAuditLogOptions,
    budget: AuditBudget,
    log: DurableLog | null,
    tampering: readonly Tampering[],
  ) {
    const { clock, burst = 256, perSecond = 16 } = options
    this.#options = options
    this.#budget = budget
    this.#log = log
    this.#published = log?.checkpoint ?? null
    this.tampering = tampering
    this.#throttle = new AuditThrottle({ clock, burst, perSecond })
  }

  async #startWriting(log: DurableLog): Promise<void> {
    const { directory, random, timers, onError } = this.#options
    this.#writer = await AuditWriter.open({
      ...{ log, directory, random, timers, onError },
      lost: (event) => this.#throttle.lost(event),
      written: () => this.#publishSoon(),
    })
  }

  record(event: AuditEvent): void {
    if (this.#isClosed || !this.#writer) return
    if (!this.#writer.takesMore()) return this.#throttle.lost(event)
    this.#recordSuppressed()
    if (this.#throttle.admits(event) && !this.#putWithin(event)) this.#throttle.lost(event)
  }

  commit(event: AuditEvent): Promise<{ index: number }> {
    const writer = this.#isClosed ? null : this.#writer
    if (!writer) return Promise.reject(new NodeError('audit.unavailable'))
    return new Promise((resolve, reject) => {
      writer.put(event, this.#entryOf(event), { resolve: (index) => resolve({ index }), reject })
    })
  }

  /** Whether it reaches its place, and is what it was. */
  healthy(): boolean {
    return this.#writer?.isWell === true && !this.#isDoubted && this.tampering.length === 0
  }

  /** Somebody else has shown that this log is not what it was: for the operator to see, for as long as this node runs. */
  doubt(): void {
    this.#isDoubted = true
  }

  get isDoubted(): boolean {
    return this.#isDoubted
  }

  /** Calls from now on when there is a new checkpoint, once a second at most, and less often the more others are shown it. */
  publish(show: (checkpoint: Checkpoint) => void, audience: () => number): void {
    this.#show = show
    this.#audience = audience
  }

  /** The root of the tree as it was at that size, `null` where it never was so large. */
  async rootAt(size: number): Promise<Uint8Array | null> {
    return (await this.#log?.rootAt(size)) ?? null
  }

  /** Adds the line of a cosigner to the newest checkpoint, if it is that of this size. Throws `AuditError`. */
  cosigned(size: number, line: string): void {
    if (this.#published?.head.size === size) this.#published = withCosignature(this.#published, line)
  }

  get origin(): Did {
    return this.#options.key.did
  }

  get size(): number {
    return this.#log?.size ?? 0
  }

  get first(): number {
    return this.#log?.first ?? 0
  }

  checkpoint(): string {
    return this.#published?.note ?? ''
  }

  async entries(from: number, limit: number): Promise<readonly AuditEntry[]> {
    return (await this.#log?.entries(from, limit)) ?? []
  }

  async inclusionProof(index: number, size: number): Promise<readonly Uint8Array[]> {
    if (!this.#log) throw new AuditError('proof.range')
    return await this.#log.inclusionProof(index, size)
  }

  async consistencyProof(from: number, to: number): Promise<readonly Uint8Array[]> {
    if (!this.#log) throw new AuditError('proof.range')
    return await this.#log.consistencyProof(from, to)
  }

  async file(path: string): Promise<Uint8Array | null> {
    if (!this.#log) return null
    if (path === 'checkpoint') return Buffer.from(this.checkpoint())
    if (path === 'key-chains') return Buffer.from((await this.#options.keyChains?.()) ?? '')
    return await this.#log.tile(path)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#recordSuppressed(true)
    this.#isClosed = true
    await this.#writer?.close()
    this.#cancelPublish?.()
    await this.#publish()
    await this.#log?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Where there is no room for a count, it stays one, and grows. */
  #recordSuppressed(all?: boolean): void {
    for (const { event: suppressed, code, count } of this.#throttle.takeSuppressed(all)) {
      const event = { event: 'audit.suppressed', suppressed, ...(code ? { code } : {}), detail: { count } } as const
      if (!this.#putWithin(event, all)) this.#throttle.lost({ event: suppressed, ...(code ? { code } : {}) }, count)
    }
  }

  /** Whether there was room for it in what others may cause. */
  #putWithin(event: LoggedEvent, anyway = false): boolean {
    const entry = this.#entryOf(event)
    const isWithin = this.#budget.takes(event.event, entry) || anyway
    if (isWithin) this.#writer?.put(event, entry)
    return isWithin
  }

  #entryOf(event: LoggedEvent): Uint8Array {
    return entryOf(event, this.#options.clock)
  }

  #publishSoon(): void {
    const { clock, timers } = this.#options
    const pauseMs = PUBLISH_MS * Math.max(1, this.#audience() / AUDIENCE)
    this.#cancelPublish ??= timers.after(Math.max(0, this.#publishedAt + pauseMs - clock.monotonic()), () => {
      this.#cancelPublish = undefined
      void this.#publish()
    })
  }

  #publish(): Promise<void> {
    this.#publishing = this.#publishing.then(() => this.#publishNewest())
    return this.#publishing
  }

  async #publishNewest(): Promise<void> {
    const checkpoint = this.#log?.checkpoint
    if (!checkpoint || checkpoint.head.size === this.#published?.head.size) return
    this.#publishedAt = this.#options.clock.monotonic()
    this.#published = checkpoint
    await this.#writer?.spare((log) => log.keep(checkpoint))
    this.#show(checkpoint)
  }
}

function entryOf(event: LoggedEvent, clock: Clock): Uint8Array {
  return Buffer.from(JSON.stringify(auditLine(event, clock.now())))
}
