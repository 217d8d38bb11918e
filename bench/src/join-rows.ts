import { pairedRow, type Row } from './benchmark.ts'
import { type JoinSample, type JoinUnderTest, joinsPerCpuSecond, joinsPerSecond, measureJoins } from './joins.ts'
import { compare, paired } from './paired.ts'

/** How often to join, and whom to tell. */
export interface JoinPlan {
  rounds: number
  /** Joins of each side in each round. */
  joins: number
  /** Joins of each side before anything is measured: the engine compiles hot code for many hundreds of them. */
  warmUpJoins: number
  progress: (text: string) => void
}

const figures: { suffix: string; figure: (sample: JoinSample) => number; unit: string }[] = [
  { suffix: '', figure: joinsPerCpuSecond, unit: 'joins per CPU second of both ends, more is better' },
  { suffix: '-wall', figure: joinsPerSecond, unit: 'joins per second, one after the other, more is better' },
]

/** The rows `id` (CPU of both ends) and `id-wall` of our joins and a peer's, in paired rounds. */
export async function joinRows(id: string, plan: JoinPlan, ours: JoinUnderTest, peer: JoinUnderTest): Promise<Row[]> {
  return withSubjects([ours, peer], plan, async () => {
    const rounds = await paired(plan.rounds, {
      ours: () => measureJoins(ours, plan.joins),
      peer: () => measureJoins(peer, plan.joins),
    })
    return figures.map(({ suffix, figure, unit }) => pairedRow(id + suffix, compare(rounds, figure), unit))
  })
}

/** Sets the subjects up, joins each `warmUpJoins` times, measures, and takes them down whatever came of it. */
export async function withSubjects<Measured>(
  subjects: readonly JoinUnderTest[],
  { joins, warmUpJoins, rounds, progress }: JoinPlan,
  measure: () => Promise<Measured>,
): Promise<Measured> {
  const up: JoinUnderTest[] = []
  try {
    for (const subject of subjects) {
      progress(`${subject.name}: ${warmUpJoins} joins to warm up, then ${rounds} rounds of ${joins}`)
      await subject.setUp()
      up.push(subject)
      for (let warm = 0; warm < warmUpJoins; warm += joins) await measureJoins(subject, joins)
    }
    return await measure()
  } finally {
    for (const subject of up) await subject.tearDown()
  }
}
