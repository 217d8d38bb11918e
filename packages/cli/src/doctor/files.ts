import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openStatement } from '@trustmesh/identity'
import { type NodeConfig, NodeError } from '@trustmesh/mesh-node/setup'
import { parseDelegation } from '@trustmesh/trust'
import type { Cli } from '../cli.ts'
import type { Finding } from './finding.ts'

const DAY_MS = 86_400_000
/** A membership is renewed while there is time for that. */
const RENEWAL_MS = 30 * DAY_MS

/** Whatever lies on the disk: who else may read it, and how long it is good for. */
export async function examineFiles(cli: Cli, config: NodeConfig): Promise<Finding[]> {
  return [...(await examineKeys(cli, config)), await examineMesh(cli)]
}

async function examineKeys(cli: Cli, { dataDir }: NodeConfig): Promise<Finding[]> {
  const folders = [
    join(cli.folder, 'agents'),
    join(cli.folder, 'operators'),
    join(dataDir, 'keys'),
    join(dataDir, 'root'),
  ]
  const files = await Promise.all(folders.map(keysIn))
  const secrets = [...files.flat(), join(cli.folder, 'contexts.json'), join(dataDir, 'tokens.json')]
  const open = (await Promise.all(secrets.map(async (path) => ((await isOpen(path)) ? [path] : [])))).flat()
  const findings = open.map((path): Finding => {
    return { check: 'keys', state: 'fault', detail: `others may read ${path}`, fix: `chmod 600 ${path}` }
  })
  if (findings.length > 0) return findings
  const plain = files.flat().filter((path) => path.endsWith('.pem'))
  if (plain.length === 0) return [{ check: 'keys', state: 'ok', detail: 'nobody else may read them' }]
  const detail = `nobody else may read them, but ${plain.length} are not encrypted: good for development only`
  return [{ check: 'keys', state: 'warning', detail, fix: 'set TRUSTMESH_PASSPHRASE_FILE before trustmesh init' }]
}

async function examineMesh(cli: Cli): Promise<Finding> {
  const check = 'mesh'
  try {
    const file = await cli.mesh()
    if (!file)
      return {
        check,
        state: 'warning',
        detail: 'this machine is no node of a mesh',
        fix: 'trustmesh init, or trustmesh node join TOKEN',
      }
    const ends = file.chain.map((bytes) => parseDelegation(openStatement(bytes)).exp)
    const restMs = Math.min(...ends) - Date.now()
    const detail = `its membership ends in ${Math.floor(restMs / DAY_MS)} days`
    const fix = 'trustmesh node renew --root DIR, at the first node'
    if (restMs <= 0) return { check, state: 'fault', detail: 'its membership has ended', fix }
    return restMs < RENEWAL_MS ? { check, state: 'warning', detail, fix } : { check, state: 'ok', detail }
  } catch (error) {
    if (!(error instanceof NodeError)) throw error
    return { check, state: 'fault', detail: error.message, fix: 'take mesh.json from a backup: docs/guides/running.md' }
  }
}

async function keysIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => /\.(?:age|pem)$/.test(name)).map((name) => join(folder, name))
}

async function isOpen(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && (found.mode & 0o077) !== 0
}
