import { type Did, generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { LocalNode, type LocalNodeOptions } from './local-node.ts'

const [alice, bob, node, other] = Array.from({ length: 4 }, () => generateIdentity(systemRandom).did) as [
  Did,
  Did,
  Did,
  Did,
]
const message = { id: systemRandom(16), kind: 'one-way', from: alice, to: bob, body: new Uint8Array() } as const

/** Where alice's lease names `node`. */
function local(isMember: boolean, isBanned = false): LocalNode {
  const parts = {
    leases: { nodeOf: () => node },
    membership: { isMember: () => isMember },
    router: { hand: () => 'delivered' },
    isBanned: () => isBanned,
  }
  return new LocalNode(parts as unknown as LocalNodeOptions)
}

describe(LocalNode, () => {
  it('R10 takes nothing in the name of a node that is revoked or a member no more, though a lease names it', () => {
    expect(local(false).deliver(message, node)).toBe('message.forged-sender')
    expect(local(true, true).deliver(message, node)).toBe('message.forged-sender')
  })

  it('H16 takes a message only in the name of the node that the lease of its sender names', () => {
    expect(local(true).deliver(message, other)).toBe('message.forged-sender')
    expect(local(true).deliver(message, node)).toBe('delivered')
  })
})
