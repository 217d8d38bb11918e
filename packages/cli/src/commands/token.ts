import { type Answer, CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command, Option } from '../command.ts'
import { table } from '../output.ts'

/** `trustmesh token` */
export function tokenCommand(cli: Cli): AnyCommand {
  const token = command('token', 'static tokens of the admin API, for programs; people sign in with a key of their own')

  token.addCommand(
    command('list', 'their names, what each may do, and who made it when').action(async () => {
      const { items } = await (await cli.client()).call(CONTRACTS.listTokens, {})
      cli.output.answer('TokenList', { items }, (data) =>
        table(
          ['TOKEN', 'ROLE', 'MADE BY', 'AT'],
          data.items.map(({ name, role, createdBy = '', createdAt = '' }) => [name, role, createdBy, createdAt]),
          'there are none',
        ),
      )
    }),
  )

  token.addCommand(
    command('new', 'makes one and prints it, this once')
      .argument('<name>', 'what it is called in the audit log')
      .addOption(
        new Option('--role <role>', 'what it may do')
          .choices(['viewer', 'operator', 'admin'] as const)
          .makeOptionMandatory(),
      )
      .action(async (name, { role }) => {
        const made = await (await cli.client()).call(CONTRACTS.createToken, { body: { name, role } })
        cli.output.answer('Token', made, (data) => data.token)
        cli.output.note(`whoever has it is ${made.role}; nobody can be told it again`)
      }),
  )

  token.addCommand(
    command('revoke', 'ends one, or all that somebody has made, from the next request on')
      .argument('[name]', 'what it is called')
      .option('--made-by <name>', 'all that this one has made, and all that those have made: a token by name, or a Did')
      .action(async (name, { madeBy }) => {
        if ((name === undefined) === (madeBy === undefined)) {
          throw new CliError('cli.usage', 'name a token, or whose tokens end', { fix: 'trustmesh token list' })
        }
        const client = await cli.client()
        const { items } = await client.call(CONTRACTS.listTokens, {})
        const of = madeByOf(items, (madeBy ?? name) as string)
        const names = name === undefined ? of : [name]
        for (const each of names) await client.call(CONTRACTS.deleteToken, { params: { name: each } })
        cli.output.answer('TokenList', { revoked: names, ...(name !== undefined && { left: of }) }, (data, paint) =>
          [
            ...data.revoked.map((each) => `${paint('green', '✓')} ${each} has ended`),
            ...(data.revoked.length === 0 ? ['there are none'] : []),
            ...(data.left?.length ? [`those that it has made go on: ${data.left.join(', ')}`, next(name)] : []),
          ].join('\n'),
        )
      }),
  )

  return token
}

type TokenView = Answer<typeof CONTRACTS.listTokens>['items'][number]

/** The names of all tokens that somebody made, or that were made with one of those. */
function madeByOf(tokens: readonly TokenView[], maker: string): string[] {
  const found = new Set<string>()
  visit(maker)
  return [...found]

  function visit(by: string): void {
    for (const { name, createdBy } of tokens) {
      if (createdBy !== by || name === maker || found.has(name)) continue
      found.add(name)
      visit(name)
    }
  }
}

function next(name: string | undefined): string {
  return `next: trustmesh token revoke --made-by ${name}`
}
