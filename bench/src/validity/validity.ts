import { availableParallelism } from 'node:os'
import { SeededRandom } from '@trustmesh/testing'
import type { Benchmark } from '../benchmark.ts'
import { median } from '../paired.ts'
import { type Delivery, Swarm } from '../propagation/swarm.ts'
import { agree, quantilesOf } from './bootstrap.ts'
import { type Compared, SHARES, type Shape, tableOf } from './compared.ts'
import { type Latencies, simulated } from './simulated.ts'

const NODES = 5
const SHAPES = ['line', 'full'] as const
/** Of each node of five in a round; and of any before the first, until the processes have compiled their code. */
const MESSAGES = 20
const WARM_UP = 150
const ROUNDS = 8
/** Between two messages, so that each finds the mesh at rest. */
const GAP_MS = 10

/** What a round came to: deliveries of the meshes of five, and what two processes alone take. */
type Round = Readonly<Record<Shape, readonly Delivery[]>> & { readonly alone: Latencies; readonly busyMs: number }

/**
 * The benchmark `validity`: statements between five processes, and between five nodes of the simulator. Its links take as long as those of the
 * processes took for every other statement, of which the rest are then compared; and, beside that, as long as one between two processes alone,
 * on as many processors as this machine has.
 */
export const run: Benchmark = async ({ rounds = ROUNDS, seed = 0, progress }) => {
  const measured = await measure(rounds, `validity ${seed}`, progress)
  const random = new SeededRandom(seed)
  const compared: Compared[] = []
  for (const shape of SHAPES) {
    progress(`${shape}: as much in virtual time, twice`)
    const options = { shape, nodes: NODES, messages: MESSAGES, gapMs: GAP_MS, seed: `${shape} ${seed}` }
    const real = measured.flatMap((round) => round[shape].filter(({ message }) => message % 2 === 1))
    const fed = measured.flatMap((round) => turnsOf(round[shape]).map((turn) => latenciesOf(turn, shape)))
    const virtual = await simulated({ ...options, turns: fed })
    const alone = measured.flatMap((round) => Array.from({ length: NODES }, () => round.alone))
    const cores = { count: availableParallelism(), afterMs: afterOf(measured) }
    const predicted = await simulated({ ...options, turns: alone, cores })
    for (let links = 1; links < (shape === 'line' ? NODES : 2); links++) {
      const isAsFar = ({ from, to }: Delivery): boolean =>
        from !== to && (shape === 'full' || Math.abs(from - to) === links)
      const [processes = [], own = [], pair = []] = [real, virtual, predicted].map((all) =>
        quantilesOf(byTurn(all.filter(isAsFar)), SHARES, random),
      )
      for (const [index, share] of SHARES.entries()) {
        const [one, two, three] = [processes[index], own[index], pair[index]]
        if (!one || !two || !three) continue
        compared.push({
          ...{ shape, links, share, processes: one, simulator: two, predicted: three },
          agrees: agree(one, two),
        })
      }
    }
  }
  return { seed, figures: { afterMs: afterOf(measured), compared }, table: tableOf(compared) }
}

/** Both meshes of five and the pair by turns, so that what slows the machine down slows all of them. */
async function measure(rounds: number, seed: string, progress: (text: string) => void): Promise<Round[]> {
  const script = new URL('../propagation/trustmesh-nodes.js', import.meta.url)
  const swarms: Swarm[] = []
  const start = async (nodes: number, shape: Shape): Promise<Swarm> => {
    const messages = (WARM_UP + rounds * MESSAGES) * NODES
    const args = [`${seed} ${nodes} ${shape}`, String(nodes), shape]
    const swarm = await Swarm.start({ script, args, nodes, processes: nodes, messages })
    swarms.push(swarm)
    await swarm.spread(WARM_UP * NODES, GAP_MS, 0)
    return swarm
  }
  try {
    progress(`two, and twice ${NODES}, processes`)
    const [pair, line, full] = [await start(2, 'full'), await start(NODES, 'line'), await start(NODES, 'full')]
    const measured: Round[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`)
      const spread = (swarm: Swarm) => swarm.spread(MESSAGES * NODES, GAP_MS, 0)
      const [two, five, all] = [await spread(pair), await spread(line), await spread(full)]
      const { origin, hop } = latenciesOf(two.deliveries, 'full')
      measured.push({ alone: { origin, hop }, busyMs: two.cpuMs / 2, line: five.deliveries, full: all.deliveries })
    }
    return measured
  } finally {
    for (const swarm of swarms) await swarm.stop()
  }
}

/** Every other statement, by the node that has published it. */
function turnsOf(deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] {
  return Array.from({ length: NODES }, (_, place) =>
    deliveries.filter(({ message, from }) => from === place && message % 2 === 0),
  )
}

/** How long it took where a statement was published, and over each link on its way. */
function latenciesOf(deliveries: readonly Delivery[], shape: Shape): Latencies {
  const times = new Map(deliveries.map(({ message, to, ms }) => [`${message} ${to}`, ms]))
  const links = new Map<string, number[]>()
  for (const { message, from, to, ms } of deliveries) {
    const last = shape === 'full' ? from : to + Math.sign(from - to)
    const before = times.get(`${message} ${last}`)
    if (from === to || before === undefined) continue
    const link = links.get(`${last} ${to}`) ?? []
    link.push(Math.max(0, ms - before))
    links.set(`${last} ${to}`, link)
  }
  const origin = deliveries.filter(({ from, to }) => from === to).map(({ ms }) => ms)
  return { origin, hop: [...links.values()].flat(), links }
}

/** What a process of the pair has to do for a statement beyond what others wait for, ms of CPU. */
function afterOf(rounds: readonly Round[]): number {
  const waitedFor = ({ origin, hop }: Latencies): number => (median(origin) + median(hop)) / 2
  return Math.max(0, median(rounds.map(({ busyMs, alone }) => busyMs - waitedFor(alone))))
}

/** Those that were on their way in one node's turn depend on each other: a machine is slow for a while. */
function byTurn(deliveries: readonly Delivery[]): number[][] {
  const turns = new Map<number, number[]>()
  for (const { message, ms } of deliveries) {
    const turn = Math.floor(message / MESSAGES)
    const values = turns.get(turn) ?? []
    values.push(ms)
    turns.set(turn, values)
  }
  return [...turns.values()]
}
