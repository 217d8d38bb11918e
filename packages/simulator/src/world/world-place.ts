import type { Did } from '@trustmesh/identity'
import type { MemoryNode, SeededRandom, VirtualClock, VirtualNetwork } from '@trustmesh/testing'

/** What agents need of the world that they are in. */
export interface WorldPlace {
  readonly time: VirtualClock
  readonly network: VirtualNetwork
  readonly random: SeededRandom
  readonly nodes: readonly MemoryNode[]
  /** Which mesh it is. */
  readonly net: Uint8Array
  /** What a node would write for the agents of its machine, with these as roots beside the mesh's own. */
  joinFileOf(node: MemoryNode, roots: readonly Did[]): unknown
}
