import type { MeshError, Requirement } from '@trustmesh/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { join, Relay, someone } from '../e2e/kit.ts'
import { until } from '../e2e/until.ts'
import { NodeMesh } from './node-mesh.ts'
import { rogue } from './rogue.ts'

const PAY: Requirement = { minTier: 'trusted', requireFreshness: { maxAgeMs: 10_000, members: 2 } }
const [ALICE, BOB] = [someone(), someone()]

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

/** What becomes of a payment that one agent of a node asks another for: what it returns, or the code of the denial. */
async function payments(mesh: NodeMesh, place: number): Promise<() => Promise<unknown>> {
  const { joinFile } = mesh.at(place)
  const alice = await join(joinFile, 'alice', { identity: ALICE })
  const bob = await join(joinFile, 'bob', { identity: BOB })
  open.push(alice, bob)
  alice.on('pay', PAY, () => 'paid')
  alice.on('chat', { minTier: 'trusted' }, () => 'said')
  return async () => {
    expect(await bob.request(ALICE.did, 'chat')).toBe('said')
    return await bob.request(ALICE.did, 'pay').catch(({ denial, code }: MeshError) => denial?.code ?? code)
  }
}

describe('a handler that requires two members to attest within 10 seconds what is known of revocations', () => {
  it('R1 R2 denies once its node is cut off from the others, and serves again once it is not', async () => {
    let relay: Relay | undefined
    const mesh = await NodeMesh.start({
      nodes: 2,
      roots: [ALICE.did, BOB.did],
      via: async ({ url, node }) => {
        relay = await Relay.start({ url, node, net: '' })
        open.push(relay)
        return relay.joinFile.url
      },
    })
    open.push(mesh)
    const pay = await payments(mesh, 1)
    await until(async () => (await pay()) === 'paid')
    relay?.cut()
    const cutAt = performance.now()
    let paidAt = cutAt
    const outcome = await until(async () => {
      const askedAt = performance.now()
      const answer = await pay()
      if (answer === 'paid') paidAt = askedAt
      return answer !== 'paid' && answer
    })
    expect(outcome).toBe('gate.stale')
    expect(paidAt - cutAt).toBeLessThan(10_000)
    relay?.mend()
    await until(async () => (await pay()) === 'paid')
  })

  it('R1 denies where the other member says nothing', async () => {
    const mesh = await NodeMesh.start({ nodes: 1, roots: [ALICE.did, BOB.did] })
    open.push(mesh)
    await rogue(mesh, 0)
    const pay = await payments(mesh, 0)
    await until(() => mesh.at(0).node.members.some(({ isLinked }) => isLinked))
    expect(await pay()).toBe('gate.stale')
  })
})
