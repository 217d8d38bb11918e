import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command } from '../command.ts'
import type { OperationView } from '../operation-shown.ts'
import { report } from '../operations.ts'
import { table } from '../output.ts'

/** `trustmesh approve` */
export function approveCommand(cli: Cli): AnyCommand {
  return command('approve', 'puts in force what another operator has ordered; without an id, what waits for that')
    .argument('[operation]', 'its id, or the beginning of it')
    .option('--reject', 'turns it down instead')
    .option('--wait', 'until every node has confirmed; exit 7 while some have not')
    .action(async (begins, { reject = false, wait = false }) => {
      const client = await cli.client()
      const waiting: OperationView[] = []
      for await (const item of client.items(CONTRACTS.listOperations, { state: 'awaiting-approval' }))
        waiting.push(item)
      if (begins === undefined) return await show(cli, waiting)
      const [operation, other] = waiting.filter(({ id }) => id.startsWith(begins))
      if (!operation) throw new CliError('cli.not-found', `nothing that begins with "${begins}" waits for approval`)
      if (other)
        throw new CliError('cli.ambiguous', `several begin with "${begins}"`, { why: [operation.id, other.id] })
      const contract = reject ? CONTRACTS.rejectOperation : CONTRACTS.approveOperation
      const decided = await client.call(contract, { params: { id: operation.id }, body: {} })
      if (!reject) return await report(cli, decided, wait)
      cli.output.answer('Operation', decided, ({ id }, paint) => `${paint('green', '✓')} ${id} is turned down`)
    })
}

async function show(cli: Cli, items: readonly OperationView[]): Promise<void> {
  const known = await cli.known()
  cli.output.answer('OperationList', { items }, (data) =>
    table(
      ['OPERATION', 'WHAT', 'WHOM', 'BY', 'SINCE'],
      data.items.map(({ id, order, by, requestedAt }) => [
        id,
        order.verb,
        ('did' in order ? [order.did] : order.targets.map((target) => ('did' in target ? target.did : target.iss)))
          .map(known.shown)
          .join(', '),
        known.petnameOf(by) ?? by,
        new Date(requestedAt).toISOString(),
      ]),
      'nothing waits for approval',
    ),
  )
}
