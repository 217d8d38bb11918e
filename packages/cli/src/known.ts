import { type Did, isDid } from '@trustmesh/identity'
import { CliError } from './cli-error.ts'
import type { AdminClient } from './client.ts'
import type { Contexts } from './contexts.ts'
import { didsOf } from './listings.ts'

export interface KnownOptions {
  readonly contexts: Contexts
  /** Name of the context. */
  readonly context: string
  readonly client: () => Promise<AdminClient>
}

/** How every Did of Ed25519 begins: what comes behind it tells them apart. */
const METHOD = 'did:key:'
const KEY_TYPE = 'z6Mk'
const SHOWN_CANDIDATES = 10
const DIDS = /did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}/g

/** Whom a person knows: Dids by petnames, and by prefixes. What an agent calls itself never finds it (threat I10). */
export class Known {
  readonly #options: KnownOptions

  constructor(options: KnownOptions) {
    this.#options = options
  }

  get petnames(): Readonly<Record<string, Did>> {
    const { contexts, context } = this.#options
    return contexts.of(context).petnames
  }

  /** Calls somebody by a name from now on; nobody where the Did is `null`. */
  async name(petname: string, did: Did | null): Promise<void> {
    const { contexts, context } = this.#options
    await contexts.name(context, petname, did)
  }

  /** What this person calls a Did. */
  petnameOf(did: string): string | undefined {
    return Object.entries(this.petnames).find(([, named]) => named === did)?.[0]
  }

  /** A Did for people: its petname, if it has one, beside the ends of the key. */
  readonly shown = (did: string): string => {
    const petname = this.petnameOf(did)
    return petname ? `${petname} ${shortened(did)}` : shortened(did)
  }

  /** A text with petnames in place of Dids. */
  readonly named = (text: string): string => text.replace(DIDS, (did) => this.petnameOf(did) ?? did)

  /**
   * The Did that is meant by a petname, a Did, or the beginning of one, with or without `did:key:`. Rejects with `cli.not-found`,
   * or, where several begin like that, `cli.ambiguous`, which names them.
   */
  async did(text: string): Promise<Did> {
    const named = Object.hasOwn(this.petnames, text) ? this.petnames[text] : undefined
    if (named) return named
    if (isDid(text)) return text
    const begins = beginningOf(text)
    if (begins === null) {
      const fix = `trustmesh id petname ${/^[a-zA-Z0-9._-]{1,64}$/.test(text) ? text : 'NAME'} DID`
      throw new CliError('cli.not-found', `nobody is called "${text}" here`, { fix })
    }
    const candidates = [...(await this.#dids())].filter((did) => begins(did.slice(METHOD.length))).sort()
    const [only, other] = candidates
    if (only === undefined) throw new CliError('cli.not-found', `no Did that is known here begins with "${text}"`)
    if (other === undefined) return only
    const said = candidates.slice(0, SHOWN_CANDIDATES).map((did) => {
      const petname = this.petnameOf(did)
      return petname ? `${did} (${petname})` : did
    })
    if (candidates.length > SHOWN_CANDIDATES) said.push(`and ${candidates.length - SHOWN_CANDIDATES} more`)
    throw new CliError('cli.ambiguous', `${candidates.length} Dids begin with "${text}"`, {
      why: said,
      fix: 'add characters until one is left',
    })
  }

  /** Everybody of whom there could be a prefix. */
  async #dids(): Promise<ReadonlySet<Did>> {
    return new Set([...Object.values(this.petnames), ...(await didsOf(await this.#options.client()))])
  }
}

/** The ends of a Did: `z6MkhaXg…2doK`. */
function shortened(did: string): string {
  const key = did.startsWith(METHOD) ? did.slice(METHOD.length) : did
  return key.length > 14 ? `${key.slice(0, 8)}…${key.slice(-4)}` : key
}

/** What tells whether a key is meant by its beginning, or by its shortened form; `null` where the text is neither. */
function beginningOf(text: string): ((key: string) => boolean) | null {
  const key = text.startsWith(METHOD) ? text.slice(METHOD.length) : text
  const [start = '', end = '', ...more] = key.split('…')
  if (!start.startsWith(KEY_TYPE) || !/^[1-9A-HJ-NP-Za-km-z]*$/.test(start + end) || more.length > 0) return null
  return (candidate) => candidate.startsWith(start) && candidate.endsWith(end)
}
