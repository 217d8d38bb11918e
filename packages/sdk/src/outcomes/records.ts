import { type Did, isDid } from '@trustmesh/identity'
import { isContext } from '@trustmesh/trust/agent'
import * as z from 'zod/mini'
import type { Notes } from '../manifests/notes.ts'
import { ledgerSchema, summarySchema } from './ledger.ts'

const PREFIX = 'outcomes '
/** Most subjects, each context counted, of whom something is kept. */
const CAPACITY = 4_096
/** Most pieces of evidence that an attestation names. */
const MAX_EVIDENCE = 16

const entrySchema = z.strictObject({
  subject: z.custom<Did>(isDid),
  ctx: z.string().check(z.refine(isContext)),
  ledger: ledgerSchema,
  /** SHA-256 hashes in hex, the latest last. */
  evidence: z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/))).check(z.maxLength(MAX_EVIDENCE)),
  /** What was said of it last, and by whom: what a predecessor said does not stand for its heir. */
  said: z.nullable(z.strictObject({ ...summarySchema.shape, by: z.custom<Did>(isDid) })),
})

/** What is kept of one subject in one context. */
export type Entry = Readonly<z.infer<typeof entrySchema>>

/** What an agent has seen of others, from run to run. Whom it has had nothing to do with for longest is forgotten first. */
export class Records {
  readonly #notes: Pick<Notes, 'entries' | 'set'>
  /** Whoever there was something new of last at the end. */
  readonly #entries = new Map<string, Entry>()
  /** The keys of those that are not written down as they are. */
  readonly #unwritten = new Set<string>()

  constructor(notes: Pick<Notes, 'entries' | 'set'>) {
    this.#notes = notes
    for (const [key, note] of notes.entries()) {
      const entry = z.safeParse(entrySchema, note)
      if (entry.success && key === keyOf(entry.data)) this.#entries.set(key, entry.data)
    }
  }

  of(subject: Did, ctx: string): Entry | undefined {
    return this.#entries.get(keyOf({ subject, ctx }))
  }

  entries(): Iterable<Entry> {
    return this.#entries.values()
  }

  put(entry: Entry): void {
    const key = keyOf(entry)
    this.#entries.delete(key)
    this.#entries.set(key, { ...entry, evidence: entry.evidence.slice(-MAX_EVIDENCE) })
    this.#unwritten.add(key)
    const [first = key] = this.#entries.keys()
    if (this.#entries.size > CAPACITY) this.#forget(first)
  }

  /** Writes down what has changed. */
  write(): void {
    for (const key of this.#unwritten) this.#notes.set(key, this.#entries.get(key))
    this.#unwritten.clear()
  }

  #forget(key: string): void {
    this.#entries.delete(key)
    this.#unwritten.delete(key)
    this.#notes.set(key, undefined)
  }
}

function keyOf({ subject, ctx }: Pick<Entry, 'subject' | 'ctx'>): string {
  return `${PREFIX}${subject} ${ctx}`
}
