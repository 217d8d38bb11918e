import type { Did } from '@trustmesh/identity'
import {
  type AuditEvent,
  type AuditLog,
  type Mesh,
  MeshNode,
  type MeshNodeOptions,
  type NodeKeys,
  type NodeLimits,
  type Order,
  type Peer,
} from '@trustmesh/mesh-node'
import { keyPairOf } from '@trustmesh/protocol'
import type { SeededRandom } from './seeded-random.ts'
import { SILENT_METRICS } from './silent-metrics.ts'
import type { Trace } from './trace.ts'
import type { VirtualDisk } from './virtual-disk.ts'
import type { VirtualHost } from './virtual-host.ts'
import type { VirtualNetwork } from './virtual-network.ts'

/** What a node has, whom it dials, and where it runs. */
export interface MemoryNodeOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  /** Whom it dials. */
  readonly peers: readonly Peer[]
  readonly host: VirtualHost
  readonly disk: VirtualDisk
  readonly network: VirtualNetwork
  readonly random: SeededRandom
  readonly trace: Trace
  /** What it allows, where that is not what tests need. */
  readonly limits?: Partial<NodeLimits>
}

const LIMITS: NodeLimits = {
  maxSessions: 1_000,
  maxUnauthenticated: 1_000,
  maxUnauthenticatedPerAddress: 1_000,
  handshakeTimeoutMs: 5_000,
  handshakesPerSecondPerAddress: 1_000,
  messagesPerSecondPerDid: 1_000,
  statementsPerSecondPerDid: 1_000,
  maxStatements: 100_000,
}

/** A node of a mesh in memory: a host, a disk, and a `MeshNode` while it runs. */
export class MemoryNode {
  readonly did: Did
  readonly host: VirtualHost
  readonly disk: VirtualDisk
  /** When this life first held the revocation of a Did, in virtual ms. */
  readonly revokedAt = new Map<Did, number>()
  readonly #options: MemoryNodeOptions
  #node: MeshNode | undefined
  #starts = 0

  constructor(options: MemoryNodeOptions) {
    this.#options = options
    this.did = options.keys.node.did
    this.host = options.host
    this.disk = options.disk
  }

  /** Throws where it does not run. */
  get node(): MeshNode {
    if (!this.#node) throw new Error(`${this.host.name} is down`)
    return this.#node
  }

  get isUp(): boolean {
    return this.#node !== undefined
  }

  /** On what its disk holds, and reachable once it resolves; where it crashes before, it never does. */
  async start(): Promise<void> {
    const { host, network } = this.#options
    const node = await MeshNode.open(this.#nodeOptions())
    this.#node = node
    network.listen(host, (connection) => node.accept(connection))
  }

  /** As an operator does: everybody is told, and everything is written. */
  stop(): void {
    this.node.drain()
    this.#over()
  }

  /** As a power cut does. */
  crash(): void {
    this.#over()
  }

  /** As its operator. Rejects where nothing of it is in force. */
  async revoke(did: Did, reason = 'compromised'): Promise<void> {
    await this.order({ verb: 'revoke', targets: [{ did }], reason })
  }

  /** As {@link revoke}, for any order; where it takes a second person, there is one who approves. */
  async order(order: Order): Promise<void> {
    const { control } = this.node
    const ordered = await control.order(order, { name: 'operator', role: 'operator' })
    const isAwaited = ordered.state === 'awaiting-approval'
    const { state, code } = isAwaited ? await control.approve(ordered.id, { name: 'second', role: 'admin' }) : ordered
    if (state !== 'in-force') throw new Error(`the order to ${order.verb} is ${code ?? state}`)
  }

  #over(): void {
    this.#node = undefined
    this.revokedAt.clear()
    this.host.crash()
  }

  #nodeOptions(): MeshNodeOptions {
    const { mesh, keys, peers, host, disk, network, random, limits } = this.#options
    const draws = random.fork(`start ${this.#starts++}`)
    const timers = host.lifetime()
    return {
      mesh,
      keys,
      roots: [],
      limits: { ...LIMITS, ...limits },
      secondOperatorAbove: Number.MAX_SAFE_INTEGER,
      store: disk.open(host),
      audit: this.#audit(),
      metrics: SILENT_METRICS,
      clock: host.clock,
      random: draws.bytes,
      keyPair: () => keyPairOf(draws.bytes(32)),
      timers,
      peers,
      dial: (url, dialled) => (timers.isOver ? () => {} : network.dial(host, url, dialled)),
    }
  }

  #audit(): AuditLog {
    let index = 0
    const commit = async (event: AuditEvent): Promise<{ index: number }> => {
      this.#recorded(event)
      return { index: index++ }
    }
    const close = async (): Promise<void> => {}
    const record = (event: AuditEvent): void => this.#recorded(event)
    return { record, commit, healthy: () => true, close, [Symbol.asyncDispose]: close }
  }

  #recorded(event: AuditEvent): void {
    const { host, trace } = this.#options
    const at = host.clock.monotonic()
    trace.record(at, `${host.name} ${JSON.stringify(event)}`)
    if (event.event === 'revocation.applied' && event.did && !this.revokedAt.has(event.did)) {
      this.revokedAt.set(event.did, at)
    }
  }
}
