import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command, integer } from '../command.ts'
import { list, type Paint, table } from '../output.ts'

const FILTERS = ['status', 'tier', 'connected'] as const

/** `trustmesh agents` */
export function agentsCommand(cli: Cli): AnyCommand {
  const agents = command('agents', 'the agents of the mesh, and how far each is trusted')

  agents.addCommand(
    command('list', 'all of them, or those that a filter lets through')
      .argument('[filters...]', 'FIELD=VALUE, or FIELD=!VALUE for all others: status, tier, connected')
      .option('--limit <n>', 'at most so many', integer(1, 100_000))
      .action(async (filters, { limit = Number.POSITIVE_INFINITY }) => {
        const client = await cli.client()
        const known = await cli.known()
        const items = []
        for await (const item of client.items(CONTRACTS.listAgents, queryOf(filters))) {
          if (items.length >= limit) break
          items.push({ ...item, petname: known.petnameOf(item.did) })
        }
        cli.output.answer('AgentList', { items }, (data, paint) =>
          table(
            ['', 'AGENT', 'STATUS', 'TIER', 'SCORE', 'SAYS IT IS'],
            data.items.map(({ did, connected, status, tier, score, name = '' }) => [
              connected ? paint('green', '●') : '○',
              known.shown(did),
              statusShown(status, paint),
              tier,
              String(score),
              name,
            ]),
            'there are none',
          ),
        )
      }),
    { isDefault: true },
  )

  agents.addCommand(
    command('show', 'one of them')
      .argument('<did>', 'a petname, a Did, or the beginning of one')
      .action(async (who) => {
        const known = await cli.known()
        const did = await known.did(who)
        const agent = await (await cli.client()).call(CONTRACTS.getAgent, { params: { did } })
        cli.output.answer('Agent', { ...agent, petname: known.petnameOf(did) }, (data, paint) =>
          list([
            ['did', data.did],
            ['petname', data.petname],
            ['says it is', data.name],
            ['status', statusShown(data.status, paint)],
            ['tier', `${data.tier} (${data.score}, confidence ${data.confidence})`],
            ['sessions here', data.sessions],
          ]),
        )
      }),
  )

  return agents
}

/** Who is cut off is never shown as if it were there. */
function statusShown(status: string, paint: Paint): string {
  return status === 'active' ? status : paint('red', status)
}

function queryOf(filters: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    filters.map((filter) => {
      const [, field = '', value = ''] = /^([a-z]+)=(.+)$/.exec(filter) ?? []
      if ((FILTERS as readonly string[]).includes(field)) return [field, value]
      throw new CliError('cli.usage', `"${filter}" is no filter`, { fix: `FIELD=VALUE with ${FILTERS.join(', ')}` })
    }),
  )
}
