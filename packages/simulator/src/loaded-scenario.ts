import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { moduleDigest } from './module-digest.ts'
import type { Scenario } from './scenario.ts'
import { SimulatorError } from './simulator-error.ts'

/** Modules of scenarios by name. */
export type Catalogue = Readonly<Record<string, URL>>

/** A scenario, and the module that it is of, for processes to load it from. */
export interface LoadedScenario {
  readonly scenario: Scenario
  readonly module: URL
  /** Of the module and of all that it imports from beside itself, as hex. */
  readonly sha256: string
  /** As it was named, where it is none of a catalogue. */
  readonly path?: string
}

/** By its name in a catalogue, or by the path of its module. Rejects with `scenario.unknown` or `scenario.malformed`. */
export async function loadScenario(named: string, catalogue: Catalogue): Promise<LoadedScenario> {
  const known = Object.hasOwn(catalogue, named) ? catalogue[named] : undefined
  if (!known && !/[./\\]/.test(named)) {
    const names = Object.keys(catalogue)
    const fix = `one of: ${names.join(', ')}; or the path of a module: ./mine/scenario.js`
    throw new SimulatorError('scenario.unknown', `there is no scenario "${named}"`, { fix })
  }
  const module = known ?? pathToFileURL(resolve(named))
  const sha256 = await moduleDigest(module).catch((cause: unknown) => {
    const why = [cause instanceof Error ? cause.message : String(cause)]
    throw new SimulatorError('scenario.unknown', `there is no module ${named}, or not all that it imports`, {
      cause,
      why,
    })
  })
  const scenario = await scenarioIn(module, named)
  return { scenario, module, sha256, ...(!known && { path: named }) }
}

/** The one scenario that a module exports. */
export async function scenarioIn(module: URL, named: string = module.href): Promise<Scenario> {
  const exported: object = await import(module.href).catch((cause: unknown) => {
    const why = [cause instanceof Error ? cause.message : String(cause)]
    throw new SimulatorError('scenario.malformed', `${named} does not load`, { cause, why })
  })
  const [scenario, ...others] = Object.values(exported).filter(isScenario)
  if (scenario && others.length === 0) return scenario
  const found = `${scenario ? others.length + 1 : 'no'} scenarios`
  const fix = 'export one: export const mine = defineScenario({ … })'
  throw new SimulatorError('scenario.malformed', `${named} exports ${found}`, { fix })
}

function isScenario(value: unknown): value is Scenario {
  if (typeof value !== 'object' || value === null) return false
  const { name, play, mesh, verdict, claims, parameters, measures } = value as Partial<Scenario>
  const isPlayed = [play, mesh, verdict].every((each) => typeof each === 'function')
  return typeof name === 'string' && isPlayed && Array.isArray(claims) && Boolean(parameters && measures)
}
