import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command, Option } from '../command.ts'
import { table } from '../output.ts'

/** `trustmesh token` */
export function tokenCommand(cli: Cli): AnyCommand {
  const token = command('token', 'static tokens of the admin API, for programs; people sign in with a key of their own')

  token.addCommand(
    command('list', 'their names, and what each may do').action(async () => {
      const { items } = await (await cli.client()).call(CONTRACTS.listTokens, {})
      cli.output.answer('TokenList', { items }, (data) =>
        table(
          ['TOKEN', 'ROLE'],
          data.items.map(({ name, role }) => [name, role]),
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
    command('revoke', 'ends one, from the next request on')
      .argument('<name>', 'what it is called')
      .action(async (name) => {
        await (await cli.client()).call(CONTRACTS.deleteToken, { params: { name } })
        cli.output.answer(
          'Token',
          { name, revoked: true },
          (data, paint) => `${paint('green', '✓')} ${data.name} has ended`,
        )
      }),
  )

  return token
}
