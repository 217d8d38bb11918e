import { availableParallelism } from 'node:os'
import type { Experiment, ExperimentResults, RunRecord } from '@trustmesh/simulator'
import type { Cli } from './cli.ts'
import { duration, integer } from './command.ts'
import { ProgressBar } from './progress-bar.ts'
import type { Simulator } from './simulator.ts'

/** How fast an experiment went. It is no part of its results, which are the same on any machine. */
export interface Speed {
  readonly realMs: number
  readonly virtualMs: number
  readonly events: number
}

/** What commands that play runs may be told of how. */
export interface PlayingOptions {
  readonly jobs?: number | undefined
  readonly limit?: number | undefined
}

/** The options of {@link PlayingOptions}: flags, what they are for, and how they are read. */
export const JOBS = ['--jobs <n>', 'so many processes at most: as many as there are cores', integer(1, 1_024)] as const
export const LIMIT = ['--limit <time>', 'how long one run may take: 10m unless told otherwise', duration] as const

/** Plays an experiment: a bar for people, an envelope for each run that is over for programs. */
export async function simulate(
  cli: Cli,
  { playAll, resultsOf, tasksOf }: Simulator,
  experiment: Experiment,
  { jobs = availableParallelism(), limit }: PlayingOptions,
): Promise<{ readonly results: ExperimentResults; readonly speed: Speed }> {
  const bar = new ProgressBar(cli.world.stderr, tasksOf(experiment).length, 'runs')
  const start = performance.now()
  try {
    const records = await playAll(experiment, {
      ...{ jobs, signal: cli.world.signal, onProgress: (done) => bar.to(done) },
      ...(limit !== undefined && { limitMs: limit }),
      onRecord: (record) => {
        if (cli.output.isJson) cli.output.answer('SimulationRun', runView(record), () => '')
      },
    })
    const realMs = Math.round(performance.now() - start)
    return { results: resultsOf(experiment, records), speed: { realMs, ...totals(records) } }
  } finally {
    bar.end()
  }
}

/** For people, beside the answer. */
export function speedText({ realMs, virtualMs, events }: Speed): string {
  const times = Math.round(virtualMs / realMs)
  const rate = Math.round((1_000 * events) / realMs)
  return `${(realMs / 1_000).toFixed(1)} s for ${Math.round(virtualMs / 1_000)} s of the mesh: ${times} times as fast, ${rate} events a second`
}

/** Without what takes room: series and graphs are in the files. */
function runView({ point, run, seed, measures, virtualMs, events, trace }: RunRecord): object {
  return { point, run, seed, measures, virtualMs, events, trace }
}

function totals(records: readonly RunRecord[]): { readonly virtualMs: number; readonly events: number } {
  const sum = (of: (record: RunRecord) => number): number => records.reduce((total, each) => total + of(each), 0)
  return { virtualMs: sum((each) => each.virtualMs), events: sum((each) => each.events) }
}
