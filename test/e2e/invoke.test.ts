import { Chain } from '@trustmesh/sdk'
import { describe, expect, it } from 'vitest'
import { join, someone, TestNode } from './kit.ts'

describe('a capability that is invoked', () => {
  it('reaches the handler that takes a chain for it, whose answer tells how often it may be used yet', async () => {
    const root = someone()
    await using node = await TestNode.start({ roots: [root.did] })
    await using ada = await join(node.joinFile, 'ada', { identity: root })
    await using bob = await join(node.joinFile, 'bob')
    await ada.attest(bob.did, { value: 800 })
    ada.provide('/tool/search', {}, (query, caller) => ({ found: query, over: caller.chain?.links.length }))
    bob.on('lend', {}, (links) => {
      lent = Chain.from(links)
    })
    let lent: Chain | undefined

    const where = [
      { op: 'executors' as const, dids: [ada.did] },
      { op: 'maxCalls' as const, limit: 2 },
    ]
    const chain = await ada.delegate(bob.did, { can: '/tool/search', where })
    await ada.send(bob.did, 'lend', [...chain.links])
    const held = lent ?? chain
    expect(held.remaining().calls).toBeNull()
    expect(await bob.peer(ada.did).invoke('/tool/search', 'mesh', { chain: held })).toEqual({ found: 'mesh', over: 1 })
    expect(held.remaining().calls).toBe(1)
    await bob.peer(ada.did).invoke('/tool/search', 'mesh', { chain: held })
    expect(held.remaining().calls).toBe(0)
    await expect(bob.peer(ada.did).invoke('/tool/search', 'mesh', { chain: held })).rejects.toMatchObject({
      code: 'request.denied',
      denial: { code: 'chain.exhausted' },
    })
  })
})
