import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'
import { reasonOf, report, show } from '../operations.ts'

/** `trustmesh evict` */
export function evictCommand(cli: Cli): AnyCommand {
  return command('evict', 'ends the session that somebody has with this node; it may come back')
    .argument('<did>', 'whom: a petname, a Did, or the beginning of one')
    .option('--reason <text>', 'why')
    .option('--dry-run', 'shows what it would do, and does nothing')
    .action(async (who, options) => {
      const body = { reason: reasonOf(options), did: await (await cli.known()).did(who) }
      const client = await cli.client()
      if (options.dryRun) return await show(cli, await client.call(CONTRACTS.previewEviction, { body }))
      await report(cli, await client.call(CONTRACTS.createEviction, { body }), false)
    })
}
