import { join } from 'node:path'
import { AuditError, type Checkpoint, withCosignature } from '@trustmesh/audit'
import type { Clock, Did, Identity, Random } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import { Reserve } from '../store/reserve.ts'
import type { Timers } from '../timers.ts'
import { DurableLog } from './durable-log.ts'
import { TamperedTree, type Tampering } from './folder.ts'
import { type AuditEvent, type AuditLog, auditLine, type LoggedEvent } from './log.ts'
import type { AuditEntry, AuditReader } from './reader.ts'
import { AuditThrottle } from './throttle.ts'

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
  /** Whose the keys are, as the file `authority` says it; nobody's unless told otherwise. */
  readonly authority?: () => Promise<string>
  /** Bytes of entries beyond which the oldest are dropped: 256 MiB unless told otherwise. */
  readonly maxBytes?: number
  /** Entries of one kind that may come at once, 256, and how many a second after that, 16, unless told otherwise. */
  readonly burst?: number
  readonly perSecond?: number
}

interface Waiting {
  readonly event: LoggedEvent
  readonly entry: Uint8Array
  /** Whoever waits for it. */
  readonly settle?: { resolve(index: number): void; reject(error: unknown): void }
}

/** Bytes that may wait for a slow disk before entries are left out. */
const MAX_BACKLOG = 1_048_576
/** Entries that nobody waits for are synced together. */
const LINGER_MS = 100
/** How often a new checkpoint is shown to others. */
const PUBLISH_MS = 1_000
/** Room that is held back for what must not happen without its entry: some hundred of those. */
const RESERVE_BYTES = 262_144
/** How soon it is looked again whether there is room. */
const RETRY_MS = 5_000

/**
 * A log in a folder, as `docs/spec/audit.md` says: one line of JSON an entry, a leaf of a tree whose heads are signed. Bounded in
 * every direction: lines, rates, files, and what waits in memory. Where writing fails, the next entry tries anew.
 */
export class FileAuditLog implements AuditLog, AuditReader {
  /** What was changed on disk since this node wrote it. Where nothing can go on from there, nothing is written any more. */
  readonly tampering: readonly Tampering[]
  readonly #options: FileAuditLogOptions
  readonly #throttle: AuditThrottle
  readonly #reserve: Reserve
  readonly #log: DurableLog | null
  readonly #watchers = new Set<(checkpoint: Checkpoint) => void>()
  #published: Checkpoint | null
  #waiting: Waiting[] = []
  #backlog = 0
  #writing: Promise<void> | undefined
  #cancelLinger: (() => void) | undefined
  #cancelPublish: (() => void) | undefined
  #publishedAt = Number.NEGATIVE_INFINITY
  #publishing = Promise.resolve()
  /** There is room for nothing but what somebody waits for. */
  #isShort = false
  #isFailing = false
  #isDoubted = false
  #isClosed = false

  /** Rejects with {@link NodeError} `audit.unavailable` where the folder cannot be read or written. */
  static async open(options: FileAuditLogOptions): Promise<FileAuditLog> {
    const { directory, key, clock, maxBytes = 268_435_456 } = options
    const dropping = (first: number): Uint8Array => entryOf({ event: 'audit.dropped', detail: { first } }, clock)
    try {
      const durable = await DurableLog.open({ directory, key, maxBytes, dropping })
      const log = new FileAuditLog(options, durable, durable.tampering)
      if (durable.wasTorn) log.record({ event: 'audit.recovered' })
      await log.#holdReserve()
      return log
    } catch (cause) {
      if (cause instanceof TamperedTree) return new FileAuditLog(options, null, [cause.tampering])
      throw new NodeError('audit.unavailable', { cause })
    }
  }

  private constructor(options: FileAuditLogOptions, log: DurableLog | null, tampering: readonly Tampering[]) {
    const { directory, clock, random, burst = 256, perSecond = 16 } = options
    this.#options = options
    this.#log = log
    this.#published = log?.checkpoint ?? null
    this.tampering = tampering
    this.#throttle = new AuditThrottle({ clock, burst, perSecond })
    this.#reserve = new Reserve({ path: join(directory, 'reserve'), bytes: RESERVE_BYTES, random })
  }

  record(event: AuditEvent): void {
    if (this.#isClosed || !this.#log) return
    if (this.#isShort || this.#backlog > MAX_BACKLOG) return this.#leaveOut(event)
    this.#putSuppressed()
    if (this.#throttle.admits(event)) this.#put(event)
  }

  commit(event: AuditEvent): Promise<{ index: number }> {
    if (this.#isClosed || !this.#log) return Promise.reject(new NodeError('audit.unavailable'))
    return new Promise((resolve, reject) => {
      this.#put(event, { resolve: (index) => resolve({ index }), reject })
    })
  }

  /** Whether it reaches its place, and is what it was. */
  healthy(): boolean {
    return !this.#isFailing && !this.#isShort && !this.#isDoubted && this.tampering.length === 0
  }

  /** Somebody else has shown that this log is not what it was: for the operator to see, for as long as this node runs. */
  doubt(): void {
    this.#isDoubted = true
  }

  get isDoubted(): boolean {
    return this.#isDoubted
  }

  /** Calls whenever there is a new checkpoint. */
  watch(watcher: (checkpoint: Checkpoint) => void): void {
    this.#watchers.add(watcher)
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
    if (path === 'authority') return Buffer.from((await this.#options.authority?.()) ?? '')
    return await this.#log.tile(path)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#putSuppressed(true)
    this.#isClosed = true
    this.#flush()
    while (this.#writing !== undefined) await this.#writing
    this.#cancelPublish?.()
    await this.#publish()
    await this.#log?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #putSuppressed(all?: boolean): void {
    for (const { event, code, count } of this.#throttle.takeSuppressed(all)) {
      this.#put({ event: 'audit.suppressed', suppressed: event, ...(code ? { code } : {}), detail: { count } })
    }
  }

  #put(event: LoggedEvent, settle?: Waiting['settle']): void {
    const entry = entryOf(event, this.#options.clock)
    this.#waiting.push({ event, entry, ...(settle && { settle }) })
    this.#backlog += entry.length
    if (settle) this.#flush()
    else this.#cancelLinger ??= this.#options.timers.after(LINGER_MS, () => this.#flush())
  }

  #leaveOut(event: AuditEvent): void {
    this.#throttle.lost(event)
    if (!this.#isShort) this.#fail(new Error('the disk does not keep up'))
  }

  #flush(): void {
    this.#cancelLinger?.()
    this.#cancelLinger = undefined
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
      if (this.#isDue) this.#flush()
    })
  }

  /** Whether something waits that is not to linger. */
  get #isDue(): boolean {
    return this.#waiting.length > 0 && this.#cancelLinger === undefined
  }

  async #drain(): Promise<void> {
    while (this.#isDue) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#write(batch)
      for (const { entry } of batch) this.#backlog -= entry.length
      if (!this.#isShort) await this.#log?.store().catch((error: Error) => this.#fail(error))
    }
    this.#publishSoon()
  }

  /** Where there is no room for all, what nobody waits for is left out. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      return await this.#append(batch)
    } catch (error) {
      this.#fail(error as Error)
      const urgent = batch.filter(({ settle }) => settle)
      for (const { event, settle } of batch) if (!settle) this.#throttle.lost(event)
      if (urgent.length === 0) return
      const cause = (await this.#giveUpReserve()) ? await this.#append(urgent).catch((again: unknown) => again) : error
      if (cause) for (const { settle } of urgent) settle?.reject(new NodeError('audit.unavailable', { cause }))
    }
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    const first = (await this.#log?.append(batch.map(({ entry }) => entry))) as number
    this.#isFailing = false
    for (const [i, { settle }] of batch.entries()) settle?.resolve(first + i)
  }

  #publishSoon(): void {
    const { clock, timers } = this.#options
    this.#cancelPublish ??= timers.after(Math.max(0, this.#publishedAt + PUBLISH_MS - clock.monotonic()), () => {
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
    if (!this.#isShort) await this.#log?.keep(checkpoint).catch((error: Error) => this.#fail(error))
    for (const watcher of this.#watchers) watcher(checkpoint)
  }

  #fail(error: Error): void {
    if (!this.#isFailing) this.#options.onError(error)
    this.#isFailing = true
  }

  async #giveUpReserve(): Promise<boolean> {
    const wasHeld = await this.#reserve.giveUp()
    if (!this.#isShort) this.#retryReserve()
    this.#isShort = true
    return wasHeld
  }

  async #holdReserve(): Promise<void> {
    this.#isShort = await this.#reserve.make().then(
      () => false,
      () => true,
    )
    if (this.#isShort) this.#retryReserve()
    else this.#isFailing = false
  }

  #retryReserve(): void {
    this.#options.timers.after(RETRY_MS, () => {
      if (!this.#isClosed) void this.#holdReserve()
    })
  }
}

function entryOf(event: LoggedEvent, clock: Clock): Uint8Array {
  return Buffer.from(JSON.stringify(auditLine(event, clock.now())))
}
