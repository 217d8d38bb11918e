import { readFile } from 'node:fs/promises'
import { AuditError, type Checkpoint, parseCheckpoint } from '@trustmesh/audit'
import { type Did, isDid } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import { GroupCommit } from '../store/group-commit.ts'
import { writeWhole } from '../whole-file.ts'

/** Members whose logs are remembered: more than a mesh has. */
const MAX_LOGS = 1_024

/** The last checkpoint of each member's log that this node has confirmed, on disk: it confirms nothing that contradicts that. */
export class Witnessed {
  readonly #path: string
  readonly #notes: Map<Did, Checkpoint>
  readonly #writes: GroupCommit<void>

  /** Rejects with {@link NodeError} `audit.unavailable` where the file is broken: what was confirmed must not be forgotten. */
  static async open(path: string): Promise<Witnessed> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}'
      throw error
    })
    try {
      const notes = Object.entries(JSON.parse(text) as Record<string, string>)
      return new Witnessed(path, new Map(notes.map(([did, note]) => [memberIn(did), parseCheckpoint(note)])))
    } catch (cause) {
      throw new NodeError('audit.unavailable', { cause, detail: `${path} is damaged` })
    }
  }

  private constructor(path: string, notes: Map<Did, Checkpoint>) {
    this.#path = path
    this.#notes = notes
    this.#writes = new GroupCommit(() => {
      const content = Object.fromEntries([...this.#notes].map(([did, { note }]) => [did, note]))
      return writeWhole(this.#path, `${JSON.stringify(content, null, 2)}\n`)
    })
  }

  of(member: Did): Checkpoint | undefined {
    return this.#notes.get(member)
  }

  /** The member whose log is called by that Did. */
  memberOf(origin: Did): Did | undefined {
    return [...this.#notes].find(([, { head }]) => head.origin === origin)?.[0]
  }

  get all(): Iterable<Checkpoint> {
    return this.#notes.values()
  }

  /** Durable once this resolves. Rejects where there are too many, or with an error of the disk. */
  async set(member: Did, checkpoint: Checkpoint): Promise<void> {
    if (!this.#notes.has(member) && this.#notes.size >= MAX_LOGS) throw new NodeError('audit.unavailable')
    this.#notes.set(member, checkpoint)
    await this.#writes.add()
  }
}

function memberIn(did: string): Did {
  if (!isDid(did)) throw new AuditError('checkpoint.malformed')
  return did
}
