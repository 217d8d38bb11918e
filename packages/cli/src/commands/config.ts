import { explainConfig, NodeError } from '@trustmesh/mesh-node/setup'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { problemText } from '../failure.ts'
import { table } from '../output.ts'

/** `trustmesh config` */
export function configCommand(cli: Cli): AnyCommand {
  const config = command('config', 'how the node on this machine is set up, and which meshes you use')

  config.addCommand(
    command('show', 'what is set')
      .option('--origin', 'and where: default, FILE:LINE, the environment')
      .action(async ({ origin = false }) => {
        const { values } = await explainConfig(await cli.configSources())
        const data = { values: origin ? values : values.map(({ path, value }) => ({ path, value })) }
        cli.output.answer('Config', data, (shown) =>
          table(
            ['SETTING', 'VALUE', ...(origin ? ['ORIGIN'] : [])],
            shown.values.map((each) => [
              each.path,
              JSON.stringify(each.value),
              ...('origin' in each ? [String(each.origin)] : []),
            ]),
          ),
        )
      }),
  )

  config.addCommand(
    command('validate', 'whether it can be used, and if not, in which line it is wrong; exit 6 then')
      .argument('[file]', 'the config file')
      .action(async (given) => {
        const file = given ?? (await cli.configFile())
        const problems = await explainConfig({ ...(await cli.configSources()), file }).then(
          () => [],
          (error: unknown) => {
            if (error instanceof NodeError && error.code === 'config.invalid') return error.problems
            throw error
          },
        )
        cli.output.answer('Validation', { file, ok: problems.length === 0, problems }, (data, paint) =>
          data.ok
            ? `${paint('green', '✓')} ${data.file ?? 'what the environment says'} can be used`
            : data.problems.map((problem) => `${paint('red', '✗')} ${problemText(problem)}`).join('\n'),
        )
        if (problems.length > 0) cli.exitCode = EXIT.checkFailed
      }),
  )

  config.addCommand(
    command('contexts', 'the meshes that you use').action(async () => {
      const contexts = await cli.contexts()
      const items = contexts.names.map((name) => {
        const { admin = null, root = null, operator } = contexts.of(name)
        return { name, isCurrent: name === contexts.current, admin, root, operator: operator?.did ?? null }
      })
      cli.output.answer('ContextList', { file: contexts.path, items }, (data) =>
        table(
          ['', 'CONTEXT', 'ADMIN API', 'ROOT'],
          data.items.map(({ name, isCurrent, admin, root }) => [isCurrent ? '*' : '', name, admin ?? '', root ?? '']),
          'none yet: trustmesh init, trustmesh node join or trustmesh login make one',
        ),
      )
    }),
  )

  config.addCommand(
    command('use', 'which of them is meant where none is named')
      .argument('<context>')
      .action(async (name) => {
        const contexts = await cli.contexts()
        if (!contexts.has(name))
          throw new CliError('cli.no-context', `there is no context "${name}"`, { fix: 'trustmesh config contexts' })
        await contexts.use(name)
        cli.output.answer('Context', { name }, (data, paint) => `${paint('green', '✓')} ${data.name}`)
      }),
  )

  config.addCommand(
    command('forget', 'takes one of them out of the file, with its tokens and its petnames; keys stay')
      .argument('<context>')
      .action(async (name) => {
        const contexts = await cli.contexts()
        if (!contexts.has(name))
          throw new CliError('cli.no-context', `there is no context "${name}"`, { fix: 'trustmesh config contexts' })
        await contexts.remove(name)
        cli.output.answer(
          'Context',
          { name, forgotten: true },
          (data, paint) => `${paint('green', '✓')} ${data.name} is forgotten`,
        )
      }),
  )

  return config
}
