import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateIdentity, meshIdOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { loadConfig, type PartialConfig, startNode, writeMeshFile } from '@trustmesh/mesh-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { gatherFacts, type Surroundings } from '../../packages/mesh-node/src/production/gather-facts.ts'
import { REASON_CODES, reasonsAgainst } from '../../packages/mesh-node/src/production/reasons.ts'
import { buildNode, EndedEarly, NodeProcess } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { hasOpenssl, makeCertificate } from './certificates.ts'

const DAY_MS = 86_400_000

/** A node that is fit for production, in files, until a case makes it unfit. */
interface Stage {
  readonly home: string
  readonly dataDir: string
  readonly files: { readonly cert: string; readonly key: string }
  config: PartialConfig
  around: Surroundings
}

async function stageIn(home: string): Promise<Stage> {
  const dataDir = join(home, 'node')
  await mkdir(join(dataDir, 'keys'), { recursive: true, mode: 0o700 })
  const passphraseFile = join(home, 'passphrase')
  const configFile = join(home, 'trustmesh.yaml')
  await writeFile(passphraseFile, 'correct horse\n', { mode: 0o600 })
  await writeFile(configFile, 'mode: production\n', { mode: 0o644 })
  for (const name of ['node', 'node+1', 'authority']) {
    await writeFile(join(dataDir, 'keys', `${name}.age`), 'sealed', { mode: 0o600 })
  }
  await writeMesh(dataDir, 'invited')
  await writeTokens(dataDir, 'prometheus')
  const files = await makeCertificate(home)
  const config = {
    mode: 'production',
    dataDir,
    joinFile: join(home, 'join.json'),
    tls: files,
    listen: { host: '0.0.0.0', port: 4210 },
    publicUrl: 'wss://mesh.example',
    allowedOrigins: ['https://app.example', 'https://app.example:8443'],
  } as const
  const env = { TRUSTMESH_PASSPHRASE_FILE: passphraseFile, NODE_OPTIONS: '--enable-source-maps' }
  const passphrase = async (): Promise<string> => 'correct horse'
  const around = {
    env,
    nowMs: systemClock.now(),
    uid: 1000,
    execArgv: ['--max-old-space-size=512'],
    configFile,
    passphrase,
  }
  return { home, dataDir, files, config, around }
}

async function writeMesh(dataDir: string, admission: 'open' | 'invited'): Promise<void> {
  const { did: root } = generateIdentity(systemRandom)
  const mesh = { net: meshIdOf(root), root, authorities: [root], threshold: 1, admission }
  await writeMeshFile(dataDir, { name: 'a test', mesh, chain: [], peers: [] })
}

async function writeTokens(dataDir: string, name: string): Promise<void> {
  const tokens = [{ name, role: 'viewer', sha256: '0'.repeat(64) }]
  await writeFile(join(dataDir, 'tokens.json'), JSON.stringify({ version: 1, tokens }), { mode: 0o600 })
}

const configured = (more: PartialConfig) => (stage: Stage) => {
  stage.config = { ...stage.config, ...more }
}
const inEnvironment = (env: Record<string, string>) => (stage: Stage) => {
  stage.around = { ...stage.around, env: { ...stage.around.env, ...env } }
}
const around = (more: Partial<Surroundings>) => (stage: Stage) => {
  stage.around = { ...stage.around, ...more }
}
const permitted = (path: (stage: Stage) => string, mode: number) => (stage: Stage) => chmod(path(stage), mode)
const keyIn =
  (folder: string, name: string) =>
  async ({ dataDir }: Stage) => {
    await mkdir(join(dataDir, folder), { recursive: true, mode: 0o700 })
    await writeFile(join(dataDir, folder, name), 'a key', { mode: 0o600 })
  }

/** What makes a node unfit, and which codes say so. */
const CASES: readonly (readonly [string, (stage: Stage) => unknown, ...codes: string[]])[] = [
  ['no TLS', configured({ tls: null }), 'production.no-tls'],
  [
    'an admin API that anybody can listen to',
    configured({ tls: null, admin: { host: '192.0.2.1' } }),
    'production.no-tls',
    'production.admin-plaintext',
  ],
  ['an admin API on every address', configured({ admin: { host: '0.0.0.0' } }), 'production.admin-hosts'],
  ['no address of its own', configured({ publicUrl: null }), 'production.public-url'],
  ['an address without TLS', configured({ publicUrl: 'ws://mesh.example' }), 'production.public-url-plaintext'],
  ['a proxy that nobody has named', configured({ tls: null, behindProxy: true }), 'production.proxy-unnamed'],
  ['the whole world as a proxy', configured({ trustProxy: ['0.0.0.0/0'] }), 'production.proxy-everyone'],
  ['any origin', configured({ allowedOrigins: ['*'] }), 'production.any-origin'],
  ['the origin of files', configured({ allowedOrigins: ['null'] }), 'production.any-origin'],
  ['an origin without TLS', configured({ allowedOrigins: ['http://app.example'] }), 'production.any-origin'],
  ['webhooks to itself', configured({ webhooks: { allowLoopback: true } }), 'production.webhooks-loopback'],
  ['operators who need nobody', configured({ admin: { secondOperatorAbove: 10_000 } }), 'production.second-operator'],
  [
    'places that one address may take',
    configured({ limits: { maxUnauthenticatedPerAddress: 1024 } }),
    'production.limits',
  ],
  [
    'anybody, at any rate',
    async (stage) => {
      await writeMesh(stage.dataDir, 'open')
      configured({ limits: { statementsPerSecondPerDid: 10_000 } })(stage)
    },
    'production.open-admission',
  ],
  ['a log that tells too much', configured({ log: { level: 'debug' } }), 'production.debug-log'],
  ['paths that move with who starts it', configured({ joinFile: 'join.json' }), 'production.relative-path'],
  ['no mesh', ({ dataDir }) => rm(join(dataDir, 'mesh.json')), 'production.no-mesh'],
  ['no passphrase', around({ passphrase: async () => null }), 'production.no-passphrase'],
  [
    'the passphrase in the environment',
    inEnvironment({ TRUSTMESH_PASSPHRASE: 'x' }),
    'production.passphrase-in-environment',
  ],
  [
    'a passphrase that others read',
    permitted(({ home }) => join(home, 'passphrase'), 0o640),
    'production.passphrase-file',
  ],
  ['a key in plaintext', keyIn('keys', 'authority.pem'), 'production.plaintext-key'],
  ['an heir in plaintext', keyIn('keys', 'authority+1.pem'), 'production.plaintext-key'],
  ['the root’s key', keyIn('keys', 'root.age'), 'production.root-key'],
  ['the root’s key in the folder that init makes', keyIn('root', 'root.age'), 'production.root-key'],
  ['the token of the first start', ({ dataDir }) => writeTokens(dataDir, 'operator'), 'production.first-token'],
  ['a data folder that others look into', permitted(({ dataDir }) => dataDir, 0o750), 'production.permissions'],
  [
    'a key that others read',
    permitted(({ dataDir }) => join(dataDir, 'keys', 'node.age'), 0o604),
    'production.permissions',
  ],
  [
    'a folder of keys that others look into',
    permitted(({ dataDir }) => join(dataDir, 'keys'), 0o711),
    'production.permissions',
  ],
  [
    'tokens that others read',
    permitted(({ dataDir }) => join(dataDir, 'tokens.json'), 0o640),
    'production.permissions',
  ],
  ['a mesh that others write', permitted(({ dataDir }) => join(dataDir, 'mesh.json'), 0o620), 'production.permissions'],
  [
    'a config that others write',
    permitted(({ home }) => join(home, 'trustmesh.yaml'), 0o664),
    'production.config-permissions',
  ],
  ['a TLS key that others read', permitted(({ files }) => files.key, 0o644), 'production.tls-key-permissions'],
  ['a folder that anybody may replace', permitted(({ home }) => home, 0o777), 'production.writable-folder'],
  ['the superuser', around({ uid: 0 }), 'production.superuser'],
  [
    'certificates that nobody looks at',
    inEnvironment({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    'production.unverified-tls',
  ],
  ['broken TLS', around({ execArgv: ['--tls-min-v1.0'] }), 'production.old-tls'],
  [
    'a parser that takes anything',
    inEnvironment({ NODE_OPTIONS: '--insecure-http-parser' }),
    'production.lenient-http',
  ],
  ['an inspector', around({ execArgv: ['--inspect=0.0.0.0:9229'] }), 'production.inspector'],
  ['an inspector from the environment', inEnvironment({ NODE_OPTIONS: '--inspect-brk' }), 'production.inspector'],
  [
    'a clock behind what it has written',
    async ({ dataDir }) => {
      const later = new Date(systemClock.now() + 10 * 60_000)
      await utimes(join(dataDir, 'mesh.json'), later, later)
    },
    'production.clock',
  ],
  ['a clock before all releases', around({ nowMs: 0 }), 'production.clock', 'tls.not-yet-valid'],
  ['a certificate of the past', around({ nowMs: systemClock.now() + 3 * DAY_MS }), 'tls.expired'],
  [
    'a certificate of the future',
    around({ nowMs: systemClock.now() - 2 * DAY_MS }),
    'production.clock',
    'tls.not-yet-valid',
  ],
  [
    'a key of another certificate',
    async ({ home, files }) => {
      await mkdir(join(home, 'other'))
      await copyFile((await makeCertificate(join(home, 'other'))).key, files.key)
    },
    'tls.key-mismatch',
  ],
  ['a weak key', ({ home }) => makeCertificate(home, { isWeak: true }), 'tls.weak-key'],
  ['no certificate', ({ files }) => rm(files.cert), 'tls.unreadable'],
]
/** In memory, where the system has such a folder. */
const VOLATILE = '/dev/shm'

async function codesOf({ config, around }: Stage): Promise<string[]> {
  const facts = await gatherFacts(await loadConfig({ overrides: config }), around)
  const reasons = reasonsAgainst(facts)
  for (const { problem, mend } of reasons) expect([problem, mend]).not.toContain('')
  return [...new Set(reasons.map(({ code }) => code))].sort()
}

describe.skipIf(!hasOpenssl())(reasonsAgainst, () => {
  const cases = CASES.map(([name, spoil, ...codes]) => ({ name, spoil, codes }))
  it.each(cases)('P14 refuses $name', async ({ spoil, codes }) => {
    await using folder = await temporaryFolder()
    const stage = await stageIn(folder.path)
    await spoil(stage)
    expect(await codesOf(stage)).toEqual(codes.sort())
  })

  it.skipIf(!existsSync(VOLATILE))('P14 refuses a folder that is gone when the machine stops', async () => {
    const home = await mkdtemp(join(VOLATILE, 'trustmesh-'))
    try {
      expect(await codesOf(await stageIn(home))).toEqual(['production.volatile-data'])
    } finally {
      await rm(home, { recursive: true })
    }
  })

  it('has nothing against a node that is fit', async () => {
    await using folder = await temporaryFolder()
    const stage = await stageIn(folder.path)
    expect(await codesOf(stage)).toEqual([])
    configured({ tls: null, behindProxy: true, trustProxy: ['127.0.0.1/32'] })(stage)
    expect(await codesOf(stage)).toEqual([])
  })

  it('has a case for each of its codes', () => {
    const seen = new Set([...CASES.flatMap(([, , ...codes]) => codes), 'production.volatile-data'])
    expect([...seen].sort()).toEqual([...REASON_CODES].sort())
  })
})

describe('production', () => {
  it('P14 is refused with every reason at once, and nothing is touched', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'node')
    const overrides = { mode: 'production', dataDir, joinFile: join(folder.path, 'join.json') } as const
    const config = await loadConfig({ overrides })
    const log = { info: () => {}, warn: () => {}, error: () => {} }
    const error = await startNode(config, { log, passphrase: async () => null }).then(
      () => expect.unreachable(),
      (reason) => reason,
    )
    const codes = error.problems.map(({ code }: { code: string }) => code)
    expect(error.code).toBe('production.refused')
    expect(codes).toEqual(
      expect.arrayContaining(['production.no-tls', 'production.no-mesh', 'production.no-passphrase']),
    )
    for (const code of codes) expect(error.message).toContain(code)
    expect(existsSync(dataDir)).toBe(false)
  })
})

describe('a node in a process of its own', () => {
  beforeAll(buildNode, 180_000)

  it('I16 does not begin over plaintext keys where NODE_ENV says production', async () => {
    await using folder = await temporaryFolder()
    await (await NodeProcess.start({ home: folder.path })).stop()
    const ended = await NodeProcess.start({ home: folder.path, env: { NODE_ENV: 'production' } }).catch(
      (error) => error,
    )
    expect(ended).toBeInstanceOf(EndedEarly)
    expect(ended.exitCode).toBe(2)
    for (const code of [
      'production.plaintext-key',
      'production.root-key',
      'production.first-token',
      'production.no-tls',
    ]) {
      expect(ended.stderr).toContain(code)
    }
    expect(ended.stderr).toContain('age --encrypt --passphrase')
  })

  it.skipIf(!hasOpenssl())('names what mends it, also where it is one thing alone', async () => {
    await using folder = await temporaryFolder()
    const { config, around, dataDir } = await stageIn(folder.path)
    // Who tests as the superuser has one thing wrong.
    if (process.getuid?.() !== 0) await rm(join(dataDir, 'mesh.json'))
    const file = around.configFile as string
    await writeFile(file, JSON.stringify(config))
    const env = { TRUSTMESH_PASSPHRASE_FILE: join(folder.path, 'passphrase') }
    const started = NodeProcess.start({ home: folder.path, env, args: ['--config', file] })
    const { exitCode, stderr } = await started.then(
      () => expect.unreachable(),
      (error: EndedEarly) => error,
    )
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/production\.[a-z-]+: .+\n {6}\S/)])
    expect(stderr.match(/production\.[a-z]+-?[a-z]*:/g)).toHaveLength(2)
  })
})
