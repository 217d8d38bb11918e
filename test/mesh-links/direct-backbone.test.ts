import { generateIdentity } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { Tickets } from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { expect, it, vi } from 'vitest'
import { Cookies } from '../../packages/mesh-node/src/cookies.ts'
import { DirectBackbone } from '../../packages/mesh-node/src/links/direct-backbone.ts'
import { Reception } from '../../packages/mesh-node/src/reception.ts'
import { systemTimers, type Timers } from '../../packages/mesh-node/src/timers.ts'
import { TokenBuckets } from '../../packages/mesh-node/src/token-bucket.ts'
import { MemoryLocal } from '../../packages/mesh-node/test/memory-local.ts'
import { backboneContract, type Joined } from './backbone-contract.ts'
import { MemoryWires } from './memory-wires.ts'

async function join(count: number, timers: Timers = systemTimers): Promise<Joined> {
  const wires = new MemoryWires()
  const identities = Array.from({ length: count }, () => generateIdentity(systemRandom))
  const peers = identities.map(({ did }) => ({ node: did, url: did }))
  const nodes = identities.map((identity) => {
    const shared = {
      ...{ identity, net: new Uint8Array(32), clock: systemClock, random: systemRandom, timers },
      ...{ keyPair: generateKeyPair, attachments: () => [] },
    }
    const nothing = (): void => {}
    const backbone = new DirectBackbone({
      ...shared,
      ...{ peers: peers.filter(({ node }) => node !== identity.did), dial: wires.dial, reconcileMs: 60_000 },
      ...{ opened: nothing, broke: nothing, closed: nothing, expelled: nothing, hasOthers: () => true },
    })
    const local = new MemoryLocal(identity.did)
    local.backbone = backbone
    const reception = new Reception({
      ...shared,
      tickets: new Tickets(systemClock, systemRandom),
      cookies: new Cookies(systemClock, systemRandom),
      handshakes: new TokenBuckets(1_000, 10),
      ...{ handshakeMs: 5_000, busyAt: 1_000, turnedAway: nothing },
      refusalOf: async () => null,
      welcome: (established, connection) => backbone.welcome(established, connection, 'responder'),
    })
    wires.listen(identity.did, (connection) => reception.accept(connection))
    return { local, backbone }
  })
  for (const { local, backbone } of nodes) backbone.start(local)
  const isJoined = (): boolean =>
    nodes.every(({ local, backbone }) => {
      return local.state === 'serving' && backbone.members.filter(({ isLinked }) => isLinked).length === count - 1
    })
  await vi.waitUntil(isJoined, { timeout: 20_000, interval: 2 })
  const close = async (): Promise<void> => {
    for (const { backbone } of nodes) await backbone.close()
  }
  return { nodes, [Symbol.asyncDispose]: close }
}

backboneContract('direct links', join)

it('O6 leaves no timer behind when it is closed, and never says that it has caught up', async () => {
  const pending = new Set<() => void>()
  const joined = await join(2, {
    ...systemTimers,
    after(ms, act) {
      const cancel = systemTimers.after(ms, () => {
        pending.delete(over)
        act()
      })
      const over = (): void => {
        pending.delete(over)
        cancel()
      }
      pending.add(over)
      return over
    },
  })
  for (const { local } of joined.nodes) local.state = 'syncing'
  await joined[Symbol.asyncDispose]()
  expect(joined.nodes.map(({ local }) => local.state)).toEqual(['syncing', 'syncing'])
  expect(pending.size).toBe(0)
})
