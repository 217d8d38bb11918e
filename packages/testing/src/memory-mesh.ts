import { type Did, type Identity, identityFromSeed, meshIdOf } from '@trustmesh/identity'
import { issueMembership, type Mesh, type NodeKeys, type NodeLimits, type Peer } from '@trustmesh/mesh-node'
import type { Issuance } from '@trustmesh/trust'
import { MemoryAgent } from './memory-agent.ts'
import { MemoryNode } from './memory-node.ts'
import { SeededRandom } from './seeded-random.ts'
import { Trace } from './trace.ts'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualDisk } from './virtual-disk.ts'
import { VirtualHost } from './virtual-host.ts'
import { type Latency, urlOf, VirtualNetwork } from './virtual-network.ts'

/** Whether, of two nodes of a mesh of so many, one dials the other; they are numbered from 0. */
export type Topology = (from: number, to: number, nodes: number) => boolean

/** Who dials whom. */
export const TOPOLOGIES = {
  full: () => true,
  line: (from, to) => Math.abs(from - to) === 1,
  /** All others know the first alone. */
  star: (from, to) => from === 0 || to === 0,
} satisfies Record<string, Topology>

/** How many there are of what, and how they are linked. */
export interface MemoryMeshOptions {
  /** What everything follows from. */
  readonly seed: number | string
  /** How many there are: 3 of each unless told otherwise. */
  readonly nodes?: number
  readonly agents?: number
  /** Everybody dials everybody unless told otherwise. */
  readonly topology?: Topology
  readonly latency?: Latency
  /** The share of all that is sent that is lost, and sent again: 0, unless told otherwise, to 1. */
  readonly loss?: number
  /** What nodes allow, where that is not what tests need. */
  readonly limits?: Partial<NodeLimits>
  /** A clock that was set otherwise. */
  readonly time?: VirtualClock
}

/** How long a mesh has been there: longer than any clock goes wrong. */
const FOUNDED_MS = 30 * 86_400_000
/** How long a mesh may take until all of its nodes serve. */
const START_MS = 20_000
/** How long something may take that is waited for. */
const FINISH_MS = 10_000

/** A mesh in this process: nodes and agents on hosts of their own, in virtual time. The same seed makes the same run. */
export class MemoryMesh {
  readonly time: VirtualClock
  readonly trace = new Trace()
  readonly random: SeededRandom
  readonly network: VirtualNetwork
  readonly mesh: Mesh
  /** From whom all trust starts. */
  readonly root: Identity
  /** Who revokes and suspends: all nodes hold its key. */
  readonly authority: Identity
  readonly nodes: readonly MemoryNode[]
  readonly agents: readonly MemoryAgent[]
  /** An agent of the authority, for statements that no other agent may issue. */
  readonly operator: MemoryAgent

  private constructor(options: MemoryMeshOptions, founding: Founding) {
    const { nodes = 3, agents = 3, topology = TOPOLOGIES.full, latency, loss = 0, limits } = options
    const { time = new VirtualClock() } = options
    const { trace } = this
    const { random, mesh, root, authority, keys } = founding
    this.time = time
    this.random = random
    this.mesh = mesh
    this.root = root
    this.authority = authority
    const draws = random.fork('network')
    this.network = new VirtualNetwork({ time, trace, random: draws, loss, ...(latency && { latency }) })
    const hosts = keys.map((_, i) => new VirtualHost(`node-${i}`, time))
    const peers: Peer[] = hosts.map((host, i) => ({ url: urlOf(host), node: (keys[i] as NodeKeys).node.did }))
    this.nodes = hosts.map((host, i) => {
      const draws = random.fork(host.name)
      return new MemoryNode({
        ...{ mesh, host, trace, network: this.network, random: draws },
        keys: keys[i] as NodeKeys,
        peers: peers.filter((_, to) => i !== to && topology(i, to, nodes)),
        disk: new VirtualDisk(draws.fork('disk')),
        ...(limits && { limits }),
      })
    })
    this.agents = Array.from({ length: agents }, (_, i) => this.#agent(`agent-${i}`))
    this.operator = this.#agent('operator', authority)
  }

  /** A mesh whose nodes all serve. */
  static async start(options: MemoryMeshOptions): Promise<MemoryMesh> {
    const mesh = new MemoryMesh(options, await found(options))
    await mesh.finish(Promise.all(mesh.nodes.map((node) => node.start())))
    const isServing = (): boolean => mesh.nodes.every(({ node }) => node.state === 'serving')
    if (!(await mesh.time.until(isServing, START_MS))) throw new Error('the mesh does not begin to serve')
    return mesh
  }

  /** The nodes that run. */
  get up(): readonly MemoryNode[] {
    return this.nodes.filter(({ isUp }) => isUp)
  }

  /** What something comes to, with the time that it takes; rejects where that is more than `withinMs`. */
  async finish<T>(promise: Promise<T>, withinMs = FINISH_MS): Promise<T> {
    let isDone = false
    const done = promise.finally(() => {
      isDone = true
    })
    done.catch(() => {})
    if (!(await this.time.until(() => isDone, withinMs))) throw new Error(`nothing came of it within ${withinMs} ms`)
    return await done
  }

  /** The name of somebody, for people. */
  nameOf(did: Did): string {
    return [...this.nodes, ...this.agents, this.operator].find((it) => it.did === did)?.host.name ?? did
  }

  #agent(name: string, identity: Identity = identityOf(this.random, name)): MemoryAgent {
    const { mesh, network, time } = this
    const random = this.random.fork(name)
    return new MemoryAgent({ mesh, network, identity, random, host: new VirtualHost(name, time) })
  }
}

/** What is there before anybody runs. */
interface Founding {
  readonly random: SeededRandom
  readonly mesh: Mesh
  readonly root: Identity
  readonly authority: Identity
  readonly keys: readonly NodeKeys[]
}

async function found({ seed, nodes = 3 }: MemoryMeshOptions): Promise<Founding> {
  const random = new SeededRandom(seed)
  const [root, authority] = [identityOf(random, 'root'), identityOf(random, 'authority')]
  const net = meshIdOf(root.did)
  const founder = new VirtualHost('founder', new VirtualClock())
  founder.jump(-FOUNDED_MS)
  const issuance: Issuance = { net, clock: founder.clock, random: random.fork('founding').bytes }
  const keys: NodeKeys[] = []
  for (let i = 0; i < nodes; i++) {
    const node = identityOf(random, `node-${i}`)
    keys.push({ node, authority, chain: await issueMembership({ root, authority, node: node.did }, issuance) })
  }
  const mesh: Mesh = { net, root: root.did, authorities: [authority.did], threshold: 1, admission: 'open' }
  return { random, mesh, root, authority, keys }
}

function identityOf(random: SeededRandom, name: string): Identity {
  return identityFromSeed(random.fork(`key of ${name}`).bytes(32))
}
