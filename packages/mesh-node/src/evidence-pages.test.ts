import { generateIdentity, type Identity, openStatement } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { LIMITS } from '@trustmesh/protocol'
import { evidenceFor, issueAttestation, Replica } from '@trustmesh/trust'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EvidencePages } from './evidence-pages.ts'

const net = new Uint8Array(32)
const NOW = 1_767_225_600_000
const [ada, alice, bob] = [0, 1, 2].map(() => generateIdentity(systemRandom)) as [Identity, Identity, Identity]
const issuance = { net, random: systemRandom, clock: { now: () => NOW, monotonic: () => 0 } }
/** As large as an attestation gets. */
const evidence = Array.from({ length: 16 }, () => net)

let atMs: number
let replica: Replica
let pages: EvidencePages

const attest = async (by: Identity, sub = bob.did): Promise<void> => {
  replica.add(await issueAttestation(by, { sub, value: 1000, evidence }, issuance), NOW)
}
const idsOf = (statements: readonly Uint8Array[]): string[] => statements.map((bytes) => openStatement(bytes).id)
/** All pages from one on. */
const rest = (after?: Uint8Array): Uint8Array[][] => {
  const page = pages.page(bob.did, '', after)
  if (!page) throw new Error('too much')
  return [page.statements, ...(page.more ? rest(page.more) : [])]
}

describe(EvidencePages, () => {
  beforeAll(async () => {
    replica = new Replica({ net, policy: { roots: [ada.did], authorities: [], threshold: 1 }, maxPerIssuer: 1_000 })
    await attest(ada, alice.did)
    await attest(alice)
    for (let n = 0; n < 300; n++) await attest(alice, generateIdentity(systemRandom).did)
  })

  beforeEach(() => {
    atMs = 0
    pages = new EvidencePages(replica, { now: () => NOW, monotonic: () => atMs })
  })

  it('F5 hands out every statement once, in the order of ids, on pages that fit a frame', () => {
    const all = rest()
    expect(all.length).toBeGreaterThan(3)
    for (const statements of all) {
      expect(statements.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(LIMITS.pageBytes)
      expect(statements.length).toBeGreaterThan(0)
    }
    const expected = evidenceFor(replica, bob.did, { now: NOW }) ?? []
    expect(all.flatMap(idsOf)).toEqual(expected.map(({ id }) => id).sort())
  })

  it('costs what is gathered with the first page alone, and with each what is on it', () => {
    const first = pages.page(bob.did, '')
    expect(first?.cost).toBe(302 + (first?.statements.length ?? 0))
    const second = pages.page(bob.did, '', first?.more)
    expect(second?.cost).toBe(second?.statements.length)
    expect(pages.page(bob.did, '')?.cost).toBe(first?.statements.length)
  })

  it('goes on with what was begun though things have changed meanwhile, for ten seconds, and begins anew with the present', async () => {
    const before = rest().flatMap(idsOf)
    const first = pages.page(bob.did, '')
    const carol = generateIdentity(systemRandom)
    await attest(ada, carol.did)
    await attest(carol)
    atMs = 10_000
    const goneOn = [first?.statements ?? [], ...rest(first?.more)].flatMap(idsOf)
    expect(goneOn).toEqual(before)
    expect(rest().flatMap(idsOf)).toHaveLength(before.length + 2)
    const stale = pages.page(bob.did, '')
    await attest(ada, generateIdentity(systemRandom).did)
    await attest(carol, generateIdentity(systemRandom).did)
    atMs = 20_001
    expect(pages.page(bob.did, '', stale?.more)?.cost).toBeGreaterThan(302)
    const anew = [stale?.statements ?? [], ...rest(stale?.more)].flatMap(idsOf)
    expect(new Set([...anew, ...rest().flatMap(idsOf)]).size).toBe(before.length + 3)
  })

  it('F4 keeps no more than 16 collections', () => {
    const costOf = (did = bob.did): number => pages.page(did, '')?.cost ?? 0
    const others = Array.from({ length: 32 }, () => generateIdentity(systemRandom).did)
    const told = costOf()
    expect(costOf()).toBeLessThan(told)
    for (const did of others) costOf(did)
    expect(costOf()).toBe(told)
  })
})
