import * as z from 'zod/mini'
import { SimulatorError } from './simulator-error.ts'

const text = z.string().check(z.maxLength(1_000))

const manifest = z.strictObject({
  apiVersion: z.literal('trustmesh/v1'),
  kind: z.literal('Simulation'),
  scenario: z.strictObject({
    name: text,
    /** Of the module that was run and of all that it imports from beside itself, as hex: whether they are still the same. */
    sha256: text,
    /** Where it was, if it is none of the catalogue's. */
    path: z.optional(text),
  }),
  /** Version of the simulator. */
  simulator: text,
  seed: text,
  /** How many runs each point has, and the number of the first where that is not 0. */
  runs: z.int().check(z.minimum(1), z.maximum(100_000)),
  firstRun: z.optional(z.int().check(z.minimum(0), z.maximum(100_000_000))),
  /** A value for each parameter that is not swept, as somebody would write it. */
  settings: z.record(text, text),
  /** What each swept parameter goes through; the first changes slowest. */
  sweep: z.record(text, z.array(text).check(z.minLength(1))),
})

/** All that an experiment follows from: `manifest.json`. */
export type Manifest = z.infer<typeof manifest>

const MAX_LENGTH = 1_000_000

/** Throws `manifest.malformed`. */
export function parseManifest(json: string): Manifest {
  try {
    if (json.length > MAX_LENGTH) throw new RangeError(`longer than ${MAX_LENGTH}`)
    return manifest.parse(JSON.parse(json))
  } catch (cause) {
    throw new SimulatorError('manifest.malformed', 'that is no manifest of an experiment', { cause })
  }
}

/** As a file has it: the same manifest gives the same bytes. */
export function manifestText(value: Manifest): string {
  return `${JSON.stringify(manifest.parse(value), null, 2)}\n`
}

/** The command by which anybody gets the same. */
export function commandOf({ scenario, seed, runs, firstRun, settings, sweep }: Manifest): string {
  const swept = Object.entries(sweep).map(([name, values]) => ['--sweep', `${name}=${values.join(',')}`])
  const set = Object.entries(settings).map(([name, value]) => [`--${name}`, value])
  const from = firstRun ? [['--from-run', String(firstRun)]] : []
  const words = [...set, ...swept, ['--runs', String(runs)], ...from, ['--seed', seed]].flat()
  return ['trustmesh', 'sim', 'run', scenario.path ?? scenario.name, ...words].map(quoted).join(' ')
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
