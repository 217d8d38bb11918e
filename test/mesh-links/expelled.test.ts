import { type MemoryAgent, MemoryMesh, type MemoryNode } from '@trustmesh/testing'
import { expect, it } from 'vitest'

const DAY_MS = 86_400_000

it.each(['linked', 'away'])(
  'R10 a node that is revoked while it is %s learns of it, and serves nobody',
  async (how) => {
    // While it is linked it dials nobody itself: nor is it told by a refusal.
    const topology = (from: number): boolean => how === 'away' || from < 2
    const mesh = await MemoryMesh.start({ seed: 'revoked', nodes: 3, agents: 2, topology })
    const [first, , outcast] = mesh.nodes as [MemoryNode, MemoryNode, MemoryNode]
    const [alice, bob] = mesh.agents as [MemoryAgent, MemoryAgent]
    await mesh.finish(alice.join(outcast))
    await mesh.time.advance(10_000)
    if (how === 'away') mesh.network.partition([outcast.host, alice.host, bob.host])
    await mesh.finish(first.revoke(outcast.did))
    await mesh.time.advance(20_000)
    mesh.network.heal()
    await mesh.time.until(() => alice.home === undefined, 20_000)
    expect([alice.home, alice.closedBy]).toEqual([undefined, 'node.draining'])
    expect(await mesh.finish(bob.join(outcast))).toBe('refused.not-invited')
    expect(outcast.node.control.checks()).toContainEqual({ name: 'member', ok: false })
    expect(mesh.nodes.map(({ node }) => node.members.filter(({ isLinked }) => isLinked).length)).toEqual([1, 1, 0])
  },
)

it.each([-3, 3])('O5 a member whose clock is %i days wrong keeps its links', async (days) => {
  const mesh = await MemoryMesh.start({ seed: 'clock', nodes: 3, agents: 1 })
  const [, , wrong] = mesh.nodes as [MemoryNode, MemoryNode, MemoryNode]
  wrong.host.jump(days * DAY_MS)
  for (let minutes = 0; minutes < 5; minutes++) {
    await mesh.time.advance(60_000)
    expect(wrong.node.members.filter(({ isLinked }) => isLinked).length).toBe(2)
  }
})
