import { describe, expect, it } from 'vitest'
import { Invariants } from './invariants.ts'
import type { MemoryAgent, Received } from './memory-agent.ts'
import { MemoryMesh } from './memory-mesh.ts'
import type { MemoryNode } from './memory-node.ts'
import { bodyOf } from './numbered-body.ts'

async function aMesh() {
  const mesh = await MemoryMesh.start({ seed: 1, nodes: 1, agents: 2 })
  const [alice, bob] = mesh.agents as [MemoryAgent, MemoryAgent]
  const [node] = mesh.nodes as [MemoryNode]
  const message = (number: number, sentAt: number, session = 1): Received => {
    return { from: alice.did, body: bodyOf({ number, sentIn: 1 }), by: node, sentAt, session }
  }
  return { mesh, alice, bob, node, message, invariants: new Invariants(mesh) }
}

const violation = (code: string) => expect.objectContaining({ name: 'Violation', code })

describe(Invariants, () => {
  it('tell of an acknowledged revocation that is gone after a crash', async () => {
    const { mesh, alice, node, invariants } = await aMesh()
    await mesh.finish(node.revoke(alice.did))
    invariants.acknowledged(node, alice.did)
    node.crash()
    await mesh.finish(node.start())
    invariants.check()
    node.crash()
    ;(node.disk.kept as Map<unknown, unknown>).clear()
    await mesh.finish(node.start())
    expect(() => invariants.check()).toThrow(violation('durability'))
  })

  it('tell of somebody who is no longer revoked, though the node still runs', async () => {
    const { alice, node, invariants } = await aMesh()
    node.revokedAt.set(alice.did, 0)
    expect(() => invariants.check()).toThrow(violation('resurrection'))
  })

  it('tell of a message that was handed on after the revocation of its sender, and of no other', async () => {
    const { mesh, alice, bob, node, message, invariants } = await aMesh()
    await mesh.finish(node.revoke(alice.did))
    const revokedAt = node.revokedAt.get(alice.did) as number
    bob.received.push(message(1, revokedAt))
    invariants.check()
    bob.received.push(message(2, revokedAt + 1))
    expect(() => invariants.check()).toThrow(violation('acceptance'))
  })

  it('tell of messages that come twice, or in one session in another order', async () => {
    const { bob, message, invariants } = await aMesh()
    bob.received.push(message(1, 0), message(4, 0), message(2, 0, 2))
    invariants.check()
    bob.received.push(message(3, 0))
    expect(() => invariants.check()).toThrow(violation('order'))
    bob.received.splice(0, 4, ...bob.received.slice(0, 3), message(4, 0, 3))
    expect(() => invariants.check()).toThrow(violation('order'))
  })

  it('tell of a disk on which there is something else than the node holds', async () => {
    const { mesh, alice, node, invariants } = await aMesh()
    await mesh.finish(node.revoke(alice.did))
    invariants.checkConverged()
    ;(node.disk.kept as Map<unknown, unknown>).clear()
    expect(() => invariants.checkConverged()).toThrow(violation('convergence'))
  })
})
