import type { Settings } from '../parameters.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { Summary } from '../summary.ts'

/** All that a report is made of: what was asked, what came of it, and how anybody can see it again. */
export interface Results {
  readonly scenario: Pick<Scenario, 'measures' | 'name' | 'parameters' | 'question' | 'series' | 'threats' | 'title'>
  /** Names of the parameters that were varied, in the order of the sweep; none, where there is one point. */
  readonly swept: readonly string[]
  /** As the sweep goes through them; the first is what the verdict is about. */
  readonly points: readonly PointResults[]
  readonly records: readonly RunRecord[]
  readonly verdict: string
  readonly seed: string
  /** The command that does it all again. */
  readonly command: string
  /** Of the simulator. */
  readonly version: string
}

/** What came of one combination of a sweep. */
export interface PointResults {
  readonly settings: Settings
  readonly summary: Summary
  readonly claims: readonly ClaimResult[]
}

/** What one claim came to. */
export interface ClaimResult {
  readonly about: string
  readonly isHeld: boolean
}
