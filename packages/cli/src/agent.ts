import { readFile } from 'node:fs/promises'
import { type JoinOptions, joinMesh, type Mesh } from '@trustmesh/sdk'
import type { Cli } from './cli.ts'

/**
 * Joins as one of this person's agents: by the join file of the node on this machine, where there is one, or else as any agent
 * finds a mesh. Rejects as `joinMesh` of the SDK does.
 */
export async function joinAs(cli: Cli, name: string, options: Omit<JoinOptions, 'name'> = {}): Promise<Mesh> {
  const { joinFile } = await cli.config()
  const text = cli.world.env['TRUSTMESH_JOIN'] ? null : await readFile(joinFile, 'utf8').catch(() => null)
  const log = { info: () => {}, warn: cli.warn }
  return await joinMesh({
    ...(text !== null && !cli.world.env['TRUSTMESH_INVITATION'] && { join: JSON.parse(text) }),
    ...{ name, log, timeoutMs: cli.timeoutMs },
    ...options,
  })
}
