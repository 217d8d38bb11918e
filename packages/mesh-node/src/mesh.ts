import type { Did } from '@trustmesh/identity'

/** Who may become part of a mesh: anybody, or only those who bring a delegation `/mesh/join`. */
export type Admission = 'open' | 'invited'

/** The mesh that a node is a member of: the same for all of its members. */
export interface Mesh {
  /** SHA-256 of the root's Did, 32 bytes. */
  readonly net: Uint8Array
  /** Where trust in this mesh starts, and what it is named after. Its key is not needed to run a node. */
  readonly root: Did
  /** Whose revocations of a Did count, and how many of them it takes. */
  readonly authorities: readonly Did[]
  readonly threshold: number
  readonly admission: Admission
}
