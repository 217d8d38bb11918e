import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command, duration } from '../command.ts'
import { report } from '../operations.ts'

/** `trustmesh suspend` */
export function suspendCommand(cli: Cli): AnyCommand {
  return command('suspend', 'puts somebody on hold for a while; it can be taken back')
    .argument('<did>', 'whom: a petname, a Did, or the beginning of one')
    .requiredOption('--reason <text>', 'why')
    .option('--for <time>', 'for how long: 1h, 7d; 30 days at most', duration)
    .option('--lift', 'ends the hold')
    .option('--wait', 'until every node has confirmed; exit 7 while some have not')
    .action(async (who, { reason, for: ttlMs, lift = false, wait = false }) => {
      if ((ttlMs === undefined) !== lift) throw new CliError('cli.usage', 'give either --for or --lift')
      const did = await (await cli.known()).did(who)
      const client = await cli.client()
      const operation =
        ttlMs === undefined
          ? await client.call(CONTRACTS.liftSuspension, { body: { did, reason } })
          : await client.call(CONTRACTS.createSuspension, { body: { did, ttlMs, reason } })
      await report(cli, operation, wait)
    })
}
