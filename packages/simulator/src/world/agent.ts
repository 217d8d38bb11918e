import { type Did, type Identity, identityFromSeed } from '@trustmesh/identity'
import type { JoinOptions, Mesh } from '@trustmesh/sdk'
import { joinMeshOn, type Log, type Platform } from '@trustmesh/sdk/platform'
import { type MemoryNode, type SeededRandom, VirtualHost, virtualPlatform } from '@trustmesh/testing'
import type { Issuance } from '@trustmesh/trust'
import type { WorldPlace } from './world-place.ts'

/** How an agent of a {@link World} differs from the others. */
export interface AgentOptions extends Pick<JoinOptions, 'manifest' | 'reporter' | 'timeoutMs'> {
  /** What graphs show it as one of: `honest`, `sybil`. */
  readonly group?: string
  /** Which node it joins by; the first unless told otherwise. */
  readonly node?: number
  /** From whom it takes trust to start; the mesh's root alone unless told otherwise. */
  readonly roots?: readonly Did[]
  /** Of another agent, whose key it has; its own unless told otherwise. Such an agent cannot {@link Agent.rotate}. */
  readonly identity?: Identity
}

/** What agents say to their developers is in what they do. */
const SILENT: Log = { info: () => {}, warn: () => {} }

/** An agent of a {@link World}: the SDK on a machine of its own, which is there or away. What it knows outlives its absence. */
export class Agent {
  readonly name: string
  readonly group: string
  readonly host: VirtualHost
  readonly #options: AgentOptions
  readonly #place: WorldPlace
  readonly #random: SeededRandom
  #identity: Identity
  #platform: Platform | undefined
  #mesh: Mesh | undefined
  #joining: Promise<Mesh> | undefined

  constructor(name: string, options: AgentOptions, place: WorldPlace) {
    this.name = name
    this.group = options.group ?? 'agent'
    this.#options = options
    this.#place = place
    this.#random = place.random.fork(`agent ${name}`)
    this.host = new VirtualHost(name, place.time)
    // The first that its keystore is going to draw: so it is known who it is before it has ever joined.
    this.#identity = options.identity ?? identityFromSeed(this.#random.fork('keys').bytes(32))
  }

  /** Who it is now; its heir once it has rotated. */
  get did(): Did {
    return this.#mesh?.did ?? this.#identity.did
  }

  /** What somebody has who has stolen its key. */
  get identity(): Identity {
    return this.#identity
  }

  get isHere(): boolean {
    return this.#mesh !== undefined
  }

  /** Its place in the mesh, as the SDK has it. Throws while it is away. */
  get mesh(): Mesh {
    if (!this.#mesh) throw new Error(`${this.name} is away`)
    return this.#mesh
  }

  /** What it takes to sign statements of its own making, beside those that the SDK makes. */
  get issuance(): Issuance {
    return { net: this.#place.net, clock: this.host.clock, random: this.#random.bytes }
  }

  /** The node that it joins by. */
  get home(): MemoryNode {
    const number = this.#options.node ?? 0
    const node = this.#place.nodes[number]
    if (!node) throw new Error(`there is no node ${number}: they are numbered from 0`)
    return node
  }

  /** Joins by its node; where it is here already that is all. Rejects as `joinMesh` does. */
  async join(): Promise<Mesh> {
    if (this.#mesh) return this.#mesh
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined
    })
    return await this.#joining
  }

  /** Resolves once it is out of the mesh. */
  async leave(): Promise<void> {
    const mesh = this.#mesh
    this.#mesh = undefined
    mesh?.close()
    await mesh?.closed()
  }

  /** Joins, acts, and leaves whatever comes of that: for agents that come now and then. The days in between cost nothing. */
  async visit<T>(act: (mesh: Mesh) => Promise<T>): Promise<T> {
    const mesh = await this.join()
    try {
      return await act(mesh)
    } finally {
      await this.leave()
    }
  }

  /** Hands over to its heir, and is that from then on. Rejects as the SDK does. */
  async rotate(): Promise<Mesh> {
    const mesh = this.#enter(await this.mesh.rotate())
    this.#identity = (await this.#platform?.openKept(this.name, SILENT))?.identity ?? this.#identity
    return mesh
  }

  async #join(): Promise<Mesh> {
    const { group: _, node: __, roots = [], ...options } = this.#options
    this.#platform ??= this.#newPlatform()
    const join = this.#place.joinFileOf(this.home, roots)
    return this.#enter(await joinMeshOn(this.#platform, { ...options, name: this.name, join }))
  }

  /** Whoever is out of the mesh for good is away. */
  #enter(mesh: Mesh): Mesh {
    this.#mesh = mesh
    void mesh.closed().then(() => {
      if (this.#mesh === mesh) this.#mesh = undefined
    })
    return mesh
  }

  #newPlatform(): Platform {
    const { network } = this.#place
    return virtualPlatform({ host: this.host, network, random: this.#random, log: SILENT })
  }
}
