import { generateIdentity, type Identity } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import type { Random } from './ports.ts'

/** Where identities are kept between runs, by name. A name is 1 to 64 letters, digits, `.`, `_` or `-`. */
export interface Keystore {
  /** The identity of that name, or `null`. */
  load(name: string): Promise<Identity | null>
  /** Makes and keeps a new identity. Rejects with `keystore.exists` where the name is taken. */
  create(name: string): Promise<Identity>
}

/** The identity of that name, made now if there is none yet; `created` says which. */
export async function loadOrCreate(store: Keystore, name: string): Promise<{ identity: Identity; created: boolean }> {
  const known = await store.load(name)
  if (known) return { identity: known, created: false }
  try {
    return { identity: await store.create(name), created: true }
  } catch (error) {
    // Another process was faster.
    const theirs = error instanceof IdentityError && error.code === 'keystore.exists' ? await store.load(name) : null
    if (theirs) return { identity: theirs, created: false }
    throw error
  }
}

/** Throws `keystore.name` unless the name is safe as part of a file name on every system. */
export function checkName(name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name)) throw new IdentityError('keystore.name')
}

/** Keeps identities in this process, and loses them with it. */
export class MemoryKeystore implements Keystore {
  readonly #identities = new Map<string, Identity>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  async load(name: string): Promise<Identity | null> {
    checkName(name)
    return this.#identities.get(name) ?? null
  }

  async create(name: string): Promise<Identity> {
    checkName(name)
    if (this.#identities.has(name)) throw new IdentityError('keystore.exists')
    const identity = generateIdentity(this.#random)
    this.#identities.set(name, identity)
    return identity
  }
}
