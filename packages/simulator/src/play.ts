import type { Parameters, Settings } from './parameters.ts'
import type { RunRecord } from './run-record.ts'
import type { Scenario } from './scenario.ts'
import { World } from './world/world.ts'

/** What a run came to, wherever in an experiment it stands. */
export type Played = Omit<RunRecord, 'point' | 'run'>

/** One run of a scenario: follows from its settings and the seed, on any machine. Rejects with whatever fails in it. */
export async function play<P extends Parameters, M extends string, S extends string>(
  scenario: Scenario<P, M, S>,
  settings: Settings<P>,
  seed: string,
): Promise<Played> {
  const outcome = await World.run<M, S>(seed, scenario.mesh(settings), (world) => scenario.play(world, settings))
  return { seed, settings: { ...settings }, ...outcome }
}
