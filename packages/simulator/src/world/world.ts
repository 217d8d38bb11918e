import type { Did } from '@trustmesh/identity'
import type { NodeLimits } from '@trustmesh/mesh-node'
import { preload } from '@trustmesh/sdk/platform'
import {
  type Latency,
  MemoryMesh,
  type MemoryNode,
  type SeededRandom,
  type Topology,
  urlOf,
  VirtualClock,
  type VirtualNetwork,
} from '@trustmesh/testing'
import type { Standing } from '@trustmesh/trust'
import type { RunRecord, TrustGraph } from '../run-record.ts'
import { Agent, type AgentOptions } from './agent.ts'
import { Findings } from './findings.ts'
import { trustGraph } from './trust-graph.ts'

/** The mesh that a scenario happens to. */
export interface WorldOptions {
  /** One unless told otherwise. */
  readonly nodes?: number
  /** Everybody dials everybody unless told otherwise. */
  readonly topology?: Topology
  /** How long something is under way, in ms, by link; 5 to 20 unless told otherwise. */
  readonly latency?: Latency
  /** The share of messages that have to be sent again, as TCP does: 0 to 1. */
  readonly loss?: number
  /** What nodes allow; beyond what any scenario needs unless told otherwise. */
  readonly limits?: Partial<NodeLimits>
}

/** What a run has left behind. */
export type Outcome = Omit<RunRecord, 'point' | 'run' | 'seed' | 'settings'>

/** What nodes allow: attacks are what scenarios say they are, and not what one node happens to bear. */
const LIMITS: Partial<NodeLimits> = { maxSessions: 20_000, maxUnauthenticated: 20_000, maxStatements: 1_000_000 }
const LATENCY: Latency = (random) => random.integer(5, 20)
/** How long a run may take, in virtual ms: who waits for what never happens ends here. */
const LONGEST_MS = 366 * 86_400_000

/**
 * A mesh for one run: nodes, agents and a network, and what is found out about them. Time passes while the scenario waits
 * for something, and only then; everything that happens follows from the seed.
 */
export class World<M extends string = string, S extends string = string> {
  /** The scenario's own draws. */
  readonly random: SeededRandom
  /** The mesh's root, which has joined: whom it attests all trust. */
  readonly root: Agent
  readonly #memory: MemoryMesh
  readonly #findings = new Findings()
  readonly #agents = new Map<string, Agent>()
  readonly #judged = { attackers: [] as number[], honest: [] as number[] }
  readonly #graphs: TrustGraph[] = []
  readonly #drawn: SeededRandom
  #beganAt = 0
  #failure: { readonly cause: unknown } | undefined

  private constructor(memory: MemoryMesh) {
    this.#memory = memory
    this.random = memory.random.fork('scenario')
    this.#drawn = memory.random.fork('drawn for graphs')
    this.root = this.agent('root', { group: 'root', identity: memory.root })
  }

  /** Has a scenario happen to a new mesh, and says what it came to. Rejects with the first failure of anything in it. */
  static async run<M extends string, S extends string>(
    seed: string,
    options: WorldOptions,
    play: (world: World<M, S>) => Promise<void>,
  ): Promise<Outcome> {
    await preload()
    const { nodes = 1, latency = LATENCY, ...others } = options
    const limits = { ...LIMITS, ...options.limits }
    const time = new VirtualClock({ isAlone: true })
    const memory = await MemoryMesh.start({ ...others, seed, nodes, latency, limits, agents: 0, time })
    const world = new World<M, S>(memory)
    const whole = async (): Promise<void> => {
      await world.root.join()
      world.#beganAt = memory.time.now
      await play(world)
    }
    let isOver = false
    const ended = whole().finally(() => {
      isOver = true
    })
    ended.catch(() => {})
    const isDecided = await memory.time.until(() => isOver || world.#failure !== undefined, LONGEST_MS)
    if (world.#failure) throw world.#failure.cause
    if (!isDecided) throw new Error('the run does not end within a year')
    await ended
    return world.#outcome()
  }

  /** Virtual ms since the run began. */
  get now(): number {
    return this.#memory.time.now - this.#beganAt
  }

  /** They can be stopped, crashed and started again, and their hosts can stand still or be wrong about the time. */
  get nodes(): readonly MemoryNode[] {
    return this.#memory.nodes
  }

  /** Can be split, healed and cut, between hosts. */
  get network(): VirtualNetwork {
    return this.#memory.network
  }

  /** The agents that there are, whether they are here or away. */
  get agents(): readonly Agent[] {
    return [...this.#agents.values()]
  }

  /** A new agent, which has not joined yet. Its identity follows from the seed and its name. Throws where the name is taken. */
  agent(name: string, options: AgentOptions = {}): Agent {
    if (this.#agents.has(name)) throw new Error(`there is a "${name}" already`)
    const { time, network, random, nodes, mesh } = this.#memory
    const joinFileOf = (node: MemoryNode, roots: readonly Did[]): unknown => this.#joinFileOf(node, roots)
    const agent = new Agent(name, options, { time, network, random, nodes, net: mesh.net, joinFileOf })
    this.#agents.set(name, agent)
    return agent
  }

  /** Lets so much time pass: behaviours act, messages arrive, timers fire. */
  async pass(ms: number): Promise<void> {
    await this.#memory.time.advance(ms)
  }

  /** What something comes to; rejects where that takes longer, a minute unless told otherwise. */
  async finish<T>(promise: Promise<T>, withinMs = 60_000): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const late = (): void => reject(new Error(`nothing came of it within ${withinMs} ms`))
      const cancel = this.#memory.time.after(withinMs, late, false)
      promise.then(resolve, reject).finally(cancel)
    })
  }

  /**
   * A behaviour: acts every so many ms, the first time after so many, until the returned function is called. A turn that takes longer
   * delays the next, which is not made up for. What it fails with ends the run.
   */
  every(ms: number | (() => number), act: () => unknown): () => void {
    const { time } = this.#memory
    const intervalMs = typeof ms === 'number' ? () => ms : ms
    let cancel = (): void => {}
    let isStopped = false
    const wait = (waitMs: number): void => {
      cancel = time.after(waitMs, () => void turn(), false)
    }
    const turn = async (): Promise<void> => {
      const beganAt = time.now
      try {
        await act()
        if (!isStopped) wait(beganAt + intervalMs() - time.now)
      } catch (cause) {
        this.#failure ??= { cause }
      }
    }
    wait(intervalMs())
    return () => {
      isStopped = true
      cancel()
    }
  }

  /** As an operator does, at the first node that is up unless told otherwise. Resolves once it is in force there. */
  async revoke(did: Did, { node, reason = 'compromised' }: { node?: number; reason?: string } = {}): Promise<void> {
    await this.#node(node).revoke(did, reason)
  }

  /** As an operator does: for so long, 30 days at most. */
  async suspend(did: Did, ms: number, { node }: { node?: number } = {}): Promise<void> {
    await this.#order({ verb: 'suspend', did, ttlMs: ms, reason: 'suspected' }, node)
  }

  /** Takes a suspension back. */
  async reinstate(did: Did, { node }: { node?: number } = {}): Promise<void> {
    await this.#order({ verb: 'lift', did, reason: 'cleared' }, node)
  }

  /** What a node holds of a Did now; the first that is up unless told otherwise. */
  standing(did: Did, { node, ctx = '' }: { node?: number; ctx?: string } = {}): Standing {
    return this.#node(node).node.control.standing(did, ctx)
  }

  /** What the run came to, in the measure's unit. Once a run. */
  measure(name: M, value: number): void {
    this.#findings.measure(name, value)
  }

  /** One of those that a share is of, and whether it did. */
  tally(name: M, did: boolean): void {
    this.#findings.tally(name, did)
  }

  /** The values of a group now. */
  sample(name: S, values: readonly number[]): void {
    this.#findings.sample(name, this.now, values)
  }

  /** Somebody whom a detector would have to tell from the others by its score as it is now. */
  judge(who: Agent | Did, isAttacker: boolean): void {
    this.#judged[isAttacker ? 'attackers' : 'honest'].push(this.standing(typeof who === 'string' ? who : who.did).score)
  }

  /** Keeps the trust graph as it is now: all agents of the world, or as many as can be drawn. */
  snapshot(about: string): void {
    const agents = [...this.#agents.values()]
    this.#graphs.push({ at: this.now, about, ...trustGraph(this.#node(), agents, this.#drawn) })
  }

  #node(number?: number): MemoryNode {
    const node = number === undefined ? this.#memory.up[0] : this.nodes[number]
    if (!node) throw new Error(number === undefined ? 'no node is up' : `there is no node ${number}`)
    return node
  }

  async #order(order: Parameters<MemoryNode['order']>[0], node?: number): Promise<void> {
    await this.#node(node).order(order)
  }

  #joinFileOf(node: MemoryNode, roots: readonly Did[]): unknown {
    const { net, root, authorities, threshold } = this.#memory.mesh
    const where = { url: urlOf(node.host), node: node.did, net: Buffer.from(net).toString('hex') }
    return { version: 1, ...where, root, roots: [root, ...roots], authorities, threshold }
  }

  #outcome(): Outcome {
    const { time, trace } = this.#memory
    return {
      measures: this.#findings.measures,
      series: this.#findings.series,
      judged: this.#judged,
      graphs: this.#graphs,
      virtualMs: this.now,
      events: time.events,
      trace: trace.digest(),
    }
  }
}
