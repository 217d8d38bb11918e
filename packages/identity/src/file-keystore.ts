import { createPrivateKey } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Decrypter, Encrypter } from 'age-encryption'
import type { Did } from './did.ts'
import { type Identity, identityFromSeed, SEED_LENGTH } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import { checkName, type Heirs, type Keystore } from './keystore.ts'
import type { Random } from './ports.ts'

/** Where keys are kept, and how. */
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
 * A file that others may read or write is refused. The heir is `NAME+1`, its own `NAME+2`, and so on: a succession renames
 * one file, and is whole or has not been. The heir is not read until then; it may be kept elsewhere, once it is committed to.
 */
export class FileKeystore implements Keystore {
  readonly #options: FileKeystoreOptions
  #passphrase: Promise<string | null> | undefined

  constructor(options: FileKeystoreOptions) {
    this.#options = options
  }

  async load(name: string): Promise<Identity | null> {
    checkName(name)
    return await this.#read(name)
  }

  async create(name: string): Promise<Identity> {
    if (await this.load(name)) throw new IdentityError('keystore.exists')
    // First, so that nobody finds the identity without it. One that is there already was made by whoever was interrupted, or
    // is as fast as this.
    if ((await this.#heirsOf(name)).length === 0) await this.#make(`${name}+1`).catch(unlessExists)
    return await this.#make(name)
  }

  async heirOf(name: string): Promise<Identity | null> {
    return (await this.#heir(name))?.identity ?? null
  }

  async prepare(name: string): Promise<Heirs | null> {
    const heir = await this.#heir(name)
    if (!heir) return null
    const after = heir.next ?? `${name}+${generationOf(heir.stem) + 1}`
    if (!heir.next) await this.#make(after).catch(unlessExists)
    const next = await this.#read(after)
    if (!next) throw new IdentityError('keystore.heir')
    return { heir: heir.identity, next }
  }

  async isPrepared(name: string): Promise<boolean> {
    checkName(name)
    return (await this.#heirsOf(name)).length > 1
  }

  async succeed(name: string, did: Did): Promise<Identity> {
    const heir = await this.#heir(name)
    if (!heir?.next || heir.identity.did !== did) throw new IdentityError('keystore.heir')
    const isSealed = await this.#isSealed(heir.stem)
    // Beside a sealed key one in plaintext is not read, and so would not succeed it.
    if (!isSealed && (await this.#isSealed(name))) throw new IdentityError('keystore.heir')
    const extension = isSealed ? 'age' : 'pem'
    await rename(this.#path(heir.stem, extension), this.#path(name, extension)).catch((cause) => {
      // Another process was faster.
      throw isErrno(cause, 'ENOENT') ? new IdentityError('keystore.heir', { cause }) : cause
    })
    // Nor is an old one beside a sealed one; but it is still there.
    if (isSealed) await rm(this.#path(name, 'pem'), { force: true })
    await this.#sync()
    return heir.identity
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

  async #heir(name: string): Promise<{ stem: string; identity: Identity; next: string | undefined } | null> {
    checkName(name)
    const [stem = '', next] = await this.#heirsOf(name)
    const identity = stem === '' ? null : await this.#read(stem)
    return identity && { stem, identity, next }
  }

  /** The names of the heirs that are kept, in the order in which they come. */
  async #heirsOf(name: string): Promise<string[]> {
    const files = await readdir(this.#options.directory).catch(unlessAbsent)
    const stems = (files ?? []).flatMap((file) => /^(.+\+[1-9][0-9]{0,14})\.(?:age|pem)$/.exec(file)?.[1] ?? [])
    const heirs = new Set(stems.filter((stem) => stem.startsWith(`${name}+`)))
    return [...heirs].sort((a, b) => generationOf(a) - generationOf(b))
  }

  async #isSealed(stem: string): Promise<boolean> {
    return (await stat(this.#path(stem, 'age')).catch(unlessAbsent)) !== null
  }

  async #read(stem: string): Promise<Identity | null> {
    const sealed = await readPrivate(this.#path(stem, 'age'))
    if (sealed) return identityFromPem(await this.#decrypt(sealed))
    const plain = await readPrivate(this.#path(stem, 'pem'))
    if (!plain) return null
    this.#warnPlaintext(stem)
    return identityFromPem(Buffer.from(plain).toString('utf8'))
  }

  /** Makes a key and keeps it. Rejects with `keystore.exists`. */
  async #make(stem: string): Promise<Identity> {
    const seed = this.#options.random(SEED_LENGTH)
    const pem = pemOf(seed)
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 })
    const passphrase = await this.#askOnce()
    if (passphrase === null) {
      this.#warnPlaintext(stem)
      await this.#write(stem, 'pem', Buffer.from(pem))
    } else {
      const encrypter = new Encrypter()
      encrypter.setScryptWorkFactor(this.#options.scryptLogN ?? 18)
      encrypter.setPassphrase(passphrase)
      await this.#write(stem, 'age', await encrypter.encrypt(pem))
    }
    return identityFromSeed(seed)
  }

  #warnPlaintext(name: string): void {
    // An heir is kept as the identity is, of which this has been said.
    if (name.includes('+')) return
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
    await this.#sync()
  }

  /** What has been named and renamed stays so if the power fails. */
  async #sync(): Promise<void> {
    const directory = await open(this.#options.directory, 'r')
    await directory.sync().finally(() => directory.close())
  }
}

/** How many there have been of a name, up to this one. */
function generationOf(stem: string): number {
  return Number(stem.slice(stem.indexOf('+') + 1))
}

function unlessExists(error: unknown): null {
  if (error instanceof IdentityError && error.code === 'keystore.exists') return null
  throw error
}

function unlessAbsent(error: unknown): null {
  if (isErrno(error, 'ENOENT')) return null
  throw error
}

/** The bytes of a file that belongs to its owner alone, or `null` where there is none. */
async function readPrivate(path: string): Promise<Uint8Array | null> {
  const file = await stat(path).catch(unlessAbsent)
  if (file && (file.mode & 0o077) !== 0)
    throw new IdentityError('keystore.permissions', { detail: `chmod 600 ${path}` })
  return file && (await readFile(path).catch(unlessAbsent))
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
