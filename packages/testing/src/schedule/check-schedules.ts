import fc from 'fast-check'
import { type Played, play } from './play.ts'
import { anySchedule, type Schedule } from './step.ts'

export interface CheckOptions {
  /** Which schedules are drawn. */
  readonly seed: number
  readonly runs: number
  readonly maxSteps?: number
  /** What each run that went well came to. */
  readonly played?: (played: Played) => void
}

/** What all runs together came to. */
export interface Checked {
  readonly outcomes: ReadonlyMap<string, number>
  /** `null` where no invariant was violated; else the shortest schedule found that violates one, and how to see it again. */
  readonly failure: string | null
}

/** Plays random schedules, and shrinks one that goes wrong. */
export async function checkSchedules({ seed, runs, maxSteps = 30, played }: CheckOptions): Promise<Checked> {
  const outcomes = new Map<string, number>()
  const property = fc.asyncProperty(anySchedule(maxSteps), async (schedule) => {
    const result = await play(schedule)
    for (const [what, count] of result.outcomes) outcomes.set(what, (outcomes.get(what) ?? 0) + count)
    played?.(result)
  })
  const details = await fc.check(property, { seed, numRuns: runs })
  return { outcomes, failure: details.failed ? failureOf(details, runs) : null }
}

function failureOf(details: fc.RunDetails<[Schedule]>, runs: number): string {
  const { seed, counterexamplePath, counterexample, errorInstance } = details
  const steps = counterexample?.[0].steps.map((step) => `  ${JSON.stringify(step)}`) ?? []
  return [
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance),
    `seed ${seed}, path ${counterexamplePath}, of ${runs} runs; the mesh: ${JSON.stringify({ ...counterexample?.[0], steps: undefined })}`,
    ...steps,
  ].join('\n')
}
