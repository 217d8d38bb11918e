import { type KeyUse, LOG } from '@trustmesh/audit'
import { type Identity, type Keystore, loadOrCreate } from '@trustmesh/identity'
import { type Issuance, issueDelegation } from '@trustmesh/trust'
import { MAX_MEMBERSHIP_MS } from '../membership/certificate.ts'

/**
 * The keys with which a node signs what its audit log says, and what it has seen of others' logs, each for that alone; and the links
 * by which the node's own key says so.
 */
export class LogKeys {
  readonly log: Identity
  readonly witness: Identity
  readonly #node: Identity
  readonly #issuance: Issuance
  readonly #links = new Map<KeyUse, { readonly bytes: Uint8Array; readonly exp: number }>()

  /** The keys in a keystore, made where there are none. */
  static async open(keystore: Keystore, node: Identity, issuance: Issuance): Promise<LogKeys> {
    const { identity: log } = await loadOrCreate(keystore, 'log')
    const { identity: witness } = await loadOrCreate(keystore, 'witness')
    return new LogKeys(log, witness, node, issuance)
  }

  private constructor(log: Identity, witness: Identity, node: Identity, issuance: Issuance) {
    this.log = log
    this.witness = witness
    this.#node = node
    this.#issuance = issuance
  }

  /** The node's link to a key, as an envelope: good for half a year at least. */
  async linkTo(can: KeyUse): Promise<Uint8Array> {
    const now = this.#issuance.clock.now()
    const known = this.#links.get(can)
    if (known && known.exp > now + MAX_MEMBERSHIP_MS / 2) return known.bytes
    const exp = now + MAX_MEMBERSHIP_MS
    const { did: aud } = can === LOG ? this.log : this.witness
    const { bytes } = await issueDelegation(this.#node, { aud, can, exp }, this.#issuance)
    this.#links.set(can, { bytes, exp })
    return bytes
  }
}
