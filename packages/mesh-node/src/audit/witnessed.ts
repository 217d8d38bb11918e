import { readFile } from 'node:fs/promises'
import { AuditError, type Checkpoint, parseCheckpoint } from '@trustmesh/audit'
import { type Did, isDid } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import { GroupCommit } from '../store/group-commit.ts'
import { writeWhole } from '../whole-file.ts'

/** Members whose logs are remembered: more than a mesh has. */
const MAX_MEMBERS = 1_024
/** Logs that one of them has had, one in place of the other. */
const MAX_LOGS = 8

/**
 * The last checkpoint of each member's log that this node has confirmed, on disk: it confirms nothing that contradicts that. Also of
 * those that another has taken the place of: nobody makes this node forget one by showing it another meanwhile (threat A4).
 */
export class Witnessed {
  readonly #path: string
  /** Of each member, the log that it showed last first. */
  readonly #notes: Map<Did, readonly Checkpoint[]>
  readonly #writes: GroupCommit<void>

  /** Rejects with {@link NodeError} `audit.unavailable` where the file is broken: what was confirmed must not be forgotten. */
  static async open(path: string): Promise<Witnessed> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}'
      throw error
    })
    try {
      const notes = Object.entries(JSON.parse(text) as Record<string, string | string[]>)
      return new Witnessed(path, new Map(notes.map(([did, of]) => [memberIn(did), [of].flat().map(parseCheckpoint)])))
    } catch (cause) {
      throw new NodeError('audit.unavailable', { cause, detail: `${path} is damaged` })
    }
  }

  private constructor(path: string, notes: Map<Did, readonly Checkpoint[]>) {
    this.#path = path
    this.#notes = notes
    this.#writes = new GroupCommit(() => {
      const content = Object.fromEntries([...this.#notes].map(([did, of]) => [did, of.map(({ note }) => note)]))
      return writeWhole(this.#path, `${JSON.stringify(content, null, 2)}\n`)
    })
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
  }
}

function memberIn(did: string): Did {
  if (!isDid(did)) throw new AuditError('checkpoint.malformed')
  return did
}
