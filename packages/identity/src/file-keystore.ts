import { createPrivateKey } from 'node:crypto'
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Decrypter, Encrypter } from 'age-encryption'
import { type Identity, identityFromSeed, SEED_LENGTH } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import { checkName, type Keystore } from './keystore.ts'
import type { Random } from './ports.ts'

export interface FileKeystoreOptions {
  /** Folder of the key files; made with mode 0700. */
  readonly directory: string
  readonly random: Random
  /** Asked once, when a key is first needed. `null` means that keys are written as plaintext: for development only. */
  readonly passphrase: () => Promise<string | null>
  /** Told of each plaintext key that is written or read. */
  readonly warn: (message: string) => void
  /** log2 of scrypt's work; 18 (about a second) unless told otherwise. */
  readonly scryptLogN?: number
}

/** PKCS #8 of an Ed25519 key up to its 32-byte seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * One file a key, mode 0600: `NAME.age`, which `age --decrypt` opens to a PKCS #8 PEM, or `NAME.pem`, that PEM in plaintext.
 * A file that others may read or write is refused.
 */
export class FileKeystore implements Keystore {
  readonly #options: FileKeystoreOptions
  #passphrase: Promise<string | null> | undefined

  constructor(options: FileKeystoreOptions) {
    this.#options = options
  }

  async load(name: string): Promise<Identity | null> {
    checkName(name)
    const sealed = await readPrivate(this.#path(name, 'age'))
    if (sealed) return identityFromPem(await this.#decrypt(sealed))
    const plain = await readPrivate(this.#path(name, 'pem'))
    if (!plain) return null
    this.#warnPlaintext(name)
    return identityFromPem(Buffer.from(plain).toString('utf8'))
  }

  async create(name: string): Promise<Identity> {
    if (await this.load(name)) throw new IdentityError('keystore.exists')
    const seed = this.#options.random(SEED_LENGTH)
    const pem = pemOf(seed)
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 })
    const passphrase = await this.#askOnce()
    if (passphrase === null) {
      this.#warnPlaintext(name)
      await this.#write(name, 'pem', Buffer.from(pem))
    } else {
      const encrypter = new Encrypter()
      encrypter.setScryptWorkFactor(this.#options.scryptLogN ?? 18)
      encrypter.setPassphrase(passphrase)
      await this.#write(name, 'age', await encrypter.encrypt(pem))
    }
    return identityFromSeed(seed)
  }

  /** Where the key of that name is, or would be once made. */
  async pathOf(name: string): Promise<string> {
    checkName(name)
    return this.#path(name, (await this.#askOnce()) === null ? 'pem' : 'age')
  }

  #path(name: string, extension: 'age' | 'pem'): string {
    return join(this.#options.directory, `${name}.${extension}`)
  }

  #askOnce(): Promise<string | null> {
    this.#passphrase ??= this.#options.passphrase()
    return this.#passphrase
  }

  #warnPlaintext(name: string): void {
    this.#options.warn(
      `the key "${name}" is not encrypted: set a passphrase before this is used for anything but development`,
    )
  }

  async #decrypt(sealed: Uint8Array): Promise<string> {
    const passphrase = await this.#askOnce()
    if (passphrase === null) throw new IdentityError('keystore.passphrase')
    const decrypter = new Decrypter()
    decrypter.addPassphrase(passphrase)
    try {
      return await decrypter.decrypt(sealed, 'text')
    } catch (cause) {
      throw new IdentityError('keystore.passphrase', { cause })
    }
  }

  /** Whole or not at all, and never over another key: written aside, synced, then linked into its place. */
  async #write(name: string, extension: 'age' | 'pem', bytes: Uint8Array): Promise<void> {
    const path = this.#path(name, extension)
    const aside = `${path}.${Buffer.from(this.#options.random(8)).toString('hex')}`
    const file = await open(aside, 'wx', 0o600)
    try {
      await file
        .writeFile(bytes)
        .then(() => file.sync())
        .finally(() => file.close())
      await link(aside, path)
    } catch (cause) {
      throw isErrno(cause, 'EEXIST') ? new IdentityError('keystore.exists', { cause }) : cause
    } finally {
      await unlink(aside)
    }
    const directory = await open(this.#options.directory, 'r')
    await directory.sync().finally(() => directory.close())
  }
}

/** The bytes of a file that belongs to its owner alone, or `null` where there is none. */
async function readPrivate(path: string): Promise<Uint8Array | null> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) throw new IdentityError('keystore.permissions', { detail: `chmod 600 ${path}` })
    return await readFile(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}

function pemOf(seed: Uint8Array): string {
  const body = Buffer.concat([PKCS8_PREFIX, seed]).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`
}

function identityFromPem(pem: string): Identity {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType !== 'ed25519') throw new TypeError(`not an Ed25519 key`)
    return identityFromSeed(new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }).subarray(-SEED_LENGTH)))
  } catch (cause) {
    throw new IdentityError('keystore.malformed', { cause })
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
