import { join } from 'node:path'
import type { ExperimentResults } from '@trustmesh/simulator'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command, InvalidArgumentError, integer } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { list, type Paint, table } from '../output.ts'
import { JOBS, LIMIT, simulate, speedText } from '../simulating.ts'
import { catalogue, loadSimulator, type Simulator } from '../simulator.ts'

const RUNS = 20
const SMALL_RUNS = 5

/** `trustmesh sim run` */
export function simRunCommand(cli: Cli): AnyCommand {
  return command(
    'run',
    'plays a scenario so many times, and answers with figures, intervals and a report; exit 6 where what it claims does not hold',
  )
    .argument('<scenario>', 'its name, or the path of a module; then its parameters: --agents 200')
    .option(
      '--sweep <parameter=values>',
      'goes through these, all combinations where there are several: halfLife=1d,7d',
      collect,
      [],
    )
    .option('--runs <n>', `how many runs of each point: ${RUNS}, or ${SMALL_RUNS} with --small`, integer(1, 100_000))
    .option('--from-run <n>', 'the number of the first run, to see one of many again', integer(0, 100_000_000))
    .option('--seed <text>', 'all that is drawn follows from it', seedText, '1')
    .option('--small', 'with values with which it is over in seconds')
    .option(...JOBS)
    .option(...LIMIT)
    .option('--out <dir>', 'the folder for the results: trustmesh-sim/NAME-SEED')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', '\nThe parameters of each scenario: trustmesh sim list')
    .action(async (named, { sweep, runs, fromRun, seed, small = false, out, ...playing }, self) => {
      cli.stream()
      const simulator = await loadSimulator()
      const loaded = await simulator.loadScenario(named, await catalogue())
      const experiment = simulator.experimentOf(loaded, {
        ...{ settings: settingsIn(self.args.slice(1)), sweep: Object.fromEntries(sweep), seed, isSmall: small },
        ...{ runs: runs ?? (small ? SMALL_RUNS : RUNS), firstRun: fromRun },
      })
      const folder = out ?? join('trustmesh-sim', `${loaded.scenario.name}-${seed}`)
      await simulator.checkResultsFolder(folder, experiment.manifest)
      const { results, speed } = await simulate(cli, simulator, experiment, playing)
      await simulator.writeResults(folder, results)
      const data = { ...resultsView(results), folder, speed }
      cli.output.answer('Simulation', data, (_, paint) => resultsText(simulator, results, folder, paint))
      cli.output.note(speedText(speed))
      if (!results.isHeld) cli.exitCode = EXIT.checkFailed
    })
}

/** `--agents 200 --share=0.2`, as whoever knows the scenario reads it. */
function settingsIn(words: readonly string[]): Record<string, string> {
  const settings: Record<string, string> = {}
  for (let n = 0; n < words.length; n++) {
    const [, name = '', value = words[++n]] = /^--([A-Za-z][\w-]*)(?:=(.*))?$/.exec(words[n] ?? '') ?? []
    if (name === '' || value === undefined)
      throw new CliError('cli.usage', `"${words.join(' ')}" is no list of parameters with values`, {
        fix: 'trustmesh sim list',
      })
    settings[name] = value
  }
  return settings
}

function collect(text: string, before: readonly (readonly [string, string[]])[]): [string, string[]][] {
  const [, name = '', values = ''] = /^([A-Za-z][\w-]*)=(.+)$/.exec(text) ?? []
  if (name === '') throw new InvalidArgumentError('A sweep is PARAMETER=VALUE,VALUE.')
  return [...before.filter(([other]) => other !== name), [name, values.split(',')]] as [string, string[]][]
}

/** It is part of the name of a folder. */
function seedText(text: string): string {
  if (!/^[\w-][\w.-]{0,63}$/.test(text)) throw new InvalidArgumentError('A seed is up to 64 letters, digits, - and _.')
  return text
}

function resultsView({ experiment, points, verdict, isHeld, command: again }: ExperimentResults): object {
  return {
    ...{ scenario: experiment.manifest.scenario.name, verdict, isHeld, command: again },
    points: points.map(({ written, summary, claims }) => ({ settings: written, summary, claims })),
  }
}

function resultsText({ told }: Simulator, results: ExperimentResults, folder: string, paint: Paint): string {
  const { scenario, points, verdict, swept } = results
  const rows = points.flatMap(({ written, summary, claims }) => {
    const point = swept.map((name) => `${name}=${written[name]}`).join(' ')
    const estimates = Object.entries(summary).map(([name, estimate]) => [
      point,
      name,
      told(estimate, scenario.measures[name]?.unit ?? ''),
    ])
    return [
      ...estimates,
      ...claims.map(({ about, isHeld }) => [point, paint(isHeld ? 'green' : 'red', isHeld ? 'holds' : 'fails'), about]),
    ]
  })
  const isPlain = swept.length === 0
  const heads = ['point', 'measure', 'value']
  return [
    `${paint(results.isHeld ? 'green' : 'red', results.isHeld ? '✓' : '✗')} ${verdict}`,
    '',
    table(isPlain ? heads.slice(1) : heads, isPlain ? rows.map((row) => row.slice(1)) : rows),
    '',
    list([
      ['report', join(folder, 'report.html')],
      ['again', results.command],
    ]),
  ].join('\n')
}
