import type { Identity } from '@trustmesh/identity'

/** The keys that a node signs with, and what makes it a member. */
export interface NodeKeys {
  /** Who this node is to those who connect. */
  readonly node: Identity
  /** Signs what the operator decides here; `null` where operators bring statements that they have signed elsewhere. */
  readonly authority: Identity | null
  /** The delegations `/mesh/node` from the root of the mesh to this node, the root's first, as envelopes. */
  readonly chain: readonly Uint8Array[]
}
