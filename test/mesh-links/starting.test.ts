import { type MemoryAgent, MemoryMesh, type MemoryNode } from '@trustmesh/testing'
import { describe, expect, it } from 'vitest'

describe('a node that starts while others may know more', () => {
  it('R4 takes no agents before it has caught up with all that it can reach', async () => {
    const mesh = await MemoryMesh.start({ seed: 'starting', nodes: 2, agents: 1 })
    const [first, second] = mesh.nodes as [MemoryNode, MemoryNode]
    const [bob] = mesh.agents as [MemoryAgent]
    const serves = (node: MemoryNode) => mesh.time.until(() => node.node.state === 'serving', 20_000)
    await serves(second)
    second.crash()
    await mesh.finish(first.revoke(bob.did))
    // Whom it dials does not answer for a while.
    mesh.network.partition([second.host, bob.host])
    await mesh.finish(second.start())
    expect(await mesh.finish(bob.join(second))).toBe('refused.syncing')
    mesh.network.heal()
    await serves(second)
    expect(await mesh.finish(bob.join(second))).toBe('refused.revoked')
  })

  it('R4 has not caught up with a member that goes away in mid-round: it waits for it to come back', async () => {
    const mesh = await MemoryMesh.start({ seed: 'starting', nodes: 2, agents: 1 })
    const [first, second] = mesh.nodes as [MemoryNode, MemoryNode]
    const [bob] = mesh.agents as [MemoryAgent]
    second.crash()
    await mesh.finish(first.revoke(bob.did))
    await mesh.finish(second.start())
    await mesh.time.until(() => second.node.members.some(({ isLinked }) => isLinked), 20_000)
    first.crash()
    await mesh.time.until(() => !second.node.members.some(({ isLinked }) => isLinked), 20_000)
    await mesh.finish(first.start())
    await mesh.time.until(() => second.node.state === 'serving', 60_000)
    expect(await mesh.finish(bob.join(second))).toBe('refused.revoked')
  })

  it('R4 waits for those who dial it, where it dials nobody and knows of others', async () => {
    const topology = (from: number): boolean => from === 1
    const mesh = await MemoryMesh.start({ seed: 'founder', nodes: 2, agents: 1, topology })
    const [first, second] = mesh.nodes as [MemoryNode, MemoryNode]
    const [bob] = mesh.agents as [MemoryAgent]
    await mesh.time.advance(3_000)
    first.crash()
    await mesh.finish(second.revoke(bob.did))
    await mesh.finish(first.start())
    expect(first.node.state).toBe('syncing')
    await mesh.time.until(() => first.node.state === 'serving', 20_000)
    expect(await mesh.finish(bob.join(first))).toBe('refused.revoked')
  })

  it('O6 never says that it serves once it drains', async () => {
    const mesh = await MemoryMesh.start({ seed: 'starting', nodes: 2, agents: 1 })
    const [, second] = mesh.nodes as [MemoryNode, MemoryNode]
    second.crash()
    await mesh.finish(second.start())
    const { node } = second
    await mesh.time.until(() => node.members.some(({ isLinked }) => isLinked), 20_000)
    node.drain()
    await mesh.time.advance(60_000)
    expect(node.state).toBe('syncing')
  })

  it('takes them after a while where it can reach nobody', async () => {
    const mesh = await MemoryMesh.start({ seed: 'alone', nodes: 2, agents: 1 })
    const [, second] = mesh.nodes as [MemoryNode, MemoryNode]
    const [bob] = mesh.agents as [MemoryAgent]
    second.crash()
    mesh.network.partition([second.host, bob.host])
    await mesh.finish(second.start())
    expect(await mesh.finish(bob.join(second))).toBe('refused.syncing')
    await mesh.time.until(() => second.node.state === 'serving', 20_000)
    expect(await mesh.finish(bob.join(second))).toBe('ok')
  })
})
