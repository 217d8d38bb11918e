/**
 * # @trustmesh/simulator
 *
 * What would happen to a mesh if …: attacks on it, and faults of it, in virtual time. The nodes and the agents run the code of
 * production; only the clock, the network, the disks and the dice are not real. `docs/guides/simulations.md` has it step by step.
 *
 * A {@link Scenario} says what happens, what is measured and what is claimed ({@link defineScenario}). It is one file, and all that it
 * sees is a {@link World}: the mesh of one run. Whatever a run records follows from the scenario, its settings and a seed
 * ({@link play}), to the byte.
 *
 * An {@link Experiment} is a scenario with settings, a sweep, so many runs and a seed: its {@link Manifest} is all that anybody
 * needs to repeat it. {@link playAll} plays its runs in processes of their own, {@link resultsOf} sums them up, and
 * {@link comparisonOf} holds two against each other.
 */

export type { Carried, MemoryNode } from '@trustmesh/testing'
export { type Compared, type Comparison, comparisonOf, type Difference } from './comparison.ts'
export {
  type Experiment,
  type ExperimentRequest,
  experimentIn,
  experimentOf,
  type Point,
  type Task,
  tasksOf,
} from './experiment.ts'
export { firstPassage, reachedBy } from './first-passage.ts'
export { byLink, constantMs, longTailedMs, measuredMs, uniformMs } from './latency.ts'
export { type Catalogue, type LoadedScenario, loadScenario } from './loaded-scenario.ts'
export { commandOf, type Manifest, manifestText, parseManifest } from './manifest.ts'
export {
  choice,
  count,
  duration,
  type Parameter,
  type Parameters,
  type ParameterValue,
  type Settings,
  share,
} from './parameters.ts'
export { type Played, play } from './play.ts'
export { type Graph, regularGraph } from './regular-graph.ts'
export type { ClaimResult, PointResults, Results } from './report/results.ts'
export { claimResults, type ExperimentResults, resultsOf, verdictOf } from './results.ts'
export { checkResultsFolder, readManifest, readRecords, readTexts, textsOf, writeResults } from './results-folder.ts'
export { type Judged, type Measured, QUANTILES, type RunRecord, type Sample, type TrustGraph } from './run-record.ts'
export { type PlayOptions, playAll } from './runner/play-all.ts'
export { type Claim, defineScenario, type Measure, type Scenario, type Series } from './scenario.ts'
export { seedOfRun } from './seeds.ts'
export { SimulatorError, type SimulatorErrorCode } from './simulator-error.ts'
export { type Estimate, type Summary, told } from './summary.ts'
export { parseSummaryCsv, summaryCsv } from './summary-csv.ts'
export { SIMULATOR_VERSION } from './version.ts'
export { Agent, type AgentOptions } from './world/agent.ts'
export { type ChurnOptions, churnAgents, churnNodes, type Spell } from './world/churn.ts'
export { type Outcome, World, type WorldOptions } from './world/world.ts'
