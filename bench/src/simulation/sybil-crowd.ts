import { CATALOGUE } from '@trustmesh/simulations'
import { loadScenario, type Parameters, play, type Settings } from '@trustmesh/simulator'

export const DAY_MS = 86_400_000

/** How many honest agents there are, to ten times as many Sybils; how many serve them all, and for how long. */
export interface Size {
  readonly honest: number
  readonly services: number
  readonly days: number
}

/** Plays the scenario `sybil` once; resolves to how many things have happened. */
export async function playCrowd(size: Size, seed: number): Promise<number> {
  const { scenario } = await loadScenario('sybil', CATALOGUE)
  const defaults = Object.entries(scenario.parameters).map(([name, parameter]) => [name, parameter.default])
  const settings = { ...Object.fromEntries(defaults), ...size } as Settings<Parameters>
  const { events } = await play(scenario, settings, String(seed))
  return events
}
