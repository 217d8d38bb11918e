import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Did, generateIdentity, type Identity, meshIdOf } from '@trustmesh/identity'
import { FileKeystore, systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueMembership, type Mesh, writeMeshFile } from '@trustmesh/mesh-node'
import { Violation, type ViolationCode } from '@trustmesh/testing'
import type { Issuance } from '@trustmesh/trust'
import { buildNode, type JoinFile } from '../e2e/kit.ts'
import { contents } from '../store/entries.ts'
import { openStore } from '../store/open-store.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { ChaosNode } from './chaos-node.ts'
import { FaultProxy } from './fault-proxy.ts'
import type { Ledger } from './ledger.ts'
import type { NodeView } from './node-program.ts'
import { SmallDisk } from './small-disk.ts'

const NODES = 5
/** One interval of reconciliation, in the time that a node's process gets: ticks. */
const INTERVAL = 50
/** However little time the processes get. */
const AT_MOST_MS = 120_000
const POLL_MS = 50
/** So long ago: no clock is so wrong that nobody is a member yet. */
const FOUNDED_MS = 86_400_000

/** Real nodes in processes of their own, on disks of which the last is small, with a proxy on the way from each to each other. */
export class ChaosMesh implements AsyncDisposable {
  readonly nodes: ChaosNode[] = []
  /** An authority that belongs to no node. */
  readonly operator: Identity = generateIdentity(systemRandom)
  /** How far ahead of the system's clock everybody is who has not been told otherwise. */
  aheadMs = 0
  smallDisk: SmallDisk | null = null
  readonly #ledger: Ledger
  readonly #open: AsyncDisposable[] = []
  readonly #lanes = new Map<string, FaultProxy>()
  #net: Uint8Array = new Uint8Array()

  static async start(ledger: Ledger): Promise<ChaosMesh> {
    const mesh = new ChaosMesh(ledger)
    try {
      await mesh.#found()
      return mesh
    } catch (error) {
      await mesh[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  get issuance(): Issuance {
    return this.#issuanceAt(this.aheadMs)
  }

  at(place: number): ChaosNode {
    return this.nodes[place] as ChaosNode
  }

  /** What an agent joins by. */
  joinFileOf(place: number): JoinFile {
    const { url } = this.lane('agents', place)
    return { url, node: this.at(place).did, net: Buffer.from(this.#net).toString('hex') }
  }

  /** The way by which one dials another; agents have one to each node. */
  lane(from: number | 'agents', to: number): FaultProxy {
    return this.#lanes.get(`${from} ${to}`) as FaultProxy
  }

  /** Both ways between each of some nodes and each of the others. */
  between(some: readonly number[]): FaultProxy[] {
    const crosses = ([from, to]: readonly string[]): boolean => {
      return from !== 'agents' && some.includes(Number(from)) !== some.includes(Number(to))
    }
    return [...this.#lanes].flatMap(([ends, lane]) => (crosses(ends.split(' ')) ? [lane] : []))
  }

  get lanes(): Iterable<FaultProxy> {
    return this.#lanes.values()
  }

  /** What every node is now; those that are down or stopped say nothing. */
  async views(): Promise<ReadonlyMap<ChaosNode, NodeView>> {
    const views = new Map<ChaosNode, NodeView>()
    const ask = async (node: ChaosNode): Promise<void> => {
      const hold = this.#ledger.expecting(node)
      const view = await node.view(this.#ledger.doomed)
      if (!view) return
      hold(view)
      views.set(node, view)
    }
    await Promise.all(this.nodes.filter(({ isUp, isPaused }) => isUp && !isPaused).map(ask))
    this.#ledger.check()
    return views
  }

  /**
   * Waits until something holds of each of some nodes; gives how many intervals of reconciliation that took, by the time
   * that their processes had. Rejects with {@link Violation} where it took more than `intervals`.
   */
  async within(
    intervals: number,
    code: ViolationCode,
    some: readonly ChaosNode[],
    holds: (views: readonly NodeView[]) => boolean,
  ): Promise<number> {
    const deadline = performance.now() + AT_MOST_MS
    let since: readonly number[] | undefined
    for (let passed = 0; ; ) {
      const all = await this.views()
      const views = some.flatMap((node) => all.get(node) ?? [])
      if (views.length === some.length) {
        const now = views.map(({ ticks }) => ticks)
        const began = since ?? now
        since = began
        passed = Math.max(...now.map((ticks, i) => ticks - (began[i] as number))) / INTERVAL
        if (passed <= intervals && holds(views)) return passed
      }
      if (passed > intervals || performance.now() > deadline) {
        const seen = views.map(({ revoked, sessions, ticks: _, ...view }) => ({ ...view, revoked: revoked.length }))
        throw new Violation(code, `not within ${intervals} intervals: ${JSON.stringify(seen)}`)
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  /** All serve, are linked with each other, and have nobody here who is revoked. */
  async healed(intervals: number): Promise<number> {
    const { revoked } = this.#ledger
    return await this.within(intervals, 'convergence', this.nodes, (views) =>
      views.every((view) => {
        const isWhole = view.state === 'serving' && view.linked === NODES - 1
        return isWhole && [...revoked].every((did) => view.revoked.includes(did) && !view.sessions.includes(did))
      }),
    )
  }

  /** All hold the same, by clocks that are right. */
  async agreed(intervals: number): Promise<number> {
    this.aheadMs = Math.max(this.aheadMs, ...this.nodes.map(({ aheadMs }) => aheadMs))
    for (const node of this.nodes) await node.jump(this.aheadMs)
    let before = ''
    return await this.within(intervals, 'convergence', this.nodes, (views) => {
      const [first, ...others] = new Set(views.map(({ fingerprint }) => fingerprint))
      const isSame = others.length === 0 && first === before
      before = first as string
      return isSame
    })
  }

  /** Ends all nodes in order; gives what each has on its disk. */
  async disks(): Promise<string[][]> {
    const disks: string[][] = []
    for (const node of this.nodes) {
      await node.stop()
      await using store = await openStore(node.dataDir)
      const faults = store.condition.map(({ code }) => code)
      if (faults.length > 0) throw new Violation('durability', `the store of node ${node.place}: ${faults}`)
      disks.push(await contents(store))
    }
    return disks
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open.splice(0).reverse()) await each[Symbol.asyncDispose]()
  }

  async #found(): Promise<void> {
    await buildNode()
    const folder = this.#use(await temporaryFolder())
    const small = join(folder.path, 'small')
    await mkdir(small)
    this.smallDisk = await SmallDisk.mount(small)
    if (this.smallDisk) this.#use(this.smallDisk)
    else if (process.env['CI']) throw new Error('no small disk can be mounted here')

    const root = generateIdentity(systemRandom)
    this.#net = meshIdOf(root.did)
    const places = Array.from({ length: NODES }, (_, place) => place)
    const dataDirOf = (place: number): string => {
      return join(place === NODES - 1 && this.smallDisk ? this.smallDisk.path : folder.path, `node-${place}`)
    }
    const keys = await Promise.all(
      places.map(async (place) => {
        const keystore = keystoreIn(dataDirOf(place))
        return { node: await keystore.create('node'), authority: await keystore.create('authority') }
      }),
    )
    const authorities = [this.operator.did, ...keys.map(({ authority }) => authority.did)]
    const mesh: Mesh = { net: this.#net, root: root.did, authorities, threshold: 1, admission: 'open' }
    for (const to of places) {
      for (const from of [...places, 'agents'] as const) {
        if (from !== to) this.#lanes.set(`${from} ${to}`, this.#use(await FaultProxy.start()))
      }
    }
    for (const [place, { node, authority }] of keys.entries()) {
      const dataDir = dataDirOf(place)
      const chain = await issueMembership({ root, authority, node: node.did }, this.#issuanceAt(-FOUNDED_MS))
      const peers = keys.flatMap((key, to) => {
        return to === place ? [] : [{ node: key.node.did, url: this.lane(place, to).url }]
      })
      await writeMeshFile(dataDir, { name: '', mesh, chain, peers })
      this.nodes.push(this.#nodeAt(place, node.did, dataDir, join(folder.path, `join-${place}.json`)))
    }
    await Promise.all(this.nodes.map((node) => node.start()))
    await this.healed(20)
  }

  #issuanceAt(aheadMs: number): Issuance {
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
    return { net: this.#net, clock, random: systemRandom }
  }

  #nodeAt(place: number, did: Did, dataDir: string, joinFile: string): ChaosNode {
    const node = new ChaosNode({
      ...{ place, did, dataDir, joinFile },
      moved: (port) => {
        for (const [ends, lane] of this.#lanes) if (ends.endsWith(` ${place}`)) lane.target = port
      },
      died: (what) => this.#ledger.blame('durability', what),
    })
    return this.#use(node)
  }

  /** It goes with the mesh. */
  #use<T extends AsyncDisposable>(each: T): T {
    this.#open.push(each)
    return each
  }
}

function keystoreIn(dataDir: string): FileKeystore {
  const directory = join(dataDir, 'keys')
  return new FileKeystore({ directory, random: systemRandom, passphrase: async () => null, warn: () => {} })
}
