import { pairedRow, type Row } from './benchmark.ts'
import { type JoinSample, joinsPerCpuSecond, joinsPerSecond, type MeasuredJoin } from './joins.ts'
import { compare, paired } from './paired.ts'

/** How often to join, and whom to tell. */
export interface JoinPlan {
  rounds: number
  /** Samples of each side before anything is measured: the engine compiles hot code for thousands of joins. */
  warmUpSamples: number
  progress: (text: string) => void
}

const figures: { suffix: string; figure: (sample: JoinSample) => number; unit: string }[] = [
  { suffix: '', figure: joinsPerCpuSecond, unit: 'joins per CPU second of both ends, more is better' },
  { suffix: '-wall', figure: joinsPerSecond, unit: 'joins per second, one after the other, more is better' },
]

/** The rows `id` (CPU of both ends) and `id-wall` of our joins and a peer's, in paired rounds. */
export async function joinRows(id: string, plan: JoinPlan, ours: MeasuredJoin, peer: MeasuredJoin): Promise<Row[]> {
  return withSubjects([ours, peer], plan, async () => {
    const rounds = await paired(plan.rounds, {
      ours: () => ours.measure(),
      peer: () => peer.measure(),
    })
    return figures.map(({ suffix, figure, unit }) => pairedRow(id + suffix, compare(rounds, figure), unit))
  })
}

/** Sets the subjects up, warms each up, measures, and takes them down whatever came of it. */
export async function withSubjects<Measured>(
  subjects: readonly MeasuredJoin[],
  { warmUpSamples, rounds, progress }: JoinPlan,
  measure: () => Promise<Measured>,
): Promise<Measured> {
  const up: MeasuredJoin[] = []
  try {
    for (const subject of subjects) {
      progress(`${subject.name}: ${warmUpSamples + rounds} samples of ${subject.joins} joins`)
      await subject.setUp()
      up.push(subject)
      for (let warm = 0; warm < warmUpSamples; warm++) await subject.measure()
    }
    return await measure()
  } finally {
    for (const subject of up) await subject.tearDown()
  }
}
