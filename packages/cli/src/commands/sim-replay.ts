import { dirname, join } from 'node:path'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { JOBS, LIMIT, simulate } from '../simulating.ts'
import { catalogue, loadSimulator } from '../simulator.ts'

/** `trustmesh sim replay` */
export function simReplayCommand(cli: Cli): AnyCommand {
  return command(
    'replay',
    'runs what a manifest says once more, and compares each byte of the results; exit 6 where they differ',
  )
    .argument('<manifest>', 'a folder of results, or the manifest.json in one')
    .option(...JOBS)
    .option(...LIMIT)
    .action(async (path, playing) => {
      cli.stream()
      const simulator = await loadSimulator()
      const manifest = await simulator.readManifest(path)
      const { scenario } = manifest
      const folder = path.endsWith('.json') ? dirname(path) : path
      const before = await simulator.readTexts(folder)
      const loaded = await simulator.loadScenario(scenario.path ?? scenario.name, await catalogue())
      const { results, speed } = await simulate(cli, simulator, simulator.experimentIn(loaded, manifest), playing)
      const differing = Object.entries(simulator.textsOf(results)).flatMap(([file, text]) => {
        const line = firstDifference(text, before[file as keyof typeof before])
        return line === 0 ? [] : [{ file: join(folder, file), line }]
      })
      const changed = [
        ...(loaded.sha256 === scenario.sha256 ? [] : ['the scenario']),
        ...(simulator.SIMULATOR_VERSION === manifest.simulator ? [] : ['the simulator']),
      ]
      const data = { isSame: differing.length === 0, verdict: results.verdict, differing, changed, speed }
      cli.output.answer('SimulationReplay', data, ({ isSame }, paint) => {
        const why = changed.length > 0 ? [`${changed.join(' and ')} changed since`] : []
        if (isSame) return [`${paint('green', '✓')} the same to the byte`, ...why].join('; ')
        return [
          `${paint('red', '✗')} not the same`,
          ...differing.map(({ file, line }) => `${file}, line ${line}`),
          ...why,
        ].join('; ')
      })
      if (!data.isSame) cli.exitCode = EXIT.checkFailed
    })
}

/** The number of the first line that differs; 0 where none does. */
function firstDifference(one: string, other: string): number {
  if (one === other) return 0
  const [lines, others] = [one.split('\n'), other.split('\n')]
  return 1 + lines.findIndex((line, n) => line !== others[n])
}
