import type { Experiment, Point } from './experiment.ts'
import { commandOf } from './manifest.ts'
import type { ClaimResult, PointResults, Results } from './report/results.ts'
import type { RunRecord } from './run-record.ts'
import type { Claim, Scenario } from './scenario.ts'
import { SimulatorError } from './simulator-error.ts'
import { estimateOf } from './statistics/estimate.ts'
import type { Summary } from './summary.ts'

/** What an experiment came to. */
export interface ExperimentResults extends Results {
  readonly experiment: Experiment
  readonly points: readonly (Point & PointResults)[]
  /** Whether every claim holds at every point. */
  readonly isHeld: boolean
}

/** Sums up the runs of an experiment. Throws `simulation.nothing-sampled` where a point has no measure at all. */
export function resultsOf(experiment: Experiment, records: readonly RunRecord[]): ExperimentResults {
  const { manifest, loaded } = experiment
  const { scenario } = loaded
  const points = experiment.points.map((point, n) => {
    const own = records.filter((record) => record.point === n)
    const summary = summaryOf(scenario, own)
    if (Object.keys(summary).length === 0) {
      const why = [
        `none of the ${own.length} runs of point ${n} had any of: ${Object.keys(scenario.measures).join(', ')}`,
      ]
      throw new SimulatorError('simulation.nothing-sampled', 'nothing was measured', { why })
    }
    return { ...point, summary, claims: claimResults(scenario.claims, summary) }
  })
  return {
    ...{ experiment, scenario, points, records, swept: Object.keys(manifest.sweep) },
    ...{ seed: manifest.seed, command: commandOf(manifest), version: manifest.simulator },
    verdict: verdictOf(scenario, points[0]?.summary ?? {}),
    isHeld: points.every(({ claims }) => claims.every(({ isHeld }) => isHeld)),
  }
}

/** What each claim comes to. One about a measure that is not there does not hold. */
export function claimResults(claims: readonly Claim[], summary: Summary): ClaimResult[] {
  return claims.map(({ about, holds }) => ({ about, isHeld: attempt(() => holds(summary)) === true }))
}

/** The answer of a scenario; it says so where what it answers by was not measured. */
export function verdictOf({ verdict, title }: Scenario, summary: Summary): string {
  return attempt(() => verdict(summary)) ?? `${title}: what the answer needs was not measured in any run.`
}

/** The measures of a scenario, in its order, over runs of one point. */
function summaryOf({ measures }: Scenario, records: readonly RunRecord[]): Summary {
  const entries = Object.keys(measures).flatMap((name) => {
    const values = records.map((record) => record.measures[name]).filter((value) => value !== undefined)
    const estimate = estimateOf(values)
    return estimate ? [[name, estimate] as const] : []
  })
  return Object.fromEntries(entries)
}

/** Null for what reads a measure that is not there. */
function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
