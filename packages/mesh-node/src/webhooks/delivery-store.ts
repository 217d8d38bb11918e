import { chmod, mkdir } from 'node:fs/promises'
import * as z from 'zod'
import { SEVERITIES } from '../audit/log.ts'
import { EVENT_KINDS } from '../events/event.ts'
import { type LevelDb, openLevel } from '../store/open-level.ts'
import { mendTables } from '../store/tables.ts'

const record = z.object({
  webhook: z.string(),
  id: z.string(),
  event: z.looseObject({
    id: z.int(),
    time: z.string(),
    kind: z.enum(EVENT_KINDS),
    severity: z.enum(SEVERITIES),
  }),
  state: z.enum(['waiting', 'delivered', 'failed', 'dropped']),
  attempts: z.int(),
  /** ms since the Unix epoch. */
  since: z.int(),
  lastAttemptAt: z.optional(z.string()),
  status: z.optional(z.int()),
  code: z.optional(z.string()),
})

/** One event on its way to one webhook, or what has become of it. */
export type DeliveryRecord = z.infer<typeof record>

/** Deliveries on disk, so that those which wait outlast the process. What cannot be kept is only in memory: an act never waits. */
export class DeliveryStore implements AsyncDisposable {
  readonly #level: LevelDb
  readonly #found: readonly DeliveryRecord[]

  /** Rejects as `openLevel` does. */
  static async open(location: string): Promise<DeliveryStore> {
    await mkdir(location, { recursive: true, mode: 0o700 })
    await chmod(location, 0o700)
    await mendTables(location)
    const found: DeliveryRecord[] = []
    const level = await openLevel(location, async (level) => {
      found.length = 0
      for await (const value of level.values()) {
        const read = readRecord(value)
        if (read) found.push(read)
      }
      return level
    })
    return new DeliveryStore(level, found)
  }

  private constructor(level: LevelDb, found: readonly DeliveryRecord[]) {
    this.#level = level
    this.#found = found
  }

  /** What was there when it was opened, each webhook's oldest first. */
  get found(): readonly DeliveryRecord[] {
    return this.#found
  }

  put(delivery: DeliveryRecord): void {
    this.#level.put(placeOf(delivery), Buffer.from(JSON.stringify(delivery))).catch(() => {})
  }

  remove(delivery: DeliveryRecord): void {
    this.#level.del(placeOf(delivery)).catch(() => {})
  }

  /** Waits for what is being written. */
  close(): Promise<void> {
    return this.#level.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** In order of the webhook, then of the event. */
function placeOf({ webhook, event }: DeliveryRecord): Uint8Array {
  return Buffer.from(`${webhook}/${String(event.id).padStart(16, '0')}`)
}

/** What is damaged is left out. */
function readRecord(value: Uint8Array): DeliveryRecord | null {
  try {
    return record.parse(JSON.parse(Buffer.from(value).toString('utf8')))
  } catch {
    return null
  }
}
