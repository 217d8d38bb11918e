/**
 * # @trustmesh/testing
 *
 * A whole mesh in one process, from a seed: many nodes and agents in virtual time ({@link VirtualClock}), over a network
 * that can be slow, split and cut ({@link VirtualNetwork}), on disks that lose what was not synced ({@link VirtualDisk}).
 *
 *     const mesh = await MemoryMesh.start({ seed: 1, nodes: 3, agents: 2 })
 *     const [alice, bob] = mesh.agents
 *     await mesh.finish(alice.join(mesh.nodes[0]))
 */

export { Invariants } from './invariants.ts'
export { type Home, MemoryAgent, type MemoryAgentOptions, type Outcome, type Received } from './memory-agent.ts'
export { MemoryMesh, type MemoryMeshOptions, TOPOLOGIES, type Topology } from './memory-mesh.ts'
export { MemoryNode, type MemoryNodeOptions } from './memory-node.ts'
export { type Checked, type CheckOptions, checkSchedules } from './schedule/check-schedules.ts'
export { type Played, play } from './schedule/play.ts'
export type { Schedule, Step } from './schedule/step.ts'
export { SeededRandom } from './seeded-random.ts'
export { Trace } from './trace.ts'
export { Violation, type ViolationCode } from './violation.ts'
export { VirtualClock } from './virtual-clock.ts'
export { type Power, VirtualDisk } from './virtual-disk.ts'
export { VirtualHost } from './virtual-host.ts'
export { type Latency, NEARBY, urlOf, type VirtualConnection, VirtualNetwork } from './virtual-network.ts'
