import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'
import { catalogue, loadSimulator } from '../simulator.ts'
import { simCompareCommand } from './sim-compare.ts'
import { simReplayCommand } from './sim-replay.ts'
import { simRunCommand } from './sim-run.ts'

/** `trustmesh sim` */
export function simCommand(cli: Cli): AnyCommand {
  return command('sim', 'attacks a mesh in virtual time, and says how it holds')
    .addCommand(simListCommand(cli))
    .addCommand(simRunCommand(cli))
    .addCommand(simCompareCommand(cli))
    .addCommand(simReplayCommand(cli))
}

function simListCommand(cli: Cli): AnyCommand {
  return command('list', 'the scenarios: what each answers, and its parameters').action(async () => {
    const { loadScenario } = await loadSimulator()
    const all = await catalogue()
    const items = await Promise.all(
      Object.keys(all).map(async (named) => {
        const { scenario } = await loadScenario(named, all)
        const { name, title, question, threats } = scenario
        const parameters = Object.entries(scenario.parameters).map(
          ([parameter, { about, form, write, default: value }]) => {
            return { name: parameter, about, form, default: write(value as never) }
          },
        )
        return { name, title, question, threats, parameters }
      }),
    )
    cli.output.answer('ScenarioList', { items }, (data, paint) =>
      data.items
        .map(({ name, question, parameters }) => {
          const lines = parameters.map(
            (each) => `  --${each.name} ${each.default}  ${paint('dim', `${each.about} (${each.form})`)}`,
          )
          return [`${paint('bold', name)}  ${question}`, ...lines].join('\n')
        })
        .join('\n\n'),
    )
  })
}
