import { once } from 'node:events'
import { readFile, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { NodeConfig } from '@trustmesh/mesh-node/setup'
import type { Finding } from './finding.ts'

const MIB = 1024 * 1024
/** What a node needs to keep on writing for a while, and what it needs at all. */
const ENOUGH_BYTES = 512 * MIB
const LEAST_BYTES = 64 * MIB

/** The machine: ports, the store's lock, the disk. */
export async function examineMachine(config: NodeConfig, isServing: boolean): Promise<Finding[]> {
  const { listen, admin, dataDir } = config
  const ports = isServing
    ? [{ check: 'port', state: 'ok', detail: 'the node has them' } as const]
    : await Promise.all([examinePort('TRUSTMESH_LISTEN_PORT', listen), examinePort('TRUSTMESH_ADMIN_PORT', admin)])
  return [...ports, await examineStore(dataDir, isServing), await examineDisk(dataDir)]
}

async function examinePort(variable: string, { host, port }: { host: string; port: number }): Promise<Finding> {
  const check = 'port'
  const server = createServer().listen(port, host)
  try {
    await once(server, 'listening')
    return { check, state: 'ok', detail: port === 0 ? `any of ${host}` : `${host}:${port} is free` }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const fix = `${variable}=PORT, or end the other program: ss -ltnp 'sport = :${port}'`
    const why = code === 'EADDRINUSE' ? 'another program listens there' : `it cannot be listened on (${code})`
    return { check, state: 'fault', detail: `${host}:${port}: ${why}`, fix }
  } finally {
    server.close()
  }
}

/** Who holds a lock the kernel says, where it does; asking for the lock would take it from a node that is about to start. */
async function examineStore(dataDir: string, isServing: boolean): Promise<Finding> {
  const check = 'store'
  const lock = await stat(join(dataDir, 'statements', 'LOCK')).catch(() => null)
  const locks = await readFile('/proc/locks', 'utf8').catch(() => null)
  if (!lock) return { check, state: 'ok', detail: 'there is none yet' }
  if (locks === null) return { check, state: 'ok', detail: 'there; who holds it this system does not say' }
  const holder = new RegExp(`^\\d+: POSIX .* (\\d+) [0-9a-f]+:[0-9a-f]+:${lock.ino} `, 'm').exec(locks)?.[1]
  if (holder === undefined) return { check, state: 'ok', detail: 'nobody holds it' }
  if (isServing) return { check, state: 'ok', detail: `the node holds it (process ${holder})` }
  const detail = `process ${holder} holds it, and no node answers`
  return { check, state: 'fault', detail, fix: `kill ${holder}, if it is a node that hangs; then trustmesh up` }
}

async function examineDisk(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await existing(dataDir))
  return diskFinding(dataDir, bavail * bsize)
}

/** What so much free room means. */
export function diskFinding(folder: string, freeBytes: number): Finding {
  const detail = `${Math.floor(freeBytes / MIB)} MiB free`
  if (freeBytes >= ENOUGH_BYTES) return { check: 'disk', state: 'ok', detail }
  const state = freeBytes < LEAST_BYTES ? 'fault' : 'warning'
  return { check: 'disk', state, detail, fix: `make room: du -xh ${folder} | sort -h | tail` }
}

/** The folder, or the one that it will be made in. */
async function existing(folder: string): Promise<string> {
  return (await stat(folder).catch(() => null)) ? folder : await existing(dirname(folder))
}
