import { type Benchmark, ownRow, type Row } from '../benchmark.ts'
import { quantile } from '../paired.ts'
import { Swarm } from '../propagation/swarm.ts'
import { runRaces } from './races.ts'

const RACES = 1_000
const REVOCATIONS = 250
/** Between two revocations, so that each finds the mesh at rest. */
const GAP_MS = 10

/** The benchmark `revocation`: how soon whoever is revoked is cut off, here and at the last node, and what gets through after that. */
export const run: Benchmark = async ({ seed = 0, progress }) => {
  progress(`${RACES} races`)
  const { late, accepted, after } = await runRaces(RACES, `races ${seed}`)
  progress(`${REVOCATIONS} revocations under load`)
  return {
    seed,
    rows: [
      ownRow('late-accepts', late, `of ${after} messages that came after the answer, in ${RACES} races; to reach: 0`),
      ownRow('accepts', accepted, 'messages of those agents that were handed on before'),
      ...(await cutOffRows(`cut-off ${seed}`)),
    ],
  }
}

/** From a revocation to the end of the session of whoever is revoked, who has one with each of five nodes. */
async function cutOffRows(seed: string): Promise<Row[]> {
  const script = new URL('./cut-off-nodes.js', import.meta.url)
  const swarm = await Swarm.start({ script, args: [seed], nodes: 5, processes: 5, messages: REVOCATIONS })
  try {
    const { nearest, furthest } = await swarm.spread(REVOCATIONS, GAP_MS, 0)
    const rowsOf = (name: string, times: readonly number[], where: string): Row[] =>
      [0.5, 0.99, 1].map((share) => {
        const figure = share === 1 ? 'max' : `p${100 * share}`
        return ownRow(`cut-${name}-${figure}-ms`, quantile(times, share), `ms to ${where}, less is better`)
      })
    return [
      ...rowsOf('local', nearest, 'the node at which it was brought'),
      ...rowsOf('far', furthest, 'the furthest of 5 nodes'),
    ]
  } finally {
    await swarm.stop()
  }
}
