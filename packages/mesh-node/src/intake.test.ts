import { generateIdentity, type Identity, meshIdOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueDelegation, issueRevocation, parseDelegation, Replica } from '@trustmesh/trust'
import { expect, it } from 'vitest'
import { ManualTime } from '../test/manual-time.ts'
import type { AgentSession } from './agent-session.ts'
import { MemoryAuditLog } from './audit/memory.ts'
import { Intake } from './intake.ts'
import { createMetrics } from './metrics.ts'
import { Statements } from './statements.ts'
import { MemoryStore } from './store/memory.ts'
import { TokenBuckets } from './token-bucket.ts'

it('F5 counts what a revocation brings as proof like statements of their own', async () => {
  const time = new ManualTime()
  const { clock } = time
  const someone = (): Identity => generateIdentity(systemRandom)
  const [alice, bob, carol] = [someone(), someone(), someone()]
  const net = meshIdOf(alice.did)
  const issuance = { net, clock, random: systemRandom }
  const replica = new Replica({ net, policy: { roots: [alice.did], authorities: [], threshold: 1 } })
  const intake = new Intake({
    ...{ clock, metrics: createMetrics(), audit: new MemoryAuditLog({ clock }), refusalOf: () => null },
    statements: new Statements({ replica, clock, store: new MemoryStore(), timers: time, changed: () => {} }),
    rates: new TokenBuckets(2, 10, 5),
  })
  const first = await issueDelegation(alice, { aud: bob.did, can: '/tool', depth: 1 }, issuance)
  const revoked = async () => {
    const last = await issueDelegation(bob, { aud: carol.did, can: '/tool', parent: parseDelegation(first) }, issuance)
    const target = { iss: bob.did, id: last.id }
    return issueRevocation(alice, { target, reason: '', path: [first.bytes, last.bytes] }, issuance)
  }
  const codes: (string | undefined)[] = []
  const session = {
    did: alice.did,
    push: ({ code }: { code?: string }) => void codes.push(code),
  } as unknown as AgentSession
  for (let n = 0; n < 2; n++) await intake.take((await revoked()).bytes, session)
  expect(codes).toEqual([undefined, 'statement.rate-limited'])
})
