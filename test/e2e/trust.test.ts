import { keyOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { MeshError } from '@trustmesh/sdk'
import { issueSuspension } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { join, joinRaw, someone, TestNode } from './kit.ts'

const codeOf = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => 'answered',
    (error: unknown) => (error instanceof MeshError ? (error.denial?.code ?? error.code) : error),
  )

describe('trust', () => {
  it('is handed on by those who have it, and by nobody else', async () => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    await using carol = await join(node.joinFile, 'carol')
    await bob.attest(carol.did, { value: 1000, weight: 3000 })
    expect(await ada.standing(carol.did)).toMatchObject({ status: 'unknown', score: 300, confidence: 0 })
    await alice.attest(bob.did, { value: 1000, weight: 3000 })
    await ada.attest(alice.did, { value: 1000, weight: 3000 })
    const [first, second] = [await ada.standing(bob.did), await ada.standing(carol.did)]
    expect(first.score).toBeGreaterThan(second.score)
    expect(second.score).toBeGreaterThan(300)
  })

  it('is had in a context, and in part in those below it', async () => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    for (const ctx of ['', 'tool', 'tool/search']) alice.on(`in ${ctx}`, { minTier: 'trusted', ctx }, () => 'served')
    await ada.attest(bob.did, { value: 1000, weight: 2000, ctx: 'tool' })
    const scores = []
    for (const ctx of ['', 'tool', 'tool/search', 'mail']) scores.push((await bob.standing(bob.did, { ctx })).score)
    expect(scores).toEqual([300, 766, 650, 300])
    expect(await codeOf(bob.request(alice.did, 'in tool'))).toBe('answered')
    expect(await codeOf(bob.request(alice.did, 'in '))).toBe('gate.tier-too-low')
    await ada.attest(bob.did, { value: 1000, weight: 3000, ctx: 'tool/search' })
    expect(await codeOf(bob.request(alice.did, 'in tool/search'))).toBe('answered')
    await ada.attest(bob.did, { value: -1000, weight: 3000, ctx: 'tool/search' })
    expect(await codeOf(bob.request(alice.did, 'in tool/search'))).toBe('gate.tier-too-low')
  })

  it('is told again when time alone changes it: a suspension that ends', async () => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    const bob = someone()
    await ada.attest(bob.did, { value: 1000 })
    using authority = await joinRaw(node.joinFile, await node.key('authority'))
    using alice = await joinRaw(node.joinFile, someone())
    alice.send({ type: 'query', did: keyOf(bob.did) })
    expect(await alice.nextOf('standing')).toMatchObject({ status: 'active' })
    const issuance = { net: node.node.net, clock: systemClock, random: systemRandom }
    const hold = { sub: bob.did, until: systemClock.now() + 200 }
    const { bytes } = await issueSuspension(await node.key('authority'), hold, issuance)
    authority.send({ type: 'statement', bytes })
    expect(await alice.nextOf('standing')).toMatchObject({ status: 'suspended', score: 0 })
    expect(await alice.nextOf('standing')).toMatchObject({ status: 'active' })
  })
})
