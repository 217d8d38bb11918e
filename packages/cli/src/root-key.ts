import { join } from 'node:path'
import { type Identity, meshIdOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import type { Issuance } from '@trustmesh/trust'
import type { Cli } from './cli.ts'
import { CliError } from './cli-error.ts'

/** Who founded the mesh, for once: from a folder that is at hand, and what it then signs. Rejects with `cli.not-found`. */
export async function openRoot(
  cli: Cli,
  folder: string | undefined,
): Promise<{ readonly root: Identity; readonly issuance: Issuance }> {
  const directory = folder ?? join((await cli.config()).dataDir, 'root')
  const root = await cli.keystore(directory).load('root')
  if (!root)
    throw new CliError('cli.not-found', `no key of the root in ${directory}`, { fix: 'say where it is: --root-dir' })
  return { root, issuance: { net: meshIdOf(root.did), clock: systemClock, random: systemRandom } }
}
