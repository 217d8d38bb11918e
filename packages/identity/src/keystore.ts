import type { Did } from './did.ts'
import { generateIdentity, type Identity } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import type { Random } from './ports.ts'

/**
 * Where identities are kept between runs, by name, each with its **heir**: the key that may take its place, which is made
 * together with it, so that it can be committed to before anybody could have stolen the first (threat I12). A name is 1 to
 * 64 letters, digits, `.`, `_` or `-`.
 */
export interface Keystore {
  /** The identity of that name, or `null`. */
  load(name: string): Promise<Identity | null>
  /** Makes and keeps a new identity, and its heir. Rejects with `keystore.exists` where the name is taken. */
  create(name: string): Promise<Identity>
  /** The heir of the identity of that name; `null` where none was made, as in earlier versions, or where it is kept elsewhere. */
  heirOf(name: string): Promise<Identity | null>
  /**
   * The heir and the heir of that in turn, which is made and kept unless it has been: whoever was interrupted between this and
   * {@link succeed} gets the same. `null` where there is no heir.
   */
  prepare(name: string): Promise<Heirs | null>
  /** Whether {@link prepare} has been called for the identity as it is, and {@link succeed} has not. */
  isPrepared(name: string): Promise<boolean>
  /**
   * Puts the heir in place of the identity, whose key is gone for good; it is either the one or the other, whatever fails.
   * Rejects with `keystore.heir` unless that is who the heir is and it is prepared.
   */
  succeed(name: string, heir: Did): Promise<Identity>
}

/** Who comes after an identity, and who after that. */
export interface Heirs {
  readonly heir: Identity
  readonly next: Identity
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
  /** The identity, its heir, and the heir of that where it is prepared. */
  readonly #lines = new Map<string, readonly Identity[]>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  async load(name: string): Promise<Identity | null> {
    return this.#lineOf(name)[0] ?? null
  }

  async create(name: string): Promise<Identity> {
    if (this.#lineOf(name).length > 0) throw new IdentityError('keystore.exists')
    const identity = generateIdentity(this.#random)
    this.#lines.set(name, [identity, generateIdentity(this.#random)])
    return identity
  }

  async heirOf(name: string): Promise<Identity | null> {
    return this.#lineOf(name)[1] ?? null
  }

  async prepare(name: string): Promise<Heirs | null> {
    const [identity, heir, prepared] = this.#lineOf(name)
    if (!identity || !heir) return null
    const next = prepared ?? generateIdentity(this.#random)
    this.#lines.set(name, [identity, heir, next])
    return { heir, next }
  }

  async isPrepared(name: string): Promise<boolean> {
    return this.#lineOf(name).length > 2
  }

  async succeed(name: string, did: Did): Promise<Identity> {
    const [, heir, next] = this.#lineOf(name)
    if (heir?.did !== did || !next) throw new IdentityError('keystore.heir')
    this.#lines.set(name, [heir, next])
    return heir
  }

  #lineOf(name: string): readonly Identity[] {
    checkName(name)
    return this.#lines.get(name) ?? []
  }
}
