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
    await mesh.finish(first.node.control.revoke({ did: bob.did, reason: 'a test' }))
    // Whom it dials does not answer for a while.
    mesh.network.partition([second.host, bob.host])
    await mesh.finish(second.start())
    expect(await mesh.finish(bob.join(second))).toBe('refused.syncing')
    mesh.network.heal()
    await serves(second)
    expect(await mesh.finish(bob.join(second))).toBe('refused.revoked')
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
