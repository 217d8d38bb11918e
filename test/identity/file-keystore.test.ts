import { execFileSync, spawnSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Heirs,
  type Identity,
  identityFromSeed,
  type Keystore,
  keyOf,
  loadOrCreate,
  MemoryKeystore,
  verifySigned,
} from '@trustmesh/identity'
import { FileKeystore, type FileKeystoreOptions, readPassphrase, systemRandom } from '@trustmesh/identity/node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const PASSPHRASE = 'correct horse battery staple'
const refused = (code: string): unknown => expect.objectContaining({ name: 'IdentityError', code })

let directory: string
let warnings: string[]

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'keystore-')), 'keys')
  warnings = []
})

afterEach(async () => {
  vi.restoreAllMocks()
  await rm(join(directory, '..'), { recursive: true })
})

function keystore(passphrase: string | null, options: Partial<FileKeystoreOptions> = {}): FileKeystore {
  return new FileKeystore({
    directory,
    random: systemRandom,
    passphrase: async () => passphrase,
    warn: (message) => warnings.push(message),
    // A thousandth of the work that a real file takes.
    scryptLogN: 10,
    ...options,
  })
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

function keystoreContract(name: string, make: () => Keystore): void {
  describe(name, () => {
    it.each([
      '',
      '.',
      '..',
      '../x',
      '../../etc/passwd',
      '/etc/passwd',
      'a/b',
      'a\\b',
      '.hidden',
      '-rf',
      'a b',
      'a\0',
      'a\n',
      'ä',
      'a'.repeat(65),
    ])('refuses the name %j', async (bad) => {
      const store = make()
      await expect(store.load(bad)).rejects.toThrow(refused('keystore.name'))
      await expect(store.create(bad)).rejects.toThrow(refused('keystore.name'))
      await expect(loadOrCreate(store, bad)).rejects.toThrow(refused('keystore.name'))
    })

    it('refuses to make a key where there is one, and keeps that', async () => {
      const store = make()
      const { did } = await store.create('alice')
      await expect(store.create('alice')).rejects.toThrow(refused('keystore.exists'))
      expect((await store.load('alice'))?.did).toBe(did)
    })

    it('has no identity that was not made', async () => {
      const store = make()
      expect(await store.load('alice')).toBeNull()
      await store.create('alice')
      expect(await store.load('bob')).toBeNull()
    })

    it.each(['alice', 'a', '0', 'node.key_1-b', 'a'.repeat(64)])(
      'gives back the identity %j, able to sign',
      async (good) => {
        const store = make()
        const made = await store.create(good)
        const loaded = (await store.load(good)) as Identity
        expect(loaded.did).toBe(made.did)
        for (const identity of [made, loaded]) {
          expect(verifySigned(made.did, 'attestation', await identity.sign('attestation', { a: 1 }))).toBe(true)
        }
      },
    )

    it('makes another key for another name', async () => {
      const store = make()
      expect((await store.create('alice')).did).not.toBe((await store.create('bob')).did)
    })

    it('I12 has no heir, and lets none succeed, where there is no identity', async () => {
      const store = make()
      const { did } = await store.create('bob')
      expect(await store.heirOf('alice')).toBeNull()
      expect(await store.prepare('alice')).toBeNull()
      expect(await store.isPrepared('alice')).toBe(false)
      await expect(store.succeed('alice', did)).rejects.toThrow(refused('keystore.heir'))
      for (const bad of ['', '../x', 'alice+1']) {
        await expect(store.heirOf(bad)).rejects.toThrow(refused('keystore.name'))
        await expect(store.prepare(bad)).rejects.toThrow(refused('keystore.name'))
        await expect(store.isPrepared(bad)).rejects.toThrow(refused('keystore.name'))
        await expect(store.succeed(bad, did)).rejects.toThrow(refused('keystore.name'))
      }
    })

    it('I12 lets nobody succeed but the heir, and that not before it is prepared', async () => {
      const store = make()
      const { did } = await store.create('alice')
      const { did: stranger } = await store.create('alice-2')
      const heir = (await store.heirOf('alice')) as Identity
      await expect(store.succeed('alice', heir.did)).rejects.toThrow(refused('keystore.heir'))
      const { next } = (await store.prepare('alice')) as Heirs
      for (const other of [did, stranger, next.did]) {
        await expect(store.succeed('alice', other)).rejects.toThrow(refused('keystore.heir'))
      }
      expect((await store.load('alice'))?.did).toBe(did)
      expect((await store.heirOf('alice'))?.did).toBe(heir.did)
    })

    it('I12 puts one heir after the other in place, each of them made ahead', async () => {
      const store = make()
      const dids = [(await store.create('alice')).did]
      await store.create('alice.1')
      for (let heir = await store.heirOf('alice'); heir && dids.length < 13; heir = await store.heirOf('alice')) {
        expect(await store.isPrepared('alice')).toBe(false)
        const heirs = (await store.prepare('alice')) as Heirs
        expect(await store.isPrepared('alice')).toBe(true)
        expect((await store.prepare('alice'))?.next.did).toBe(heirs.next.did)
        expect(heirs.heir.did).toBe(heir.did)
        const succeeded = await store.succeed('alice', heir.did)
        expect(verifySigned(heir.did, 'attestation', await succeeded.sign('attestation', { a: 1 }))).toBe(true)
        expect((await store.load('alice'))?.did).toBe(heir.did)
        expect((await store.heirOf('alice'))?.did).toBe(heirs.next.did)
        dids.push(heir.did)
      }
      expect(new Set(dids).size).toBe(13)
    })

    it('I12 prepares one heir of the heir, whichever of many is first', async () => {
      const store = make()
      await store.create('alice')
      const prepared = await Promise.all(Array.from({ length: 8 }, () => store.prepare('alice')))
      expect(new Set(prepared.map((heirs) => heirs?.next.did)).size).toBe(1)
      const { heir, next } = prepared[0] as Heirs
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => store.succeed('alice', heir.did)))
      const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      expect(failed).toEqual(Array(7).fill(refused('keystore.heir')))
      expect((await store.load('alice'))?.did).toBe(heir.did)
      expect((await store.heirOf('alice'))?.did).toBe(next.did)
    })

    it('makes one key, whichever of many creators is first', async () => {
      const store = make()
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => loadOrCreate(store, 'alice')))
      expect(new Set(outcomes.map(({ identity }) => identity.did)).size).toBe(1)
      expect(outcomes.filter(({ created }) => created)).toHaveLength(1)
      expect((await loadOrCreate(store, 'alice')).created).toBe(false)
    })
  })
}

keystoreContract('MemoryKeystore', () => new MemoryKeystore(systemRandom))
keystoreContract('FileKeystore, encrypted', () => keystore(PASSPHRASE))
keystoreContract('FileKeystore, in plaintext', () => keystore(null))

describe('FileKeystore', () => {
  it.each([0o640, 0o644, 0o604, 0o660, 0o620, 0o602, 0o611, 0o710])(
    'I16 refuses a key file of mode %o',
    async (mode) => {
      for (const passphrase of [PASSPHRASE, null]) {
        const name = passphrase ? 'sealed' : 'plain'
        const store = keystore(passphrase)
        await store.create(name)
        const path = await store.pathOf(name)
        await chmod(path, mode)
        await expect(store.load(name)).rejects.toThrow(refused('keystore.permissions'))
        await expect(store.create(name)).rejects.toThrow(refused('keystore.permissions'))
        await chmod(path, 0o600)
        expect(await store.load(name)).not.toBeNull()
      }
    },
  )

  it('I16 makes files of mode 0600 in a folder of mode 0700', async () => {
    for (const passphrase of [PASSPHRASE, null]) {
      const store = keystore(passphrase)
      await store.create(passphrase ? 'sealed' : 'plain')
      expect(await modeOf(await store.pathOf(passphrase ? 'sealed' : 'plain'))).toBe(0o600)
    }
    expect(await modeOf(directory)).toBe(0o700)
  })

  it.each(['wrong', `${PASSPHRASE} `, PASSPHRASE.toUpperCase()])(
    'I16 refuses the wrong passphrase %j',
    async (wrong) => {
      const { did } = await keystore(PASSPHRASE).create('alice')
      await expect(keystore(wrong).load('alice')).rejects.toThrow(refused('keystore.passphrase'))
      await expect(keystore(wrong).create('alice')).rejects.toThrow(refused('keystore.passphrase'))
      expect((await keystore(PASSPHRASE).load('alice'))?.did).toBe(did)
    },
  )

  it('I16 refuses to open an encrypted key where no passphrase is given', async () => {
    await keystore(PASSPHRASE).create('alice')
    await expect(keystore(null).load('alice')).rejects.toThrow(refused('keystore.passphrase'))
    await expect(keystore(null).create('alice')).rejects.toThrow(refused('keystore.passphrase'))
    expect((await readdir(directory)).sort()).toEqual(['alice+1.age', 'alice.age'])
  })

  it('I16 refuses an encrypted file of which a byte has changed', async () => {
    const store = keystore(PASSPHRASE)
    await store.create('alice')
    const path = await store.pathOf('alice')
    const sealed = await readFile(path)
    for (const at of [0, 30, sealed.indexOf('---') + 5, sealed.length - 1]) {
      const turned = Buffer.from(sealed)
      turned[at] = (turned[at] as number) ^ 1
      await writeFile(path, turned)
      await expect(keystore(PASSPHRASE).load('alice'), `byte ${at}`).rejects.toThrow(refused('keystore.passphrase'))
    }
  })

  it('refuses a file that holds no Ed25519 key', async () => {
    const store = keystore(null)
    await store.create('alice')
    const path = await store.pathOf('alice')
    const pemOf = (type: 'x25519' | 'ed448'): string =>
      generateKeyPairSync(type as 'x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    const good = await readFile(path, 'utf8')
    for (const content of [
      '',
      'garbage',
      good.slice(0, -40),
      good.replace('MC4C', 'MC4D'),
      pemOf('x25519'),
      pemOf('ed448'),
    ]) {
      await writeFile(path, content)
      await expect(store.load('alice')).rejects.toThrow(refused('keystore.malformed'))
    }
  })

  it('lets exactly one of many creators make the key, and leaves nothing else behind', async () => {
    for (const passphrase of [PASSPHRASE, null]) {
      const name = passphrase ? 'sealed' : 'plain'
      const stores = Array.from({ length: 8 }, () => keystore(passphrase))
      const outcomes = await Promise.allSettled(stores.map((store) => store.create(name)))
      const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.did] : []))
      expect(made).toHaveLength(1)
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refused('keystore.exists'))
      for (const store of stores) expect((await store.load(name))?.did).toBe(made[0])
    }
    expect((await readdir(directory)).sort()).toEqual(['plain+1.pem', 'plain.pem', 'sealed+1.age', 'sealed.age'])
  })

  it.each(['writeFile', 'sync'] as const)('leaves no file behind when %s fails, and no key', async (method) => {
    const store = keystore(PASSPHRASE)
    const handle = await open(tmpdir(), 'r')
    const fileHandle = Object.getPrototypeOf(handle) as typeof handle
    await handle.close()
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    vi.spyOn(fileHandle, method).mockRejectedValueOnce(full)
    await expect(store.create('alice')).rejects.toBe(full)
    expect(await readdir(directory)).toEqual([])
    expect(await store.load('alice')).toBeNull()
    await store.create('alice')
    expect((await readdir(directory)).sort()).toEqual(['alice+1.age', 'alice.age'])
  })

  it('I12 makes no identity without an heir, whatever fails', async () => {
    const store = keystore(PASSPHRASE)
    const handle = await open(tmpdir(), 'r')
    const fileHandle = Object.getPrototypeOf(handle) as typeof handle
    await handle.close()
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const { writeFile: real } = fileHandle
    const write = vi.spyOn(fileHandle, 'writeFile')
    write.mockImplementationOnce(function (this: typeof handle, ...args) {
      write.mockRejectedValueOnce(full)
      return real.apply(this, args)
    })
    await expect(store.create('alice')).rejects.toBe(full)
    expect(await store.load('alice')).toBeNull()
    const { did } = await store.create('alice')
    expect((await store.heirOf('alice'))?.did).not.toBe(did)
    expect((await readdir(directory)).sort()).toEqual(['alice+1.age', 'alice.age'])
  })

  it('I12, I16 leaves no plaintext of an old key behind where keys have come to be sealed', async () => {
    const plain = keystore(null)
    await plain.create('alice')
    const sealed = keystore(PASSPHRASE)
    for (let n = 0; n < 2; n++) await sealed.succeed('alice', ((await sealed.prepare('alice')) as Heirs).heir.did)
    expect((await readdir(directory)).sort()).toEqual(['alice+3.age', 'alice.age'])
  })

  it('I16 puts no key in plaintext beside a sealed one, which would be read in its place', async () => {
    const store = keystore(PASSPHRASE)
    const { did } = await store.create('alice')
    const { did: heir } = await keystore(null).create('bob')
    await rename(join(directory, 'bob.pem'), join(directory, 'alice+1.pem'))
    await rm(join(directory, 'alice+1.age'))
    await store.prepare('alice')
    await expect(store.succeed('alice', heir)).rejects.toThrow(refused('keystore.heir'))
    expect((await store.load('alice'))?.did).toBe(did)
    expect((await store.heirOf('alice'))?.did).toBe(heir)
  })

  it('keeps nothing of the seed in an encrypted file, and does not warn of it', async () => {
    const seed = Buffer.alloc(32, 0x5a)
    const store = keystore(PASSPHRASE, {
      random: (length) => (length === 32 ? new Uint8Array(seed) : systemRandom(length)),
    })
    expect((await store.create('alice')).did).toBe(identityFromSeed(seed).did)
    await store.load('alice')
    const content = await readFile(await store.pathOf('alice'))
    expect(content.toString('latin1').startsWith('age-encryption.org/v1\n-> scrypt ')).toBe(true)
    expect(content.includes(seed.subarray(0, 8))).toBe(false)
    expect(content.includes(seed.toString('base64').slice(0, 8))).toBe(false)
    expect(warnings).toEqual([])
  })

  it('warns of each plaintext key that it writes or reads', async () => {
    const store = keystore(null)
    await store.create('alice')
    expect(warnings).toHaveLength(1)
    await store.load('alice')
    expect(warnings).toHaveLength(2)
    await keystore(PASSPHRASE).load('alice')
    expect(warnings).toHaveLength(3)
    expect(await readFile(await store.pathOf('alice'), 'utf8')).toMatch(
      /^-----BEGIN PRIVATE KEY-----\n[\w+/=]{64}\n-----END PRIVATE KEY-----\n$/,
    )
  })

  it('asks for the passphrase once, and not before it is needed', async () => {
    const passphrase = vi.fn(async () => PASSPHRASE)
    const store = keystore(null, { passphrase })
    expect(await store.load('alice')).toBeNull()
    expect(passphrase).not.toHaveBeenCalled()
    await Promise.all([store.create('alice'), store.create('bob')])
    await store.load('alice')
    expect(passphrase).toHaveBeenCalledTimes(1)
  })

  it('S19 says nothing of passphrase or content when it fails', async () => {
    const canary = 'CANARY-passphrase'
    await keystore(canary).create('alice')
    await keystore(null).create('bob')
    await writeFile(
      join(directory, 'bob.pem'),
      `-----BEGIN PRIVATE KEY-----\n${Buffer.from(canary).toString('base64')}\n-----END PRIVATE KEY-----\n${canary}`,
    )
    const errors = await Promise.all([
      keystore(`${canary}!`)
        .load('alice')
        .catch((error: unknown) => error),
      keystore(null)
        .load('bob')
        .catch((error: unknown) => error),
    ])
    expect(errors).toEqual([refused('keystore.passphrase'), refused('keystore.malformed')])
    for (const error of errors) {
      for (let link = error; link instanceof Error; link = link.cause) {
        expect(`${link.stack}${link}${JSON.stringify(link)}`).not.toContain(canary)
        expect(`${link.stack}${link}${JSON.stringify(link)}`).not.toContain(Buffer.from(canary).toString('base64'))
      }
    }
  })

  it.runIf(hasAge())('I16 writes what the standard `age` opens: a PKCS #8 PEM of the same key', async () => {
    const store = keystore(PASSPHRASE)
    const { did } = await store.create('alice')
    const path = await store.pathOf('alice')
    expect(ageDecrypt(path, 'not this one')).toBeNull()
    const pem = ageDecrypt(path, PASSPHRASE) as string
    const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' })
    expect(new Uint8Array(spki.subarray(-32))).toEqual(keyOf(did))
    // What `age` decrypted serves as a plaintext key file as it is.
    await writeFile(join(directory, 'copy.pem'), pem, { mode: 0o600 })
    expect((await keystore(null).load('copy'))?.did).toBe(did)
  })
})

describe(readPassphrase, () => {
  const prompt = async (): Promise<string> => 'from the prompt'

  it('refuses to go on where the file that it is told of is absent', async () => {
    const env = { TRUSTMESH_PASSPHRASE_FILE: join(directory, 'absent') }
    await expect(readPassphrase({ env, prompt })).rejects.toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })

  it('takes the environment before the file, and the file before the prompt', async () => {
    await keystore(null).create('makes-the-folder')
    const path = join(directory, 'passphrase')
    await writeFile(path, 'from the file\r\nits second line\n')
    const both = { TRUSTMESH_PASSPHRASE: 'from the environment', TRUSTMESH_PASSPHRASE_FILE: path }
    expect(await readPassphrase({ env: both, prompt })).toBe('from the environment')
    expect(await readPassphrase({ env: { TRUSTMESH_PASSPHRASE_FILE: path }, prompt })).toBe('from the file')
    expect(await readPassphrase({ env: { ...both, TRUSTMESH_PASSPHRASE: '' }, prompt })).toBe('from the file')
    expect(await readPassphrase({ env: {}, prompt })).toBe('from the prompt')
  })

  it('does not take an empty passphrase for one', async () => {
    const env = { TRUSTMESH_PASSPHRASE: '', TRUSTMESH_PASSPHRASE_FILE: '' }
    expect(await readPassphrase({ env, prompt })).toBe('from the prompt')
    expect(await readPassphrase({ env, prompt: async () => '' })).toBeNull()
    expect(await readPassphrase({ env })).toBeNull()
    expect(await readPassphrase({ env: {} })).toBeNull()
  })

  it.each(['', '\n', '\r\n', '\nsecond line\n'])(
    'refuses to go on where the file that it is told of begins %j',
    async (text) => {
      await keystore(null).create('makes-the-folder')
      const path = join(directory, 'passphrase')
      await writeFile(path, text)
      const env = { TRUSTMESH_PASSPHRASE_FILE: path }
      await expect(readPassphrase({ env, prompt })).rejects.toThrow(refused('keystore.passphrase'))
    },
  )
})

/** Whether the standard tool is here. Where it must be (in CI), absence is an error. */
function hasAge(): boolean {
  const missing = ['age', 'python3'].filter((tool) => spawnSync(tool, ['--version']).status !== 0)
  if (missing.length === 0) return true
  const message = `${missing.join(' and ')} not installed: that the standard tool opens an encrypted key file is not tested`
  if (process.env['CI'] === 'true') throw new Error(message)
  console.warn(`left out: ${message}`)
  return false
}

/** What `age --decrypt` prints after the passphrase has been typed at its terminal; `null` where it fails. */
function ageDecrypt(path: string, passphrase: string): string | null {
  const out = `${path}.opened`
  const type = `
import os, pty, sys
path, out, passphrase = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0: os.execvp('age', ['age', '--decrypt', '--output', out, path])
said = b''
while b'passphrase' not in said: said += os.read(terminal, 1024)
os.write(terminal, passphrase.encode() + b'\\n')
try:
    while os.read(terminal, 1024): pass
except OSError: pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`
  try {
    execFileSync('python3', ['-c', type, path, out, passphrase], { timeout: 30_000 })
  } catch {
    return null
  }
  return readFileSync(out, 'utf8')
}
