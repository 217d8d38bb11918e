import { describe, expect, it } from 'vitest'
import type { MemoryAgent } from './memory-agent.ts'
import { MemoryMesh, type MemoryMeshOptions } from './memory-mesh.ts'
import type { MemoryNode } from './memory-node.ts'

const HELLO = Uint8Array.of(0, 0, 0, 1)

async function aMesh(options: Partial<MemoryMeshOptions> = {}) {
  const mesh = await MemoryMesh.start({ seed: 1, nodes: 1, agents: 2, ...options })
  const [alice, bob] = mesh.agents as [MemoryAgent, MemoryAgent]
  const [node] = mesh.nodes as [MemoryNode]
  for (const agent of mesh.agents) expect(await mesh.finish(agent.join(node))).toBe('ok')
  return { mesh, alice, bob, node }
}

describe(MemoryMesh, () => {
  it('lets nobody in who is revoked, and ends the session of whoever is there', async () => {
    const { mesh, alice, bob, node } = await aMesh()
    const revoked = node.revoke(alice.did)
    expect(await mesh.finish(alice.send(bob.did, HELLO))).toBe('gone')
    await mesh.finish(revoked)
    expect([alice.home, alice.closedBy]).toEqual([undefined, 'session.revoked'])
    expect(await mesh.finish(alice.join(node))).toBe('refused.revoked')
    expect(bob.received).toEqual([])
  })

  it('carries a message, and says so', async () => {
    const { mesh, alice, bob, node } = await aMesh()
    expect(await mesh.finish(alice.send(bob.did, HELLO))).toBe('ok')
    await mesh.time.advance(1000)
    expect(bob.received).toMatchObject([{ from: alice.did, body: HELLO, by: { did: node.did } }])
    bob.leave()
    expect(await mesh.finish(alice.send(bob.did, HELLO))).toBe('message.recipient-offline')
  })

  it('finds a revocation again after a crash, once it was acknowledged', async () => {
    const { mesh, alice, node } = await aMesh()
    await mesh.finish(node.revoke(alice.did))
    node.crash()
    expect(await mesh.finish(alice.join(node))).toBe('unreachable')
    await mesh.finish(node.start())
    await mesh.time.advance(5000)
    expect(await mesh.finish(alice.join(node))).toBe('refused.revoked')
  })

  it('keeps a session over an hour in which nothing is said', async () => {
    const { mesh, alice, node } = await aMesh()
    await mesh.time.advance(3_600_000)
    expect(alice.home).toBe(node)
  })

  it('takes its course from its seed alone', async () => {
    const course = async (seed: number): Promise<string> => {
      const { mesh, alice, bob, node } = await aMesh({ seed })
      await mesh.finish(alice.send(bob.did, HELLO))
      await mesh.finish(node.revoke(alice.did))
      await mesh.time.advance(10_000)
      return mesh.trace.digest()
    }
    expect(await course(1)).toBe(await course(1))
    expect(await course(1)).not.toBe(await course(2))
  })
})
