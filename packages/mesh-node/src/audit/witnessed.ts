import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AuditError, type Checkpoint, parseCheckpoint } from '@trustmesh/audit'
import { type Did, isDid } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import { GroupCommit } from '../store/group-commit.ts'
import { writeWhole } from '../whole-file.ts'

/** Members whose logs are remembered: more than a mesh has. */
const MAX_MEMBERS = 1_024
/** Logs that one of them has had, one in place of the other. */
const MAX_LOGS = 8

/** Where that is kept, in the data folder. */
const WITNESSED = 'witnessed.json'
/** In a data folder that was restored: the logs of which something was confirmed since. */
const REWITNESSED = 'rewitnessed.json'

/** Of a data folder that is made of a backup: what its node has confirmed since then it has forgotten (threat A4). */
export async function forgetWitnessed(directory: string): Promise<void> {
  await writeWhole(join(directory, REWITNESSED), '[]\n')
}

/**
 * The last checkpoint of each member's log that this node has confirmed, on disk: it confirms nothing that contradicts that. Also of
 * those that another has taken the place of: nobody makes this node forget one by showing it another meanwhile (threat A4).
 */
export class Witnessed {
  readonly #directory: string
  /** Of each member, the log that it showed last first. */
  readonly #notes: Map<Did, readonly Checkpoint[]>
  /** The logs of which nothing was forgotten; `null` for all. */
  readonly #certain: Set<Did> | null
  readonly #writes: GroupCommit<void>

  /** Rejects with {@link NodeError} `audit.unavailable` where a file is broken: what was confirmed must not be forgotten. */
  static async open(directory: string): Promise<Witnessed> {
    const notes = await read(join(directory, WITNESSED), (content) => {
      const found = Object.entries((content ?? {}) as Record<string, string | string[]>)
      return new Map(found.map(([did, of]) => [didIn(did), [of].flat().map(parseCheckpoint)]))
    })
    const certain = await read(join(directory, REWITNESSED), (content) => {
      return content === null ? null : new Set((content as string[]).map(didIn))
    })
    return new Witnessed(directory, notes, certain)
  }

  private constructor(directory: string, notes: Map<Did, readonly Checkpoint[]>, certain: Set<Did> | null) {
    this.#directory = directory
    this.#notes = notes
    this.#certain = certain
    this.#writes = new GroupCommit(async () => {
      const content = Object.fromEntries([...this.#notes].map(([did, of]) => [did, of.map(({ note }) => note)]))
      await writeWhole(join(directory, WITNESSED), `${JSON.stringify(content, null, 2)}\n`)
    })
  }

  /** Whether this node may have confirmed more of a log than it remembers. */
  isForgotten(origin: Did): boolean {
    return this.#certain?.has(origin) === false
  }

  /** Of the log that a member showed last; or of the one of that name. */
  of(member: Did, origin?: Did): Checkpoint | undefined {
    return this.#notes.get(member)?.find(({ head }) => origin === undefined || head.origin === origin)
  }

  /** The member whose log is called by that Did. */
  memberOf(origin: Did): Did | undefined {
    return [...this.#notes].find(([, of]) => of.some(({ head }) => head.origin === origin))?.[0]
  }

  /** Of the log that each member showed last. */
  get all(): Iterable<Checkpoint> {
    return [...this.#notes.values()].flatMap(([latest]) => latest ?? [])
  }

  /** Durable once this resolves. Rejects where there are too many, or with an error of the disk. */
  async set(member: Did, checkpoint: Checkpoint): Promise<void> {
    const known = this.#notes.get(member)
    const others = (known ?? []).filter(({ head }) => head.origin !== checkpoint.head.origin)
    const isTooMuch = known ? others.length >= MAX_LOGS : this.#notes.size >= MAX_MEMBERS
    if (isTooMuch) throw new NodeError('audit.unavailable')
    this.#notes.set(member, [checkpoint, ...others])
    await this.#writes.add()
    if (!this.isForgotten(checkpoint.head.origin)) return
    this.#certain?.add(checkpoint.head.origin)
    await writeWhole(join(this.#directory, REWITNESSED), `${JSON.stringify([...(this.#certain ?? [])], null, 2)}\n`)
  }
}

/** What a file says, as JSON; `null` where there is none. */
async function read<T>(path: string, parse: (content: unknown) => T): Promise<T> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  try {
    return parse(text === null ? null : JSON.parse(text))
  } catch (cause) {
    throw new NodeError('audit.unavailable', { cause, detail: `${path} is damaged` })
  }
}

function didIn(did: string): Did {
  if (!isDid(did)) throw new AuditError('checkpoint.malformed')
  return did
}
