import type { Mesh } from '@trustmesh/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMesh, type TestMesh } from './test-mesh.ts'
import './vitest.ts'

let mesh: TestMesh
let ada: Mesh
let bob: Mesh
let mallory: Mesh

beforeAll(async () => {
  mesh = await createMesh({ log: { info: () => {}, warn: () => {} } })
  ada = await mesh.join('ada')
  bob = await mesh.join('bob')
  mallory = await mesh.join('mallory')
  await mesh.vouch(ada.did, 800)
  await mesh.vouch(bob.did, 600, { ctx: 'tool/search' })
  bob.on('task', { minTier: 'trusted' }, () => 'done')
  bob.on('break', { minTier: 'known' }, () => {
    throw new Error('broken')
  })
})
afterAll(() => mesh[Symbol.asyncDispose]())

/** What a failing expectation says. */
async function complaintOf(expectation: Promise<void>): Promise<string> {
  const error = await expectation.then(
    () => new Error('it passed'),
    (error: Error) => error,
  )
  return error.message
}

describe('toTrust', () => {
  it('fails for somebody who falls short, and says what is held, why and what would change it', async () => {
    const complaint = await complaintOf(expect(bob).toTrust(mallory.did, { minTier: 'trusted' }))
    expect(complaint.split('\n')).toEqual([
      `expected ${bob.did} to trust ${mallory.did} as trusted`,
      'held: unknown, probation, score 300, confidence 0',
      expect.stringMatching(/^why: no root/),
      expect.stringMatching(/^fix: .*value \d+/),
    ])
  })

  it('fails for somebody who is trusted and should not be', async () => {
    const complaint = await complaintOf(expect(bob).not.toTrust(ada.did, { minTier: 'trusted' }))
    expect(complaint.split('\n')).toEqual([
      `expected ${bob.did} not to trust ${ada.did} as trusted`,
      expect.stringMatching(/^held: active, trusted, score 7\d\d/),
    ])
  })

  it('holds of a tier and a context, and of what is held now', async () => {
    await expect(bob).toTrust(ada.did)
    await expect(bob).toTrust(ada.did, { minTier: 'trusted' })
    await expect(bob).not.toTrust(ada.did, { minTier: 'vouched' })
    await expect(ada).toTrust(bob.did, { ctx: 'tool/search' })
    await expect(ada).not.toTrust(bob.did)
    const carol = await mesh.join('carol')
    await mesh.vouch(carol.did, 800)
    await expect(ada).toTrust(carol.did)
    await mesh.revoke(carol.did)
    await expect(ada).not.toTrust(carol.did)
  })
})

describe('toDeny', () => {
  it('fails for what is answered', async () => {
    const complaint = await complaintOf(expect(ada.request(bob.did, 'task')).toDeny())
    expect(complaint).toBe('expected a denial, but it was answered: "done"')
  })

  it('fails for a denial of another kind, and says which it is, why and what would change it', async () => {
    const complaint = await complaintOf(expect(mallory.request(bob.did, 'task')).toDeny('gate.revoked'))
    expect(complaint.split('\n')).toEqual([
      'expected a denial with gate.revoked, but it was denied with gate.tier-too-low',
      expect.stringMatching(/^why: no root/),
      expect.stringMatching(/^fix: .*value \d+/),
    ])
    const other = { peer: { did: ada.did } }
    expect(await complaintOf(expect(mallory.request(bob.did, 'task')).toDeny(other))).toContain('gate.tier-too-low')
  })

  it('fails for what fails in another way, whichever way round it is asked', async () => {
    const broken = (): Promise<unknown> => ada.request(bob.did, 'break')
    expect(await complaintOf(expect(broken()).toDeny())).toMatch(/a denial, but it failed: .*request\.failed/)
    await expect(expect(broken()).not.toDeny()).rejects.toMatchObject({ code: 'request.failed' })
  })

  it('fails for a denial where there is to be none', async () => {
    const complaint = await complaintOf(expect(mallory.request(bob.did, 'task')).not.toDeny())
    expect(complaint).toContain('expected no denial, but it was denied with gate.tier-too-low')
  })

  it('holds of a code, of a part of the denial, and of a verdict', async () => {
    await expect(mallory.request(bob.did, 'task')).toDeny()
    await expect(mallory.request(bob.did, 'task')).toDeny('gate.tier-too-low')
    await expect(mallory.request(bob.did, 'task')).toDeny({
      peer: { did: mallory.did },
      have: { tier: 'probation' },
      need: { minTier: 'trusted', kind: 'task' },
      fix: expect.stringContaining(mallory.did),
    })
    await expect(mallory.request(bob.did, 'task')).not.toDeny('gate.revoked')
    await expect(ada.request(bob.did, 'task')).not.toDeny()
    const gate = bob.gate({ minTier: 'trusted' })
    await expect(gate.decide(mallory.did)).toDeny('gate.tier-too-low')
    await expect(gate.decide(ada.did)).not.toDeny()
    await expect(gate.guard(() => 'done')(mallory.did)).toDeny('gate.tier-too-low')
  })
})
