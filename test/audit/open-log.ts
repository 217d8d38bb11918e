import { join } from 'node:path'
import { tilePath, tilesOf } from '@trustmesh/audit'
import { type Identity, identityFromSeed } from '@trustmesh/identity'
import { FileKeystore, systemClock, systemRandom } from '@trustmesh/identity/node'
import { systemTimers } from '@trustmesh/mesh-node'
import { FileAuditLog, type FileAuditLogOptions } from '../../packages/mesh-node/src/audit/file.ts'
import type { AuditReader } from '../../packages/mesh-node/src/audit/reader.ts'

/** The key of the logs in these tests. */
export const logKey = identityFromSeed(new Uint8Array(32).fill(5))

/** A log on a real disk; an error of its disk fails the test unless it takes errors. */
export async function openLog(directory: string, options: Partial<FileAuditLogOptions> = {}): Promise<FileAuditLog> {
  return await FileAuditLog.open({
    directory,
    key: logKey,
    clock: systemClock,
    random: systemRandom,
    timers: systemTimers,
    onError: (error) => {
      throw error
    },
    ...options,
  })
}

/** Everything that a log shows, as an export has it. */
export async function exportOf(log: AuditReader): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const size = Number(log.checkpoint().split('\n')[1])
  const paths = [...tilesOf(size, Math.floor(log.first / 256))].map(tilePath)
  for (const path of ['checkpoint', 'key-chains', ...paths]) {
    const bytes = await log.file(path)
    if (bytes) files.set(path, bytes)
  }
  return files
}

/** The key with which the node of a data folder signs its log. */
export async function keyOfLogIn(dataDir: string): Promise<Identity> {
  const directory = join(dataDir, 'keys')
  const options = { directory, random: systemRandom, passphrase: async () => null, warn: () => {} }
  return (await new FileKeystore(options).load('log')) as Identity
}
