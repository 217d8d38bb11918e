import { type Did, generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueLease, StatementSet } from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualTime } from '../test/manual-time.ts'
import type { AgentSession } from './agent-session.ts'
import { Leases } from './leases.ts'

const net = new Uint8Array(32)
const alice = generateIdentity(systemRandom)
const [self, other] = Array.from({ length: 2 }, () => generateIdentity(systemRandom).did) as [Did, Did]

let time: ManualTime
let set: StatementSet
let leases: Leases
let closedBy: string[]
let session: AgentSession

beforeEach(() => {
  time = new ManualTime()
  set = new StatementSet({ net, policy: { roots: [self], authorities: [self], threshold: 1 } })
  closedBy = []
  session = { did: alice.did, close: (code: string) => closedBy.push(code) } as never
  leases = new Leases({ node: self, set, sessions: { of: () => session } as never, clock: time.clock })
})

/** By a clock that is so much ahead. */
function lease(node: Did, aheadMs = 0) {
  const clock = { ...time.clock, now: () => time.clock.now() + aheadMs }
  return issueLease(alice, { node }, { net, clock, random: systemRandom })
}

describe(Leases, () => {
  it('O3 takes none that is dated more than a minute ahead: no other node would', async () => {
    const early = await lease(self, 60_001)
    expect(leases.brought([early.bytes], alice.did)).toBeNull()
    const timely = await lease(self, 60_000)
    expect(leases.brought([timely.bytes], alice.did)?.id).toBe(timely.id)
  })

  it('does not hold a session to an older lease where its own found no place', async () => {
    set.add(await lease(other))
    leases.bind(session, await lease(self, 1))
    leases.moved(alice.did)
    expect(closedBy).toEqual([])
  })

  it('H15 ends the session whose lease is not the latest', async () => {
    const [own, latest] = [await lease(self), await lease(other, 1)]
    set.add(own)
    leases.bind(session, own)
    expect(closedBy).toEqual([])
    set.add(latest)
    leases.moved(alice.did)
    expect(closedBy).toEqual(['session.superseded'])
    leases.bind(session, own)
    expect(closedBy).toHaveLength(2)
  })
})
