import { createHash, timingSafeEqual } from 'node:crypto'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Random } from '@trustmesh/identity'
import * as z from 'zod'
import { NodeError } from '../node-error.ts'

/** What a token may do: a viewer reads, an operator also acts. */
export type Role = 'viewer' | 'operator'

/** Whom a token stands for. */
export interface Principal {
  readonly name: string
  readonly role: Role
}

/** Who may use the admin API. */
export interface Tokens {
  /** Whom the token stands for, or `null`. */
  principalOf(token: string): Principal | null
}

const PREFIXES: Readonly<Record<Role, string>> = { viewer: 'tmvw_', operator: 'tmop_' }
/** 32 random bytes in base64url. The prefix lets secret scanners and people tell what they found; it decides nothing. */
const PATTERN = /^tm(?:vw|op)_[A-Za-z0-9_-]{43}$/

const record = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/),
  role: z.enum(['viewer', 'operator']),
  /** Of the whole token, in lower-case hex. A token has 256 random bits, so that a fast hash loses nothing. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
const document = z.strictObject({ version: z.literal(1), tokens: z.array(record).max(256) })

type TokenRecord = z.infer<typeof record>

/** Tokens in a JSON file, mode 0600, that holds their hashes only: whoever reads it cannot use one. */
export class FileTokens implements Tokens {
  readonly #path: string
  readonly #random: Random
  #records: readonly TokenRecord[]

  /** Reads the file, where there is one. Rejects with {@link NodeError}: `tokens.permissions` or `tokens.malformed`. */
  static async open(path: string, random: Random): Promise<FileTokens> {
    return new FileTokens(path, random, await readRecords(path))
  }

  private constructor(path: string, random: Random, records: readonly TokenRecord[]) {
    this.#path = path
    this.#random = random
    this.#records = records
  }

  get isEmpty(): boolean {
    return this.#records.length === 0
  }

  /**
   * Makes a token and returns it, for the only time: whoever calls this shows it to a person. Calls come one after the other.
   * Rejects with {@link NodeError} `tokens.name` for a name that is not 1 to 64 letters, digits, `.`, `_` or `-`,
   * `tokens.exists` where it is taken.
   */
  async issue(name: string, role: Role): Promise<string> {
    if (!record.shape.name.safeParse(name).success) throw new NodeError('tokens.name')
    if (this.#records.some((known) => known.name === name)) throw new NodeError('tokens.exists')
    const token = PREFIXES[role] + Buffer.from(this.#random(32)).toString('base64url')
    const records = [...this.#records, { name, role, sha256: sha256(token).toString('hex') }]
    await replaceFile(this.#path, `${JSON.stringify({ version: 1, tokens: records }, null, 2)}\n`)
    this.#records = records
    return token
  }

  /** Compares digests, each in constant time: how long it takes says nothing about any token (threat P2). */
  principalOf(token: string): Principal | null {
    if (!PATTERN.test(token)) return null
    const digest = sha256(token)
    const found = this.#records.find((known) => timingSafeEqual(Buffer.from(known.sha256, 'hex'), digest))
    return found ? { name: found.name, role: found.role } : null
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

/** Whole or not at all: written aside, synced, then put in its place. */
async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.new`
  const file = await open(aside, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
  const directory = await open(dirname(path), 'r')
  await directory.sync().finally(() => directory.close())
}
