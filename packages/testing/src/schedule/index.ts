/**
 * # @trustmesh/testing/schedules
 *
 * Random schedules that attack a mesh in memory, and the shortest one found that violates an invariant: {@link checkSchedules}.
 */

export { type Checked, type CheckOptions, checkSchedules } from './check-schedules.ts'
export { type Played, play } from './play.ts'
export type { Schedule, Step } from './step.ts'
