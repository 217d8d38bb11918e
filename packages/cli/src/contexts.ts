import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Did, isDid } from '@trustmesh/identity'
import { writeWhole } from '@trustmesh/mesh-node/setup'
import * as z from 'zod'
import { CliError } from './cli-error.ts'

const did = z.custom<Did>(isDid, 'not a canonical did:key')
const name = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/)

const contextSchema = z.strictObject({
  /** The admin API: `http://` or `https://`. */
  admin: z.url({ protocol: /^https?$/ }).optional(),
  /** The config file of the node on this machine, where it is not the usual one. */
  config: z.string().optional(),
  /** Where trust in this mesh starts. */
  root: did.optional(),
  /** Who answers there: who signs in signs for this node, and for no other. */
  node: did.optional(),
  /** A static token of the admin API. */
  token: z.string().max(128).optional(),
  /** Whose key signs in, and the chain from the root that gives it its powers. */
  operator: z.strictObject({ key: name, did, chain: z.string().max(44_000) }).optional(),
  /** What signing in has given. */
  login: z.strictObject({ token: z.string().max(128), role: z.string().max(16), expiresAt: z.number() }).optional(),
  /** What this person calls others. */
  petnames: z.record(name, did),
})

const schema = z.strictObject({
  version: z.literal(1),
  /** The one that is meant where none is named. */
  current: name,
  contexts: z.record(name, contextSchema),
})

/** A mesh as this person uses it: where its admin API is, as whom, and what they call its members. */
export type Context = Readonly<z.infer<typeof contextSchema>>

type ContextsDocument = z.infer<typeof schema>

const NEW: Context = { petnames: {} }

/** The meshes that somebody uses, in `contexts.json` in the user's config folder; it holds tokens, and belongs to its owner alone. */
export class Contexts {
  readonly path: string
  #document: ContextsDocument

  /** Reads the file, where there is one. Rejects with {@link CliError}: `contexts.permissions`, `contexts.malformed`. */
  static async open(folder: string): Promise<Contexts> {
    const path = join(folder, 'contexts.json')
    return new Contexts(path, await read(path))
  }

  private constructor(path: string, document: ContextsDocument) {
    this.path = path
    this.#document = document
  }

  get current(): string {
    return this.#document.current
  }

  get names(): readonly string[] {
    return Object.keys(this.#document.contexts)
  }

  has(contextName: string): boolean {
    return Object.hasOwn(this.#document.contexts, contextName)
  }

  of(contextName: string): Context {
    return this.has(contextName) ? (this.#document.contexts[contextName] ?? NEW) : NEW
  }

  /**
   * Writes some of a context, which is new if there is none of that name; what is `undefined` is taken out, and petnames are
   * added to those that there are.
   */
  async put(contextName: string, change: { readonly [K in keyof Context]?: Context[K] | undefined }): Promise<void> {
    requireName(contextName)
    await this.#write(({ contexts, ...rest }) => {
      const known = contexts[contextName] ?? NEW
      const petnames = { ...known.petnames, ...change.petnames }
      const changed = Object.entries({ ...known, ...change, petnames })
      const context = Object.fromEntries(changed.filter(([, value]) => value !== undefined)) as Context
      return { ...rest, contexts: { ...contexts, [contextName]: context } }
    })
  }

  /** Calls somebody by a petname in a context; nobody where the Did is `null`. */
  async name(contextName: string, petname: string, named: Did | null): Promise<void> {
    requireName(contextName)
    requireName(petname)
    await this.#write(({ contexts, ...rest }) => {
      const context = contexts[contextName] ?? NEW
      const { [petname]: _, ...others } = context.petnames
      const petnames = named ? { ...others, [petname]: named } : others
      return { ...rest, contexts: { ...contexts, [contextName]: { ...context, petnames } } }
    })
  }

  async use(contextName: string): Promise<void> {
    requireName(contextName)
    await this.#write((document) => ({ ...document, current: contextName }))
  }

  async remove(contextName: string): Promise<void> {
    await this.#write(({ contexts, ...rest }) => {
      const { [contextName]: _, ...others } = contexts
      return { ...rest, contexts: others }
    })
  }

  /** On what is there now: another command may have written since this one has read. */
  async #write(change: (document: ContextsDocument) => ContextsDocument): Promise<void> {
    this.#document = change(await read(this.path))
    await writeWhole(this.path, `${JSON.stringify(this.#document, null, 2)}\n`)
  }
}

/** Throws `cli.usage` unless something can be called that: a context, or a petname. */
export function requireName(text: string): void {
  if (!name.safeParse(text).success) {
    throw new CliError('cli.usage', 'a name is 1 to 64 letters, digits, ".", "_" or "-"')
  }
}

async function read(path: string): Promise<ContextsDocument> {
  let text: string
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) {
      throw new CliError('contexts.permissions', `${path} holds tokens, and others may read it`, {
        fix: `chmod 600 ${path}`,
      })
    }
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { version: 1, current: 'default', contexts: {} }
    }
    throw error
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new CliError('contexts.malformed', `${path} cannot be read`, { cause, fix: `mend it, or move it away` })
  }
}
