import type { Did } from '@trustmesh/identity'
import { type MemoryAgent, MemoryMesh, type MemoryNode, TOPOLOGIES } from '@trustmesh/testing'
import { describe, expect, it } from 'vitest'

const HEALED_MS = 5_000
const RECONCILE_MS = 5_000

/** Four nodes with an agent each, in two halves. */
async function splitMesh(seed: number) {
  const mesh = await MemoryMesh.start({ seed, nodes: 4, agents: 4, topology: TOPOLOGIES.full })
  const nodes = mesh.nodes as readonly [MemoryNode, MemoryNode, MemoryNode, MemoryNode]
  const agents = mesh.agents as readonly [MemoryAgent, MemoryAgent, MemoryAgent, MemoryAgent]
  await mesh.finish(Promise.all(agents.map((agent, i) => agent.join(nodes[i] as MemoryNode))))
  await mesh.time.advance(1_000)
  mesh.network.partition([nodes[0], nodes[1], agents[0], agents[1]].map(({ host }) => host))
  const revoke = (node: MemoryNode, { did }: MemoryAgent) => mesh.finish(node.revoke(did))
  return { mesh, nodes, agents, revoke }
}

describe('a partition of 30 seconds, with a revocation on either side', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'R3 is over within 5 seconds: nobody who is revoked has a session (seed %i)',
    async (seed) => {
      const { mesh, nodes, agents, revoke } = await splitMesh(seed)
      // Each is revoked where it is not.
      await revoke(nodes[0], agents[3])
      await revoke(nodes[3], agents[0])
      await mesh.time.advance(30_000)
      expect([agents[0], agents[3]].map(({ home }) => home?.did)).toEqual([nodes[0].did, nodes[3].did])
      mesh.network.heal()
      const revoked: readonly Did[] = [agents[0].did, agents[3].did]
      const isCutOff = (): boolean =>
        nodes.every(({ node }) =>
          revoked.every((did) => node.standingOf(did).status === 'revoked' && !node.sessions.of(did)),
        )
      expect(await mesh.time.until(isCutOff, HEALED_MS)).toBe(true)
      const areEqual = (): boolean => new Set(nodes.map(({ disk }) => [...disk.kept.keys()].sort().join())).size === 1
      expect(await mesh.time.until(areEqual, HEALED_MS)).toBe(true)
    },
  )

  it('R8 does not let whoever is revoked in on the other side once it is over', async () => {
    const { mesh, nodes, agents, revoke } = await splitMesh(1)
    await revoke(nodes[0], agents[0])
    await mesh.time.advance(1_000)
    expect(await mesh.finish(agents[0].join(nodes[1]))).toBe('refused.revoked')
    mesh.network.heal()
    await mesh.time.advance(HEALED_MS)
    for (const node of nodes) expect(await mesh.finish(agents[0].join(node))).toBe('refused.revoked')
  })
})

describe('a mesh of which a third is mute', () => {
  it('R1 hears of a revocation within two intervals of reconciliation', async () => {
    const mesh = await MemoryMesh.start({ seed: 1, nodes: 6, agents: 1, topology: TOPOLOGIES.full })
    const [origin, ...others] = mesh.nodes as [MemoryNode, ...MemoryNode[]]
    const [agent] = mesh.agents as [MemoryAgent]
    for (const { host } of others.slice(0, 2)) host.pause()
    await mesh.finish(origin.revoke(agent.did))
    const isKnown = (): boolean => others.slice(2).every(({ node }) => node.standingOf(agent.did).status === 'revoked')
    expect(await mesh.time.until(isKnown, 2 * RECONCILE_MS)).toBe(true)
    for (const { host } of others) host.resume()
    const isKnownToAll = (): boolean => others.every(({ node }) => node.standingOf(agent.did).status === 'revoked')
    expect(await mesh.time.until(isKnownToAll, HEALED_MS)).toBe(true)
  })
})
