import { join } from 'node:path'
import type { Random } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import { Reserve } from '../store/reserve.ts'
import type { Timers } from '../timers.ts'
import type { DurableLog } from './durable-log.ts'
import type { LoggedEvent } from './log.ts'

export interface WriterOptions {
  readonly log: DurableLog
  /** Folder of the log. */
  readonly directory: string
  readonly random: Random
  readonly timers: Timers
  /** Told when writing begins to fail, and not again before it has worked in between. */
  readonly onError: (error: Error) => void
  /** Told of what nobody waits for and could not be written. */
  readonly lost: (event: LoggedEvent) => void
  /** Told when what was waiting has been written. */
  readonly written: () => void
}

interface Waiting {
  readonly event: LoggedEvent
  readonly entry: Uint8Array
  /** Whoever waits for it. */
  readonly settle?: Settle | undefined
}

interface Settle {
  resolve(index: number): void
  reject(error: unknown): void
}

/** Bytes that may wait for a slow disk before entries are left out. */
const MAX_BACKLOG = 1_048_576
/** Entries that nobody waits for are synced together. */
const LINGER_MS = 100
/** Room that is held back for what must not happen without its entry: some hundred of those. */
const RESERVE_BYTES = 262_144
/** How soon it is looked again whether there is room. */
const RETRY_MS = 5_000

/** Brings entries to disk in batches. Where writing fails, the next batch tries anew; where there is no room, what somebody waits for has some. */
export class AuditWriter {
  readonly #options: WriterOptions
  readonly #reserve: Reserve
  #waiting: Waiting[] = []
  #backlog = 0
  #writing: Promise<void> | undefined
  #cancelLinger: (() => void) | undefined
  /** There is room for nothing but what somebody waits for. */
  #isShort = false
  #isFailing = false
  #isClosed = false

  static async open(options: WriterOptions): Promise<AuditWriter> {
    const writer = new AuditWriter(options)
    await writer.#holdReserve()
    return writer
  }

  private constructor(options: WriterOptions) {
    this.#options = options
    const { directory, random } = options
    this.#reserve = new Reserve({ path: join(directory, 'reserve'), bytes: RESERVE_BYTES, random })
  }

  get isWell(): boolean {
    return !this.#isFailing && !this.#isShort
  }

  /** Whether it takes what nobody waits for; says so where the disk is too slow. */
  takesMore(): boolean {
    if (this.#isShort) return false
    if (this.#backlog > MAX_BACKLOG) this.#fail(new Error('the disk does not keep up'))
    return this.#backlog <= MAX_BACKLOG
  }

  put(event: LoggedEvent, entry: Uint8Array, settle?: Settle): void {
    this.#waiting.push({ event, entry, settle })
    this.#backlog += entry.length
    if (settle) this.#flush()
    else this.#cancelLinger ??= this.#options.timers.after(LINGER_MS, () => this.#flush())
  }

  /** Does what the log needs beside its entries, where there is room for that. */
  async spare(act: (log: DurableLog) => Promise<void>): Promise<void> {
    if (!this.#isShort) await act(this.#options.log).catch((error: Error) => this.#fail(error))
  }

  /** Resolves when everything is written, or will never be. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#flush()
    while (this.#writing !== undefined) await this.#writing
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
      await this.spare((log) => log.store())
    }
    this.#options.written()
  }

  /** Where there is no room for all, what nobody waits for is left out. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      return await this.#append(batch)
    } catch (error) {
      this.#fail(error as Error)
      const urgent = batch.filter(({ settle }) => settle)
      for (const { event, settle } of batch) if (!settle) this.#options.lost(event)
      if (urgent.length === 0) return
      const cause = (await this.#giveUpReserve()) ? await this.#append(urgent).catch((again: unknown) => again) : error
      if (cause) for (const { settle } of urgent) settle?.reject(new NodeError('audit.unavailable', { cause }))
    }
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    const first = await this.#options.log.append(batch.map(({ entry }) => entry))
    this.#isFailing = false
    for (const [i, { settle }] of batch.entries()) settle?.resolve(first + i)
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
