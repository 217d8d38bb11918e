import type { Clock, Did } from '@trustmesh/identity'
import type { AttestOptions, JoinOptions, Log, Mesh } from '@trustmesh/sdk'
import { joinMeshOn, type Platform } from '@trustmesh/sdk/platform'
import { issueSuspension } from '@trustmesh/trust'
import { MemoryMesh, type MemoryMeshOptions } from './memory-mesh.ts'
import type { MemoryNode } from './memory-node.ts'
import type { Trace } from './trace.ts'
import { VirtualHost } from './virtual-host.ts'
import { urlOf, type VirtualNetwork } from './virtual-network.ts'
import { virtualPlatform } from './virtual-platform.ts'

/** How many nodes there are, what everything follows from, and how slow the network is. */
export interface TestMeshOptions extends Partial<Omit<MemoryMeshOptions, 'agents'>> {
  /** Where agents say what a developer should know; their warnings go to stderr unless told otherwise. */
  readonly log?: Log
}

/** How an agent joins: as in production, but for what the mesh itself brings. */
export interface TestJoinOptions extends Omit<JoinOptions, 'invitation' | 'join' | 'name'> {
  /** Which node it joins by; the first unless told otherwise. */
  readonly node?: number
}

/** Where the agent of a name lives. */
interface Machine {
  readonly host: VirtualHost
  readonly platform: Platform
}

/** How long the mesh's own work may take, in virtual ms: joining gives up by itself after 30 s. */
const WORK_MS = 60_000
/** How long everybody is awake again when days have been skipped: long enough for whatever came due, and to hear each other. */
const AWAKE_MS = 10_000

/** A mesh in this process, whose nodes and agents are the real ones; {@link createMesh} makes one. */
export class TestMesh implements AsyncDisposable {
  readonly #memory: MemoryMesh
  readonly #log: Log | undefined
  readonly #machines = new Map<string, Machine>()
  /** All that have ever joined. */
  readonly #agents = new Map<Mesh, Machine>()
  #root: Mesh | undefined
  #skippedMs = 0

  private constructor(memory: MemoryMesh, log: Log | undefined) {
    this.#memory = memory
    this.#log = log
  }

  static async start({ seed = 1, nodes = 1, latency = () => 1, log, ...options }: TestMeshOptions): Promise<TestMesh> {
    const memory = await MemoryMesh.start({ ...options, seed, nodes, latency, agents: 0 })
    memory.time.runByItself()
    const mesh = new TestMesh(memory, log)
    mesh.#root = await mesh.join('root', { identity: memory.root })
    return mesh
  }

  /** The mesh's root as an agent: whom it attests all trust, and chains for what belongs to the mesh begin with it. */
  get root(): Mesh {
    return this.#root as Mesh
  }

  /** They can be stopped, crashed and started again. */
  get nodes(): readonly MemoryNode[] {
    return this.#memory.nodes
  }

  /** Can be split, healed and cut, between hosts. */
  get network(): VirtualNetwork {
    return this.#memory.network
  }

  /** All that has been under way so far, as one hash: the same for the same seed and the same test. */
  get trace(): Trace {
    return this.#memory.trace
  }

  /** What time it is in the mesh. */
  get clock(): Clock {
    return this.hostOf(this.root.did).clock
  }

  /**
   * Joins under that name, with an identity that follows from it and the seed: again is as the same agent. Rejects as
   * `joinMesh` does.
   */
  async join(name: string, { node = 0, ...options }: TestJoinOptions = {}): Promise<Mesh> {
    const machine = this.#machineOf(name)
    const joined = joinMeshOn(machine.platform, { ...options, name, join: this.#joinFileOf(node) })
    const mesh = await this.finish(joined, WORK_MS)
    this.#agents.set(mesh, machine)
    return mesh
  }

  /** The root attests somebody: −1000 to 1000. Resolves once every node that can be reached knows. */
  async vouch(did: Did, value: number, options: Omit<AttestOptions, 'value'> = {}): Promise<void> {
    await this.#work(this.root.attest(did, { ...options, value }))
  }

  /** The operator cuts somebody off for ever. Resolves once every node that can be reached knows. */
  async revoke(did: Did, reason = 'a test'): Promise<void> {
    await this.#work(this.#node.revoke(did, reason))
  }

  /** The operator cuts somebody off for so long; 30 days, the most that there is, unless told otherwise. */
  async suspend(did: Did, ms?: number): Promise<void> {
    await this.#work(this.#suspend({ sub: did, ...(ms !== undefined && { until: this.clock.now() + ms }) }))
  }

  /** Takes a suspension back. */
  async reinstate(did: Did): Promise<void> {
    await this.#work(this.#suspend({ sub: did, lifted: true }))
  }

  /** Lets so much time pass, in ms: timers fire, messages arrive, statements expire, one after the other. */
  async advance(ms: number): Promise<void> {
    await this.#memory.time.advance(ms)
  }

  /**
   * As {@link advance}, but for days and months: everybody sleeps until shortly before the end, and loses its connections by
   * that. What has come due meanwhile happens then, and agents come back.
   */
  async skip(ms: number): Promise<void> {
    const asleepMs = Math.max(0, ms - AWAKE_MS)
    const { nodes, operator } = this.#memory
    for (const { host } of [...nodes, ...this.#machines.values(), operator]) host.jump(asleepMs)
    this.#skippedMs += asleepMs
    if (asleepMs > 0) for (const { did } of this.#agents.keys()) this.#cut(did)
    await this.advance(ms - asleepMs)
  }

  /** Resolves once nothing is under way. */
  async settle(): Promise<void> {
    await this.#memory.time.settle()
  }

  /** What something comes to, with as much time as it takes; rejects where that is more than a minute, or than it is told. */
  async finish<T>(promise: Promise<T>, withinMs: number = WORK_MS): Promise<T> {
    return await this.#memory.finish(promise, withinMs)
  }

  /** Where an agent runs: it can stand still, crash, and be wrong about the time. Throws for whoever never joined. */
  hostOf(did: Did): VirtualHost {
    const found = [...this.#agents].find(([agent]) => agent.did === did)
    if (!found) throw new Error(`${did} has never joined`)
    return found[1].host
  }

  /** Breaks the connection of an agent; it comes back by itself, in its own time. */
  async cut(did: Did): Promise<void> {
    this.#cut(did)
    await this.settle()
  }

  /** All agents leave, and the nodes stop. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents.keys()) agent.close()
    await this.settle()
    for (const node of this.#memory.up) node.stop()
    await this.settle()
  }

  /** By which the operator acts. */
  get #node(): MemoryNode {
    const [node] = this.#memory.up
    if (!node) throw new Error('no node is up')
    return node
  }

  #cut(did: Did): void {
    for (const { host } of this.nodes) this.network.cut(this.hostOf(did), host)
  }

  async #work(work: Promise<unknown>): Promise<void> {
    await this.finish(work, WORK_MS)
    await this.settle()
  }

  async #suspend(suspension: { sub: Did; until?: number; lifted?: boolean }): Promise<void> {
    const { operator } = this.#memory
    if (!operator.home) await operator.join(this.#node)
    const outcome = await operator.submit(await issueSuspension(operator.identity, suspension, operator.issuance))
    if (outcome !== 'ok') throw new Error(`the node says of the suspension: ${outcome}`)
  }

  #machineOf(name: string): Machine {
    const { time, network, random } = this.#memory
    const known = this.#machines.get(name)
    if (known) return known
    const host = new VirtualHost(name, time)
    host.jump(this.#skippedMs)
    const warn = (message: string): void => void process.stderr.write(`trustmesh: ${name}: ${message}\n`)
    const log = this.#log ?? { info: () => {}, warn }
    const platform = virtualPlatform({ host, network, log, random: random.fork(`agent ${name}`) })
    const machine = { host, platform }
    this.#machines.set(name, machine)
    return machine
  }

  /** What the node of that number would write for the agents of its machine. */
  #joinFileOf(number: number): unknown {
    const node = this.nodes[number]
    if (!node) throw new Error(`there is no node ${number}: they are numbered from 0`)
    const { net, root, authorities, threshold } = this.#memory.mesh
    const where = { url: urlOf(node.host), node: node.did, net: Buffer.from(net).toString('hex') }
    return { version: 1, ...where, root, roots: [root], authorities, threshold }
  }
}

/** A mesh whose nodes all serve: one node unless told otherwise, all draws from seed 1, and 1 ms for whatever is sent. */
export async function createMesh(options: TestMeshOptions = {}): Promise<TestMesh> {
  return await TestMesh.start(options)
}
