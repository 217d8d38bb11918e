import { type Identity, identityFromSeed, meshIdOf, sha256 } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueMembership, type Mesh, type NodeKeys } from '@trustmesh/mesh-node'
import type { Issuance } from '@trustmesh/trust'

/** A mesh whose keys follow from a seed, so that each process of a benchmark can make them. */
export class Founding {
  readonly root: Identity
  readonly authority: Identity
  readonly mesh: Mesh
  readonly #seed: string
  readonly #identities = new Map<string, Identity>()

  constructor(seed: string) {
    this.#seed = seed
    this.root = this.identity('root')
    this.authority = this.identity('authority')
    const net = meshIdOf(this.root.did)
    const authorities = [this.authority.did]
    this.mesh = { net, root: this.root.did, authorities, threshold: 1, admission: 'open' }
  }

  /** Whoever has this name in the mesh. */
  identity(name: string): Identity {
    const identity =
      this.#identities.get(name) ?? identityFromSeed(sha256(new TextEncoder().encode(`${this.#seed} ${name}`)))
    this.#identities.set(name, identity)
    return identity
  }

  /** What it takes to issue statements now, or `agoMs` ago. */
  issuance(agoMs = 0): Issuance {
    const now = (): number => systemClock.now() - agoMs
    return { net: this.mesh.net, clock: { ...systemClock, now }, random: systemRandom }
  }

  /** The keys of a node that is a member. */
  async keys(node: Identity): Promise<NodeKeys> {
    const { root, authority } = this
    return { node, authority, chain: await issueMembership({ root, authority, node: node.did }, this.issuance()) }
  }
}
