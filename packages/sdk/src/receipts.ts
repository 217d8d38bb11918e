import { sha256 } from '@noble/hashes/sha2.js'
import { type Did, type Identity, openStatement } from '@trustmesh/identity'
import { equalBytes } from '@trustmesh/protocol'
import { type Issuance, issueReceipt, parseReceipt, type Receipt } from '@trustmesh/trust/agent'

/** What this agent signs of what it says, so that it counts as evidence later, and what others have signed for it. */
export class Receipts {
  readonly #identity: Identity
  readonly #issuance: Issuance

  constructor(identity: Identity, issuance: Issuance) {
    this.#identity = identity
    this.#issuance = issuance
  }

  /** Signs for a body; where it answers a signed one, also for what it answers. */
  async issue(to: Did, body: Uint8Array, answered?: Uint8Array): Promise<Uint8Array> {
    const re = answered && this.#open(answered).id
    const about = { to, body: sha256(body), ...(re !== undefined && { re }) }
    return (await issueReceipt(this.#identity, about, this.#issuance)).bytes
  }

  /**
   * Whether a receipt is the sender's own, for this agent, for exactly this body, and, where this agent asked with a receipt
   * of its own, in answer to that.
   */
  isFor(receipt: Uint8Array, from: Did, body: Uint8Array, asked?: Uint8Array): boolean {
    try {
      const { iss, to, net, re, body: hash } = this.#open(receipt)
      const isOurs = iss === from && to === this.#identity.did && equalBytes(net, this.#issuance.net)
      return isOurs && equalBytes(hash, sha256(body)) && re === (asked && this.#open(asked).id)
    } catch {
      return false
    }
  }

  #open(receipt: Uint8Array): Receipt {
    return parseReceipt(openStatement(receipt))
  }
}
