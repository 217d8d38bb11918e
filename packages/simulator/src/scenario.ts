import type { Parameters, Settings } from './parameters.ts'
import type { Summary } from './summary.ts'
import type { World, WorldOptions } from './world/world.ts'

/** What a run is asked for: one number, or so many of so many. */
export interface Measure {
  readonly about: string
  /** `ms`, `points`, `messages` …; `share` is so many of so many. */
  readonly unit: string
}

/** Something that is drawn over time. */
export interface Series {
  readonly about: string
  readonly unit: string
}

/** What a scenario says of every mesh: it fails where this does not hold. */
export interface Claim<M extends string = string> {
  readonly about: string
  readonly holds: (summary: Summary<M>) => boolean
}

/** An attack on a mesh, or a fault of it: what happens, what is measured, and what is claimed. One file holds one. */
export interface Scenario<P extends Parameters = Parameters, M extends string = string, S extends string = string> {
  /** As it is called by: `sybil`. */
  readonly name: string
  readonly title: string
  /** What it answers, in one sentence that ends with a question mark. */
  readonly question: string
  /** Ids of the threats that it attacks with. */
  readonly threats: readonly string[]
  readonly parameters: P
  /** Values with which it is over in seconds, and says the same. */
  readonly small: Partial<Settings<P>>
  readonly measures: Readonly<Record<M, Measure>>
  readonly series: Readonly<Record<S, Series>>
  /** The mesh that it happens to: how many nodes, how they are linked, how slow the network is. */
  readonly mesh: (settings: Settings<P>) => WorldOptions
  readonly play: (world: World<M, S>, settings: Settings<P>) => Promise<void>
  readonly claims: readonly Claim<M>[]
  /** The answer, in one sentence with its interval. */
  readonly verdict: (summary: Summary<M>) => string
}

/** Says what a scenario is; types follow from it. */
export function defineScenario<const P extends Parameters, const M extends string, const S extends string>(
  scenario: Scenario<P, M, S>,
): Scenario<P, M, S> {
  return scenario
}
