import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Did, generateIdentity, type Identity, meshIdOf } from '@trustmesh/identity'
import { FileKeystore, systemClock, systemRandom } from '@trustmesh/identity/node'
import { loadConfig, type MeshNode, type RunningNode, type StartOptions, startNode } from '@trustmesh/mesh-node'
import type { Issuance } from '@trustmesh/trust'
import type { JoinFile } from '../../packages/mesh-node/src/join-file.ts'
import { issueMembership } from '../../packages/mesh-node/src/membership/certificate.ts'
import { writeMeshFile } from '../../packages/mesh-node/src/membership/mesh-file.ts'
import type { Peer } from '../../packages/mesh-node/src/membership/peer.ts'
import { until } from '../e2e/until.ts'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

export interface NodeMeshOptions {
  readonly nodes: number
  /** Whom the node of this place dials, among those before it; all of them unless told otherwise. */
  readonly dials?: (place: number) => readonly number[]
  /** Whom everybody trusts. */
  readonly roots?: readonly Did[]
  /** Where a node finds another, where that is not its own URL: a proxy's. */
  readonly via?: (peer: Peer, from: number, to: number) => Promise<string> | string
}

/** A real node of a mesh of several. */
export interface Member {
  readonly node: MeshNode
  readonly running: RunningNode
  /** What an agent of this node joins by. */
  readonly joinFile: JoinFile
  readonly identity: Identity
}

const QUIET = { info: () => {}, warn: () => {}, error: () => {} }

/** Real nodes in this process, on sockets and folders of their own; each with an authority whose word is enough. */
export class NodeMesh implements AsyncDisposable {
  readonly members: Member[] = []
  readonly net: Uint8Array
  readonly #root: Identity
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>
  readonly #options: NodeMeshOptions

  private constructor(folder: Awaited<ReturnType<typeof temporaryFolder>>, options: NodeMeshOptions) {
    this.#folder = folder
    this.#options = options
    this.#root = generateIdentity(systemRandom)
    this.net = meshIdOf(this.#root.did)
  }

  static async start(options: NodeMeshOptions): Promise<NodeMesh> {
    const mesh = new NodeMesh(await temporaryFolder(), options)
    const root = mesh.#root
    const { net, issuance } = mesh
    const places = Array.from({ length: options.nodes }, (_, place) => place)
    const keys = await Promise.all(
      places.map(async (place) => {
        const keystore = keystoreIn(mesh.dataDir(place))
        return { node: await keystore.create('node'), authority: await keystore.create('authority') }
      }),
    )
    const authorities = keys.map(({ authority }) => authority.did)
    for (const [place, { node, authority }] of keys.entries()) {
      const chain = await issueMembership({ root, authority, node: node.did }, issuance)
      const parts = { net, root: root.did, authorities, threshold: 1, admission: 'open' } as const
      const peers: Peer[] = []
      for (const to of mesh.#dials(place)) {
        const peer = { node: mesh.at(to).node.did, url: mesh.at(to).running.url }
        peers.push({ ...peer, url: (await options.via?.(peer, place, to)) ?? peer.url })
      }
      await writeMeshFile(mesh.dataDir(place), { name: '', mesh: parts, chain, peers })
      mesh.members.push(await mesh.#open(place, node, await freePort()))
    }
    await mesh.linked()
    return mesh
  }

  at(place: number): Member {
    const member = this.members[place]
    if (!member) throw new RangeError(`no member ${place}`)
    return member
  }

  /** A key that the node of this place holds. */
  async key(place: number, name: 'authority' | 'node'): Promise<Identity> {
    return (await keystoreIn(this.dataDir(place)).load(name)) as Identity
  }

  /** What it takes to issue in this mesh. */
  get issuance(): Issuance {
    return { net: this.net, clock: systemClock, random: systemRandom }
  }

  /** As the operator of a node. Rejects where nothing of it is in force. */
  async revoke(place: number, did: Did): Promise<void> {
    const order = { verb: 'revoke', targets: [{ did }], reason: 'a test' } as const
    const { state, code } = await this.at(place).node.control.order(order, { name: 'operator', role: 'operator' })
    if (state !== 'in-force') throw new Error(`not revoked: ${code ?? state}`)
  }

  /** The key with which a node revokes. */
  async authority(place: number): Promise<Identity> {
    return (await keystoreIn(this.dataDir(place)).load('authority')) as Identity
  }

  /** What makes somebody a member, as envelopes. */
  async admit(node: Did): Promise<readonly Uint8Array[]> {
    const authority = generateIdentity(systemRandom)
    return await issueMembership({ root: this.#root, authority, node }, this.issuance)
  }

  /** Makes the folder of another member, a node that starts as a process of its own and dials all that are here. */
  async prepare(home: string): Promise<Identity> {
    const dataDir = join(home, 'node')
    const identity = await keystoreIn(dataDir).create('node')
    const { root, authorities, threshold } = this.at(0).joinFile
    const parts = { net: this.net, root, authorities, threshold, admission: 'open' } as const
    const peers = this.members.map(({ node, running }) => ({ node: node.did, url: running.url }))
    await writeMeshFile(dataDir, { name: '', mesh: parts, chain: await this.admit(identity.did), peers })
    return identity
  }

  /** Resolves when every node serves and is linked with all that it dials. */
  async linked(): Promise<void> {
    await until(() =>
      this.members.every(({ node }, place) => {
        const linked = node.members.filter(({ isLinked }) => isLinked).map(({ did }) => did)
        return node.state === 'serving' && this.#dials(place).every((to) => linked.includes(this.at(to).node.did))
      }),
    )
  }

  /** Resolves when all hold the same. */
  async agree(): Promise<void> {
    await until(() => new Set(this.members.map(({ node }) => node.fingerprint)).size === 1)
  }

  async stop(place: number): Promise<void> {
    await this.at(place).running.stop()
  }

  /** On the folder and the port that {@link stop} has left behind. */
  async startAgain(place: number, options: Partial<StartOptions> = {}): Promise<void> {
    const { identity, joinFile } = this.at(place)
    this.members[place] = await this.#open(place, identity, Number(new URL(joinFile.url).port), options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { running } of this.members) await running.stop()
    await this.#folder[Symbol.asyncDispose]()
  }

  #dials(place: number): readonly number[] {
    return this.#options.dials?.(place) ?? Array.from({ length: place }, (_, to) => to)
  }

  /** The folder of a node. */
  dataDir(place: number): string {
    return join(this.#folder.path, `node-${place}`)
  }

  async #open(place: number, identity: Identity, port: number, options: Partial<StartOptions> = {}): Promise<Member> {
    const dataDir = this.dataDir(place)
    const at = { host: '127.0.0.1', port: 0 }
    const { roots = [] } = this.#options
    const joinFile = join(dataDir, 'join.json')
    const config = await loadConfig({ overrides: { dataDir, joinFile, roots, listen: { ...at, port }, admin: at } })
    const running = await startNode(config, { log: QUIET, passphrase: async () => null, ...options })
    const text = await readFile(joinFile, 'utf8')
    return { running, node: running.node, identity, joinFile: JSON.parse(text) as JoinFile }
  }
}

function keystoreIn(dataDir: string): FileKeystore {
  const directory = join(dataDir, 'keys')
  return new FileKeystore({ directory, random: systemRandom, passphrase: async () => null, warn: () => {} })
}
