import { identityFromSeed } from '@trustmesh/identity'
import {
  type CoresOptions,
  type Latency,
  MemoryMesh,
  onCores,
  type SeededRandom,
  TOPOLOGIES,
  VirtualClock,
  type VirtualHost,
} from '@trustmesh/testing'
import { issueAttestation } from '@trustmesh/trust'
import type { Delivery } from '../propagation/swarm.ts'

/** What was measured of real processes, ms. */
export interface Latencies {
  /** From publishing to where an agent of the same node has been told. */
  readonly origin: readonly number[]
  /** From there to where an agent of the next node has. */
  readonly hop: readonly number[]
  /** The same of each link, by the numbers of its two nodes in the direction in which it is used, where that is known. */
  readonly links?: ReadonlyMap<string, readonly number[]>
}

export interface SimulatedOptions {
  readonly shape: 'full' | 'line'
  readonly nodes: number
  /** What was measured in each turn; it is the turn of one node after the other. */
  readonly turns: readonly Latencies[]
  /** What a node publishes in its turn, one after the other, and the time between two. */
  readonly messages: number
  readonly gapMs: number
  /** What the nodes share; one each unless told otherwise. */
  readonly cores?: Omit<CoresOptions, 'time'>
  readonly seed: string
}

/** Fine enough for what happens within a machine. */
const TICK_MS = 1 / 64
const LATE_MS = 60_000

const NONE: Latencies = { origin: [0], hop: [0] }

/** The same messages as a swarm of processes publishes, in the simulator. */
export async function simulated(options: SimulatedOptions): Promise<readonly Delivery[]> {
  const { shape, nodes, turns, messages, gapMs, cores, seed } = options
  const time = new VirtualClock({ tickMs: TICK_MS })
  let [latencies = NONE] = turns
  const alone = drawnFrom(() => latencies)
  const latency = cores ? besideAgents(alone, onCores(alone, { ...cores, time })) : alone
  const mesh = await MemoryMesh.start({ seed, nodes, agents: nodes, time, topology: TOPOLOGIES[shape], latency })
  const joined = mesh.agents.map((agent, place) => agent.join(mesh.nodes[place] as (typeof mesh.nodes)[number]))
  await mesh.finish(Promise.all(joined))
  const isLinked = (): boolean =>
    mesh.nodes.every(({ node }, place) => {
      const links = node.members.filter((member) => member.isLinked).length
      return links === mesh.nodes.filter((_, to) => to !== place && TOPOLOGIES[shape](place, to)).length
    })
  if (!(await time.until(isLinked, LATE_MS))) throw new Error('the nodes are not linked')
  const deliveries: Delivery[] = []
  const issuance = { ...(mesh.agents[0] as (typeof mesh.agents)[number]).issuance }
  for (let message = 0; message < turns.length * messages; message++) {
    const turn = Math.floor(message / messages)
    const from = turn % nodes
    latencies = turns[turn] ?? NONE
    const sub = identityFromSeed(mesh.random.fork(`subject ${message}`).bytes(32)).did
    const attestation = await issueAttestation(mesh.root, { sub, value: 800, weight: 2000 }, issuance)
    const before = mesh.nodes.map((node) => node.node.standingOf(sub).score)
    const began = time.now
    const missing = new Set(mesh.nodes.keys())
    void mesh.agents[from]?.submit(attestation)
    const isEverywhere = (): boolean => {
      for (const to of missing) {
        if (mesh.nodes[to]?.node.standingOf(sub).score === before[to]) continue
        missing.delete(to)
        deliveries.push({ message, from, to, ms: time.now - began })
      }
      return missing.size === 0
    }
    if (!(await time.until(isEverywhere, LATE_MS))) throw new Error(`message ${message} does not arrive`)
    await time.advance(gapMs)
  }
  return deliveries
}

/** What was measured, as a network: an agent's statement is at its node after `origin`, and at the next node after `hop`. */
function drawnFrom(current: () => Latencies): Latency {
  const draw = (values: readonly number[], random: SeededRandom): number =>
    values[random.integer(0, values.length - 1)] as number
  return (random, from, to) => {
    const { origin, hop, links } = current()
    if (from.name.startsWith('agent')) return draw(origin, random)
    if (to.name.startsWith('agent')) return 0
    return draw(links?.get(`${numberOf(from)} ${numberOf(to)}`) ?? hop, random)
  }
}

/** What comes to an agent costs nobody anything: it is in what was measured. */
function besideAgents(alone: Latency, shared: Latency): Latency {
  return (random, from, to) => (to.name.startsWith('agent') ? alone : shared)(random, from, to)
}

function numberOf({ name }: VirtualHost): number {
  return Number(name.replace('node-', ''))
}
