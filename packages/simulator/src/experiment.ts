import type { LoadedScenario } from './loaded-scenario.ts'
import type { Manifest } from './manifest.ts'
import type { Parameter, Settings } from './parameters.ts'
import type { Scenario } from './scenario.ts'
import { seedOfRun } from './seeds.ts'
import { SimulatorError } from './simulator-error.ts'
import { SIMULATOR_VERSION } from './version.ts'

/** What somebody wants to know of a scenario. Values are as people write them. */
export interface ExperimentRequest {
  readonly settings?: Readonly<Record<string, string>>
  readonly sweep?: Readonly<Record<string, readonly string[]>>
  /** How many runs each point has. */
  readonly runs: number
  /** The number of the first; 0 unless told otherwise. */
  readonly firstRun?: number | undefined
  readonly seed: string
  /** Starts from the scenario's small values in place of its defaults. */
  readonly isSmall?: boolean
}

/** One combination of a sweep; without one there is a single point. */
export interface Point {
  readonly settings: Settings
  /** The same as people write them. */
  readonly written: Readonly<Record<string, string>>
}

/** A scenario with settings, sweep, runs and seed. */
export interface Experiment {
  readonly loaded: LoadedScenario
  readonly manifest: Manifest
  readonly points: readonly Point[]
}

/** One run of one point. */
export interface Task {
  readonly point: number
  readonly run: number
  readonly seed: string
  readonly settings: Settings
}

const MAX_POINTS = 1_000
const MAX_TASKS = 1_000_000

/** The experiment that is asked for. Throws `parameter.unknown`, `parameter.malformed` or `experiment.size`. */
export function experimentOf(loaded: LoadedScenario, request: ExperimentRequest): Experiment {
  const { scenario, sha256, path } = loaded
  const { sweep = {}, settings = {}, runs, firstRun, seed, isSmall = false } = request
  for (const name of Object.keys(sweep)) {
    if (Object.hasOwn(settings, name))
      throw new SimulatorError('parameter.malformed', `"${name}" is both set and swept`)
  }
  const byDefault = { ...defaultsOf(scenario), ...(isSmall && scenario.small) }
  const written = Object.keys(scenario.parameters)
    .filter((name) => !Object.hasOwn(sweep, name))
    .map((name) => [name, parameterOf(scenario, name).write(byDefault[name] as never)])
  const canonical = Object.entries(settings).map(([name, text]) => [name, rewritten(scenario, name, text)])
  const swept = Object.entries(sweep).map(([name, texts]) => [
    name,
    texts.map((text) => rewritten(scenario, name, text)),
  ])
  return experimentIn(loaded, {
    ...{ apiVersion: 'trustmesh/v1', kind: 'Simulation' },
    scenario: { name: scenario.name, sha256, ...(path !== undefined && { path }) },
    ...{ simulator: SIMULATOR_VERSION, seed, runs, ...(firstRun && { firstRun }) },
    settings: Object.fromEntries([...written, ...canonical]),
    sweep: Object.fromEntries(swept),
  })
}

/** The experiment that a manifest is of. Throws as {@link experimentOf} does. */
export function experimentIn(loaded: LoadedScenario, manifest: Manifest): Experiment {
  const { scenario } = loaded
  const { settings, sweep, runs } = manifest
  let combinations: Record<string, string>[] = [settings]
  for (const [name, texts] of Object.entries(sweep)) {
    combinations = combinations.flatMap((each) => texts.map((text) => ({ ...each, [name]: text })))
    if (combinations.length > MAX_POINTS || combinations.length * runs > MAX_TASKS)
      throw new SimulatorError('experiment.size', `that is ${combinations.length} points of ${runs} runs or more`)
  }
  return { loaded, manifest, points: combinations.map((written) => pointOf(scenario, written)) }
}

/** All runs, in the order in which they are kept. */
export function tasksOf({ points, manifest: { runs, firstRun = 0, seed } }: Experiment): Task[] {
  return points.flatMap(({ settings }, point) =>
    Array.from({ length: runs }, (_, n) => {
      const run = firstRun + n
      return { point, run, seed: seedOfRun(seed, run), settings }
    }),
  )
}

function pointOf(scenario: Scenario, written: Readonly<Record<string, string>>): Point {
  for (const name of Object.keys(written)) parameterOf(scenario, name)
  // In the order of the scenario, whatever the order in which they were given.
  const names = Object.keys(scenario.parameters)
  const missing = names.find((name) => !Object.hasOwn(written, name))
  if (missing !== undefined) throw new SimulatorError('parameter.malformed', `"${missing}" has no value`)
  const ordered = names.map((name) => [name, written[name] ?? ''] as const)
  const settings = ordered.map(([name, text]) => [name, valueIn(scenario, name, text)])
  return { settings: Object.fromEntries(settings), written: Object.fromEntries(ordered) }
}

function defaultsOf(scenario: Scenario): Settings {
  return Object.fromEntries(Object.entries(scenario.parameters).map(([name, parameter]) => [name, parameter.default]))
}

/** As its parameter writes it: `24h` is `1d`, so that one experiment has one manifest. */
function rewritten(scenario: Scenario, name: string, text: string): string {
  return parameterOf(scenario, name).write(valueIn(scenario, name, text) as never)
}

function valueIn(scenario: Scenario, name: string, text: string): number | string {
  const parameter = parameterOf(scenario, name)
  const value = parameter.read(text)
  if (value !== null) return value
  throw new SimulatorError('parameter.malformed', `"${text}" is no value for "${name}": ${parameter.form}`)
}

function parameterOf(scenario: Scenario, name: string): Parameter {
  const { parameters } = scenario
  const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  if (parameter) return parameter
  const names = Object.keys(parameters)
  const fix = `one of: ${names.join(', ')}`
  throw new SimulatorError('parameter.unknown', `"${scenario.name}" has no parameter "${name}"`, { fix })
}
