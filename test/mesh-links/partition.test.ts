import { issueRevocation } from '@trustmesh/trust'
import { afterEach, describe, expect, it } from 'vitest'
import { joinRaw, Relay, someone } from '../e2e/kit.ts'
import { until } from '../e2e/until.ts'
import { NodeMesh } from './node-mesh.ts'
import { knock, rogue } from './rogue.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

/** A mesh in which everything between the last node and the others passes a relay. */
async function splittable(nodes: number): Promise<{ readonly mesh: NodeMesh; readonly relays: Relay[] }> {
  const relays: Relay[] = []
  const mesh = await NodeMesh.start({
    nodes,
    via: async ({ url, node }, from) => {
      if (from < nodes - 1) return url
      const relay = await Relay.start({ url, node, net: '' })
      open.push(relay)
      relays.push(relay)
      return relay.joinFile.url
    },
  })
  open.push(mesh)
  return { mesh, relays }
}

describe('a mesh that falls apart', () => {
  it('R3 is of one mind again soon after it is whole: all that was revoked on either side is cut off on both', async () => {
    const { mesh, relays } = await splittable(3)
    const [bob, carol] = [someone(), someone()]
    using farBob = await joinRaw(mesh.at(2).joinFile, bob)
    using nearCarol = await joinRaw(mesh.at(0).joinFile, carol)
    await mesh.agree()
    for (const relay of relays) relay.cut()
    await until(() => mesh.at(2).node.members.every(({ isLinked }) => !isLinked))
    await mesh.revoke(0, bob.did)
    await mesh.revoke(2, carol.did)
    expect(mesh.at(2).node.sessions.of(bob.did)?.isOpen).toBe(true)
    expect(mesh.at(0).node.sessions.of(carol.did)?.isOpen).toBe(true)
    const healedAt = performance.now()
    for (const relay of relays) relay.mend()
    expect(await farBob.nextOf('close')).toEqual({ type: 'close', code: 'session.revoked' })
    expect(await nearCarol.nextOf('close')).toEqual({ type: 'close', code: 'session.revoked' })
    await mesh.agree()
    expect(performance.now() - healedAt).toBeLessThan(5_000)
  })

  it('R4 has nobody come back by a node that was away: it lets nobody in before it has caught up', async () => {
    const { mesh } = await splittable(2)
    const bob = someone()
    const before = await joinRaw(mesh.at(1).joinFile, bob)
    await mesh.agree()
    await mesh.stop(1)
    before[Symbol.dispose]()
    await mesh.revoke(0, bob.did)
    await mesh.startAgain(1)
    const refusals = new Set<string>()
    while (!refusals.has('revoked')) {
      const answer = await knock(mesh.at(1), bob, [], 'agent')
      refusals.add('refusal' in answer ? answer.refusal : 'none')
    }
    refusals.delete('syncing')
    expect(refusals).toEqual(new Set(['revoked']))
  })

  it('comes up by itself where all of its nodes start at once', async () => {
    const { mesh } = await splittable(3)
    for (const place of [0, 1, 2]) await mesh.stop(place)
    await Promise.all([0, 1, 2].map((place) => mesh.startAgain(place)))
    await mesh.linked()
    await mesh.agree()
  })
})

describe('members that say nothing', () => {
  it('R1 R2 keep nobody from hearing of a revocation', async () => {
    const { mesh } = await splittable(2)
    const bob = someone()
    using session = await joinRaw(mesh.at(0).joinFile, bob)
    await mesh.agree()
    // Two that take everything and pass nothing on, and answer nothing.
    await rogue(mesh, 0)
    await rogue(mesh, 1)
    const revocation = await issueRevocation(bob, { target: { did: bob.did }, reason: 'a test' }, mesh.issuance)
    const { link } = await rogue(mesh, 1)
    link.send({ type: 'statement', bytes: revocation.bytes })
    expect(await session.nextOf('close')).toEqual({ type: 'close', code: 'session.revoked' })
  })
})
