import {
  checkName,
  type Did,
  didOf,
  type Heirs,
  type Identity,
  IdentityError,
  identityOf,
  type Keystore,
} from '@trustmesh/identity'
import type { PageDatabase } from './page-database.ts'

/** A key that scripts of its origin can sign with, and that nobody can read: it never leaves the browser. */
export interface KeptKey {
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly privateKey: CryptoKey
}

/** Keeps identities in a browser's IndexedDB, as keys that cannot be extracted; they are shared by the pages of one origin. */
export class IdbKeystore implements Keystore {
  readonly #database: PageDatabase

  constructor(database: PageDatabase) {
    this.#database = database
  }

  async load(name: string): Promise<Identity | null> {
    const [key] = await this.#lineOf(name)
    return key ? identityIn(key) : null
  }

  async create(name: string): Promise<Identity> {
    const made = [await newKey(), await newKey()] as const
    await this.#change(name, (line) => {
      if (line.length > 0) throw new IdentityError('keystore.exists')
      return made
    })
    return identityIn(made[0])
  }

  async heirOf(name: string): Promise<Identity | null> {
    const [, heir] = await this.#lineOf(name)
    return heir ? identityIn(heir) : null
  }

  async prepare(name: string): Promise<Heirs | null> {
    const made = await newKey()
    const [, heir, next] = await this.#change(name, (line) => (line.length === 2 ? [...line, made] : line))
    return heir && next ? { heir: identityIn(heir), next: identityIn(next) } : null
  }

  async isPrepared(name: string): Promise<boolean> {
    return (await this.#lineOf(name)).length > 2
  }

  async succeed(name: string, did: Did): Promise<Identity> {
    const [heir] = await this.#change(name, ([, heir, next]) => {
      if (!heir || didOf(heir.publicKey) !== did || !next) throw new IdentityError('keystore.heir')
      return [heir, next]
    })
    return identityIn(heir as KeptKey)
  }

  async #lineOf(name: string): Promise<readonly KeptKey[]> {
    checkName(name)
    return (await this.#database.get('identities', name)) ?? []
  }

  /** With nothing in between, in this page or another, and on disk before it resolves. */
  async #change(name: string, changed: (line: readonly KeptKey[]) => readonly KeptKey[]): Promise<readonly KeptKey[]> {
    checkName(name)
    const transaction = this.#database.transaction('identities', 'readwrite', { durability: 'strict' })
    const line = changed((await transaction.store.get(name)) ?? [])
    await Promise.all([transaction.store.put(line, name), transaction.done])
    return line
  }
}

async function newKey(): Promise<KeptKey> {
  const { publicKey, privateKey } = (await crypto.subtle.generateKey('Ed25519', false, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  return { publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)), privateKey }
}

function identityIn({ publicKey, privateKey }: KeptKey): Identity {
  return identityOf({
    publicKey,
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message as Uint8Array<ArrayBuffer>)),
  })
}
