import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'
import { report } from '../operations.ts'

/** `trustmesh evict` */
export function evictCommand(cli: Cli): AnyCommand {
  return command('evict', 'ends the session that somebody has with this node; it may come back')
    .argument('<did>', 'whom: a petname, a Did, or the beginning of one')
    .requiredOption('--reason <text>', 'why')
    .action(async (who, { reason }) => {
      const did = await (await cli.known()).did(who)
      await report(cli, await (await cli.client()).call(CONTRACTS.createEviction, { body: { did, reason } }), false)
    })
}
