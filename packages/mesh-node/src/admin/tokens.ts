import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { Clock, Random } from '@trustmesh/identity'
import * as z from 'zod'
import { NodeError } from '../node-error.ts'
import { writeWhole } from '../whole-file.ts'
import type { Person, Role } from './person.ts'
import { did, person, statementId, tokenName } from './schemas/fields.ts'
import { role } from './schemas/role.ts'

/** A static token, as far as it is shown. */
export interface TokenView {
  readonly name: string
  readonly role: Role
  /** Who made it, by name; nobody for the one of the first start. */
  readonly createdBy?: string
  /** ISO 8601, UTC. */
  readonly createdAt?: string
}

/** Static tokens: who may use the admin API without a key. */
export interface Tokens {
  /** Whom the token stands for, or `null`. */
  personOf(token: string): Person | null
  /** By name. */
  list(): readonly TokenView[]
  /** Makes a token and returns it, for the only time. Rejects with {@link NodeError}: `tokens.name`, `tokens.exists`. */
  issue(name: string, role: Role, by?: Person): Promise<string>
  /** From then on it stands for nobody. Rejects with {@link NodeError} `admin.not-found`. */
  revoke(name: string): Promise<void>
}

const PREFIXES: Readonly<Record<Role, string>> = { viewer: 'tmvw_', operator: 'tmop_', admin: 'tmad_' }
/** 32 random bytes in base64url. The prefix lets secret scanners and people tell what they found; it decides nothing. */
const PATTERN = /^tm(?:vw|op|ad)_[A-Za-z0-9_-]{43}$/
const MAX_TOKENS = 256
/** Of a chain: more than there may be. */
const MAX_LINKS = 16

const record = z.strictObject({
  name: tokenName,
  role,
  /** Of the whole token, in lower-case hex. A token has 256 random bits, so that a fast hash loses nothing. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdBy: z.exactOptional(person),
  createdAt: z.exactOptional(z.iso.datetime()),
  /** Who made it, and by whose leave they were here: whoever approves what it has ordered is none of them. */
  leave: z.exactOptional(z.array(person).max(MAX_TOKENS)),
  /** On what chain of whoever made it, or of whoever made theirs. */
  grounds: z.exactOptional(
    z.strictObject({ links: z.array(z.strictObject({ iss: did, id: statementId })).max(MAX_LINKS), exp: z.int() }),
  ),
})
const document = z.strictObject({ version: z.literal(1), tokens: z.array(record).max(MAX_TOKENS) })

type TokenRecord = z.infer<typeof record>

/** Tokens in a JSON file, mode 0600, that holds their hashes only: whoever reads it cannot use one. */
export class FileTokens implements Tokens {
  readonly #path: string
  readonly #random: Random
  readonly #clock: Clock
  #records: readonly TokenRecord[]
  /** The last change, which the next one waits for. */
  #changing: Promise<unknown> = Promise.resolve()

  /** Reads the file, where there is one. Rejects with {@link NodeError}: `tokens.permissions` or `tokens.malformed`. */
  static async open(path: string, { random, clock }: { random: Random; clock: Clock }): Promise<FileTokens> {
    return new FileTokens(path, random, clock, await readRecords(path))
  }

  private constructor(path: string, random: Random, clock: Clock, records: readonly TokenRecord[]) {
    this.#path = path
    this.#random = random
    this.#clock = clock
    this.#records = records
  }

  get isEmpty(): boolean {
    return this.#records.length === 0
  }

  list(): readonly TokenView[] {
    return this.#records.map(({ sha256: _, leave: _leave, grounds: _grounds, ...view }) => view)
  }

  async issue(name: string, role: Role, by?: Person): Promise<string> {
    if (!tokenName.safeParse(name).success) throw new NodeError('tokens.name')
    const token = PREFIXES[role] + Buffer.from(this.#random(32)).toString('base64url')
    const leave = by && [...new Set([by.name, ...(by.leave ?? [])])]
    const grounds = by?.grounds && { links: [...by.grounds.links], exp: by.grounds.exp }
    const hash = sha256(token).toString('hex')
    const created = { createdAt: new Date(this.#clock.now()).toISOString(), ...(by && { createdBy: by.name }) }
    const made = { name, role, sha256: hash, ...created, ...(leave && { leave }), ...(grounds && { grounds }) }
    await this.#change((records) => {
      if (records.some((known) => known.name === name) || records.length >= MAX_TOKENS) {
        throw new NodeError('tokens.exists')
      }
      return [...records, made]
    })
    return token
  }

  revoke(name: string): Promise<void> {
    return this.#change((records) => {
      const rest = records.filter((known) => known.name !== name)
      if (rest.length === records.length) throw new NodeError('admin.not-found')
      return rest
    })
  }

  /** Compares digests, each in constant time: how long it takes says nothing about any token (threat P2). */
  personOf(token: string): Person | null {
    if (!PATTERN.test(token)) return null
    const digest = sha256(token)
    const found = this.#records.find((known) => timingSafeEqual(Buffer.from(known.sha256, 'hex'), digest))
    if (!found) return null
    const { sha256: _, createdBy: _by, createdAt: _at, ...person } = found
    return person
  }

  /** One after the other: each begins with what the one before has left. */
  #change(change: (records: readonly TokenRecord[]) => readonly TokenRecord[]): Promise<void> {
    const changing = this.#changing.then(async () => {
      const records = change(this.#records)
      await writeWhole(this.#path, `${JSON.stringify({ version: 1, tokens: records }, null, 2)}\n`)
      this.#records = records
    })
    this.#changing = changing.catch(() => {})
    return changing
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

async function readRecords(path: string): Promise<readonly TokenRecord[]> {
  let text: string
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) throw new NodeError('tokens.permissions', { detail: `chmod 600 ${path}` })
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  try {
    return document.parse(JSON.parse(text)).tokens
  } catch (cause) {
    throw new NodeError('tokens.malformed', { cause })
  }
}
