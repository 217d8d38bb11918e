import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command, duration } from '../command.ts'
import { reasonOf, report, show } from '../operations.ts'

/** `trustmesh suspend` */
export function suspendCommand(cli: Cli): AnyCommand {
  return command('suspend', 'puts somebody on hold for a while; it can be taken back')
    .argument('<did>', 'whom: a petname, a Did, or the beginning of one')
    .option('--reason <text>', 'why')
    .option('--for <time>', 'for how long: 1h, 7d; 30 days at most', duration)
    .option('--lift', 'ends the hold; takes a second operator, always')
    .option('--dry-run', 'with --for: shows what it would do, and does nothing')
    .option('--wait', 'until every node has confirmed; exit 7 while some have not')
    .action(async (who, options) => {
      const { for: ttlMs, lift = false, dryRun = false, wait = false } = options
      const isOne = (ttlMs === undefined) === lift && !(lift && dryRun)
      if (!isOne) throw new CliError('cli.usage', 'give either --for or --lift; --dry-run goes with --for')
      const body = { reason: reasonOf(options), did: await (await cli.known()).did(who) }
      const client = await cli.client()
      if (ttlMs === undefined) return await report(cli, await client.call(CONTRACTS.liftSuspension, { body }), wait)
      const hold = { ...body, ttlMs }
      if (dryRun) return await show(cli, await client.call(CONTRACTS.previewSuspension, { body: hold }))
      await report(cli, await client.call(CONTRACTS.createSuspension, { body: hold }), wait)
    })
}
