import { readdir, readFile, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { NodeConfig } from '../config.ts'
import { readMeshFile } from '../membership/mesh-file.ts'
import { readCertificate } from '../tls/certificate.ts'
import type { Facts, FileFact } from './facts.ts'

/** What a process is, for whoever judges where it runs. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly nowMs: number
  /** `null` where the system has no such thing. */
  readonly uid: number | null
  /** What Node.js was told on its command line. */
  readonly execArgv: readonly string[]
  /** Path of the config file, if there is one. */
  readonly configFile: string | undefined
  readonly passphrase: () => Promise<string | null>
}

/** File systems that live in memory: tmpfs and ramfs, as statfs(2) names them. */
const VOLATILE: readonly number[] = [0x01021994, 0x858458f6]

/** Looks round, and changes nothing. What is not there, or cannot be looked at, is no fact. */
export async function gatherFacts(config: NodeConfig, surroundings: Surroundings): Promise<Facts> {
  const { env, nowMs, uid, execArgv, configFile, passphrase } = surroundings
  const { dataDir, tls } = config
  const keys = join(dataDir, 'keys')
  const inKeys = await namesIn(keys)
  const inRoot = await namesIn(join(dataDir, 'root'))
  const keyFiles = [...inKeys.map((name) => join(keys, name)), ...inRoot.map((name) => join(dataDir, 'root', name))]
  const own = ['', 'mesh.json', 'tokens.json', 'statements.key', 'statements.anchor', 'keys', 'root', 'audit'].map(
    (name) => join(dataDir, name),
  )
  const [dataFiles, foldersAbove, mesh, written] = await Promise.all([
    looks([...own, ...keyFiles]),
    looks(ancestorsOf(dataDir)),
    readMeshFile(dataDir).catch(() => null),
    Promise.all(own.map((path) => stat(path).catch(() => null))),
  ])
  const times = written.flatMap((it) => (it ? [it.mtimeMs] : []))
  return {
    config,
    nowMs,
    uid,
    env,
    nodeFlags: [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)].map((flag) => flag.replace(/=.*$/, '')),
    hasPassphrase: (await passphrase()) !== null,
    passphraseFile: await look(env['TRUSTMESH_PASSPHRASE_FILE']),
    configFile: await look(configFile),
    tlsKey: await look(tls?.key),
    certificateFaults: tls ? (await readCertificate(tls, nowMs)).faults : [],
    dataFiles,
    foldersAbove,
    plaintextKeys: keyFiles.filter((path) => path.endsWith('.pem')),
    rootKeys: keyFiles.filter((path) => /\/root(?:\+\d+)?\.(?:age|pem)$/.test(path)),
    tokens: await tokenNames(join(dataDir, 'tokens.json')),
    admission: mesh?.mesh.admission ?? null,
    isVolatile: VOLATILE.includes(await fileSystemOf(dataDir)),
    writtenAtMs: times.length > 0 ? Math.max(...times) : null,
  }
}

async function look(path: string | undefined): Promise<FileFact | null> {
  const found = path ? await stat(path).catch(() => null) : null
  return found && { path: path as string, isFolder: found.isDirectory(), mode: found.mode & 0o7777 }
}

async function looks(paths: readonly string[]): Promise<FileFact[]> {
  return (await Promise.all(paths.map(look))).filter((it) => it !== null)
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

function ancestorsOf(path: string): string[] {
  const above = dirname(resolve(path))
  return above === resolve(path) ? [] : [above, ...ancestorsOf(above)]
}

/** Of a folder, or of what it will be made in. */
async function fileSystemOf(folder: string): Promise<number> {
  for (const path of [resolve(folder), ...ancestorsOf(folder)]) {
    const found = await statfs(path).catch(() => null)
    if (found) return found.type
  }
  return 0
}

async function tokenNames(path: string): Promise<string[]> {
  try {
    const { tokens } = JSON.parse(await readFile(path, 'utf8')) as { tokens: readonly { readonly name: string }[] }
    return tokens.map(({ name }) => name)
  } catch {
    // What is wrong with the file itself the node says when it reads it.
    return []
  }
}
