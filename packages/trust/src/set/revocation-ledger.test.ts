import type { StatementId } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { alice, attest, bob, carol, DAY_MS, mallory, NOW, olga, policy, revoke } from '../../test/cast.ts'
import { parsePolicy } from '../policy.ts'
import { RevocationLedger } from './revocation-ledger.ts'

const ledgerOf = (maxPerIssuer = 9, maxStatements = 9): RevocationLedger =>
  new RevocationLedger(parsePolicy(policy), { maxPerIssuer, maxStatements })

describe('RevocationLedger', () => {
  it('keeps of two by one signer on one target the one with the lesser id, whichever came first', async () => {
    const target = { did: bob.did }
    const [least, other] = [await revoke(olga, target), await revoke(olga, target)].sort((a, b) =>
      a.id < b.id ? -1 : 1,
    )
    if (!least || !other) throw new Error('unreachable')
    for (const [first, second] of [
      [least, other],
      [other, least],
    ] as const) {
      const ledger = ledgerOf()
      ledger.put(first, target, 'vote')
      const kept = second === least ? { kept: true, dropped: [other] } : { kept: false, because: 'superseded' }
      expect(ledger.put(second, target, 'vote')).toEqual(kept)
      expect([ledger.of(target), ledger.size]).toEqual([[least], 1])
    }
  })

  it('R7 bounds what agents enter, and never what roots and authorities do', async () => {
    const ledger = ledgerOf(1, 2)
    const retract = async (by: typeof bob, value: number): Promise<unknown> => {
      const { id } = await attest(by, { sub: mallory.did, value })
      const target = { iss: by.did, id }
      return ledger.put(await revoke(by, target), target, 'sole')
    }
    const resign = async (by: typeof bob): Promise<unknown> =>
      ledger.put(await revoke(by, { did: by.did }), { did: by.did }, 'sole')
    expect(await retract(bob, 1)).toMatchObject({ kept: true })
    expect(await retract(bob, 2)).toEqual({ kept: false, because: 'quota' })
    expect(await resign(bob)).toMatchObject({ kept: true })
    expect(await resign(carol)).toEqual({ kept: false, because: 'full' })
    for (const by of [alice, alice, olga, olga]) expect(await retract(by, 1)).toMatchObject({ kept: true })
  })

  it('R12 gives back the room of what it forgets', async () => {
    const ledger = ledgerOf(1, 1)
    const targets = ['ab', 'cd'].map((byte) => ({ iss: bob.did, id: byte.repeat(32) as StatementId }))
    const [first, second] = await Promise.all(targets.map((target) => revoke(bob, target)))
    if (!first || !second || !targets[0] || !targets[1]) throw new Error('unreachable')
    ledger.put(first, targets[0], 'sole')
    expect(ledger.put(second, targets[1], 'sole')).toEqual({ kept: false, because: 'quota' })
    expect([ledger.purge(NOW + 730 * DAY_MS), ledger.size]).toEqual([[first.id], 0])
    expect(ledger.put(second, targets[1], 'sole')).toMatchObject({ kept: true })
  })

  it('R7 has room for agents whatever roots and authorities have revoked', async () => {
    const ledger = ledgerOf(1, 1)
    for (const { did } of [bob, mallory]) ledger.put(await revoke(olga, { did }), { did }, 'vote')
    expect(ledger.put(await revoke(carol, { did: carol.did }), { did: carol.did }, 'sole')).toMatchObject({
      kept: true,
    })
  })
})
