/**
 * # @trustmesh/testing
 *
 * Tests of agents, on a whole mesh in memory: real nodes, the real SDK, and a clock that the test moves.
 *
 * ```ts
 * import { createMesh } from '@trustmesh/testing'
 * import '@trustmesh/testing/vitest'
 *
 * it('serves whoever is trusted', async () => {
 *   await using mesh = await createMesh()
 *   const researcher = await mesh.join('researcher')
 *   const helper = await mesh.join('helper')
 *   researcher.on('task', { minTier: 'trusted' }, (task) => ({ done: task }))
 *
 *   await expect(helper.request(researcher.did, 'task', 1)).toDeny('gate.tier-too-low')
 *   await mesh.vouch(helper.did, 800)
 *   expect(await helper.request(researcher.did, 'task', 1)).toEqual({ done: 1 })
 * })
 * ```
 *
 * {@link createMesh} makes a {@link TestMesh}; `join` is `joinMesh` in it, and what it resolves to is the SDK's own `Mesh`. Keys,
 * network and time follow from a seed: the same test takes the same course.
 *
 * **Time.** What is under way arrives by itself: messages, what is being written, what was put off for a moment. So whatever
 * others answer can simply be awaited. Timers stand still: timeouts, attempts to come back, expiry. They fire when the
 * test lets time pass: `mesh.advance(ms)`, or `mesh.finish(promise)` for what only time can bring.
 *
 * ## Below that
 *
 * The parts, for tests of nodes and of the mesh itself: a {@link MemoryMesh} of {@link MemoryNode}s, and of
 * {@link MemoryAgent}s that are no more than a session, in virtual time ({@link VirtualClock}), over a network that can be slow,
 * lossy, split and cut ({@link VirtualNetwork}), on disks that lose what was not synced ({@link VirtualDisk}).
 * `@trustmesh/testing/schedules` attacks all that at random.
 */

export { type CoresOptions, onCores } from './cores.ts'
export { Invariants } from './invariants.ts'
export { type Home, MemoryAgent, type MemoryAgentOptions, type Outcome, type Received } from './memory-agent.ts'
export { MemoryMesh, type MemoryMeshOptions, TOPOLOGIES, type Topology } from './memory-mesh.ts'
export { MemoryNode, type MemoryNodeOptions } from './memory-node.ts'
export { SeededRandom } from './seeded-random.ts'
export { createMesh, type TestJoinOptions, type TestMesh, type TestMeshOptions } from './test-mesh.ts'
export { Trace } from './trace.ts'
export { Violation, type ViolationCode } from './violation.ts'
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.ts'
export { type Power, VirtualDisk } from './virtual-disk.ts'
export { VirtualHost } from './virtual-host.ts'
export { type Carried, type Latency, NEARBY, urlOf, type VirtualConnection, VirtualNetwork } from './virtual-network.ts'
export { type VirtualPlatformOptions, virtualPlatform } from './virtual-platform.ts'
