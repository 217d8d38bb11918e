import {
  encodeBody,
  generateIdentity,
  type Identity,
  meshIdOf,
  openStatement,
  type StatementId,
} from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { type Delegation, type Issuance, issueDelegation, issueInvocation, parseDelegation } from '@trustmesh/trust'
import type { Proof } from '../src/bodies.ts'
import type { AskedNode } from './asked-node.ts'

export const CAN = '/tool/search'
export const someone = (): Identity => generateIdentity(systemRandom)
/** Who stands behind the node, and the mesh. */
export const root: Identity = someone()
const net: Uint8Array = meshIdOf(root.did)
export const config = {
  url: 'ws://node',
  node: root.did,
  net,
  policy: { roots: [root.did], authorities: [root.did], threshold: 1 },
}

/** A chain from the first of these people to the last, who uses it at will. */
export class Lent {
  readonly links: readonly Uint8Array[]
  readonly ids: readonly StatementId[]
  readonly #user: Identity
  readonly #leaf: Delegation
  readonly #issuance: Issuance

  static async by(people: readonly Identity[], { platform }: AskedNode, ttlMs = 3_600_000): Promise<Lent> {
    const issuance = { net, clock: platform.clock, random: platform.random }
    const links: Uint8Array[] = []
    const path: Delegation[] = []
    for (const [i, aud] of people.slice(1).entries()) {
      const parent = path.at(-1)
      const depth = people.length - 2 - i
      const delegation = { aud: aud.did, can: CAN, depth, exp: platform.clock.now() + ttlMs, ...(parent && { parent }) }
      const { bytes } = await issueDelegation(people[i] as Identity, delegation, issuance)
      links.push(bytes)
      path.push(parseDelegation(openStatement(bytes)))
    }
    return new Lent(people.at(-1) as Identity, links, path, issuance)
  }

  private constructor(user: Identity, links: Uint8Array[], path: Delegation[], issuance: Issuance) {
    this.links = links
    this.ids = path.map(({ id }) => id)
    this.#user = user
    this.#leaf = path.at(-1) as Delegation
    this.#issuance = issuance
  }

  /** One use of it. */
  async use(aud: Identity): Promise<Proof> {
    const args = encodeBody({})
    const invocation = { aud: aud.did, leaf: this.#leaf, can: CAN, args }
    const { bytes } = await issueInvocation(this.#user, invocation, this.#issuance)
    return { invocation: bytes, links: this.links, args }
  }
}
