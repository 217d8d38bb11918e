import { type Benchmark, pairedRow, type Row, UnusableInput } from '../benchmark.ts'
import { compare, paired, quantile } from '../paired.ts'
import { type Spread, Swarm } from './swarm.ts'

/**
 * Nodes, the processes that they share, how many messages make a sample, and how many come before it: each process compiles
 * its code for itself, and a cold one costs either side twice as much.
 */
const SIZES = [
  { name: '5-processes', nodes: 5, processes: 5, messages: 300, warmUp: 1000 },
  { name: '20-in-one', nodes: 20, processes: 1, messages: 100, warmUp: 200 },
] as const
/** Between two messages, so that each finds the mesh at rest. */
const GAP_MS = 10
/** So many standings a node remembers that it has told an agent. */
const MAX_MESSAGES = 2_048

/**
 * The benchmark `propagation`: one statement to all nodes, beside one message of as many bytes to all nodes of gossipsub; as
 * many nodes on either side, each connected with all others. Each ratio is the worse of the two sizes, which stand below it.
 */
export const run: Benchmark = async ({ rounds = 3, seed = 0, progress }) => {
  const rows: Row[] = []
  for (const size of SIZES) {
    progress(`${size.name}: ${rounds} rounds of ${size.messages} messages`)
    rows.push(...(await rowsOf(size, rounds, `propagation ${seed}`)))
  }
  const worst = ['p50', 'p99', 'cpu'].map((figure) => {
    const [row] = rows.filter(({ id }) => id.startsWith(figure)).sort((a, b) => (b.ratio ?? 0) - (a.ratio ?? 0))
    return { ...(row as Row), id: `${figure}-vs-gossipsub` }
  })
  return { seed, rows: [...worst, ...rows] }
}

async function rowsOf(size: (typeof SIZES)[number], rounds: number, seed: string): Promise<Row[]> {
  const { name, nodes, processes, messages, warmUp } = size
  const all = { nodes, processes, messages: warmUp + messages * rounds }
  if (all.messages > MAX_MESSAGES) throw new UnusableInput(`more than ${MAX_MESSAGES} messages: ask for fewer rounds`)
  const swarms: Swarm[] = []
  const start = async (script: string, args: readonly string[] = []): Promise<Swarm> => {
    const swarm = await Swarm.start({ ...all, script: new URL(script, import.meta.url), args })
    swarms.push(swarm)
    return swarm
  }
  try {
    const ours = await start('./trustmesh-nodes.js', [seed, String(nodes)])
    const peer = await start('./gossipsub-nodes.js')
    const { bytes } = await ours.spread(warmUp, GAP_MS, 0)
    await peer.spread(warmUp, GAP_MS, bytes)
    const samples = await paired<Spread>(rounds, {
      ours: () => ours.spread(messages, GAP_MS, bytes),
      peer: () => peer.spread(messages, GAP_MS, bytes),
    })
    const latency =
      (share: number) =>
      ({ latencies }: Spread) =>
        quantile(latencies, share)
    const unit = `ms from publishing to a delivery, ${bytes} bytes, less is better`
    return [
      pairedRow(`p50-${name}`, compare(samples, latency(0.5)), unit),
      pairedRow(`p99-${name}`, compare(samples, latency(0.99)), unit),
      pairedRow(
        `cpu-${name}`,
        compare(samples, ({ cpuMs }) => cpuMs),
        'ms of CPU of all nodes for each delivery, less is better',
      ),
    ]
  } finally {
    for (const swarm of swarms) await swarm.stop()
  }
}
