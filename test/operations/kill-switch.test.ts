import type { Did, Identity } from '@trustmesh/identity'
import type { AdminControl, Operation } from '@trustmesh/mesh-node'
import type { Mesh } from '@trustmesh/sdk'
import { issueAttestation, issueDelegation, parseDelegation } from '@trustmesh/trust'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { join, someone, until } from '../e2e/kit.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'
import { ALICE, BOB, OLGA, VERA } from './people.ts'

const REASON = 'its key is in other hands'
const refused = (code: string): unknown => expect.objectContaining({ name: 'NodeError', code })

let mesh: NodeMesh
let mallory: Identity
let bob: Identity
let carol: Identity
let dave: Identity
let erin: Identity
const agents: Mesh[] = []

const control = (): AdminControl => mesh.at(0).node.control
const kill = (): { readonly verb: 'kill'; readonly did: Did; readonly reason: string } => {
  return { verb: 'kill', did: mallory.did, reason: REASON }
}
const targetsOf = (targets: readonly object[]): Did[] => targets.map((target) => (target as { did: Did }).did)
const revoked = (): Did[] =>
  [mallory, bob, carol, dave, erin].map(({ did }) => did).filter((did) => statusOf(did) === 'revoked')
const statusOf = (did: Did): string => control().standing(did).status

/** Mallory vouches for bob, delegates to carol and speaks ill of dave; carol passes it on to erin. */
beforeEach(async () => {
  mesh = await NodeMesh.start({ nodes: 1 })
  const people = Array.from({ length: 5 }, () => someone())
  ;[mallory, bob, carol, dave, erin] = people as [Identity, Identity, Identity, Identity, Identity]
  for (const identity of people) {
    agents.push(await join(mesh.at(0).joinFile, 'agent', { identity, backoff: { baseMs: 10, capMs: 50 } }))
  }
  const link = await issueDelegation(mallory, { aud: carol.did, can: '/tool', depth: 2 }, mesh.issuance)
  const parent = parseDelegation(link)
  const statements = [
    link,
    await issueDelegation(carol, { aud: erin.did, can: '/tool', parent }, mesh.issuance),
    await issueAttestation(mallory, { sub: dave.did, value: -500 }, mesh.issuance),
    await issueAttestation(mallory, { sub: bob.did, value: 900 }, mesh.issuance),
    await issueAttestation(mallory, { sub: control().mesh().authority as Did, value: 900 }, mesh.issuance),
    await issueAttestation(mallory, { sub: mesh.at(0).node.did, value: 900 }, mesh.issuance),
  ]
  for (const { bytes } of statements) await control().accept(bytes, ALICE)
})

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.close()
  await mesh[Symbol.asyncDispose]()
})

describe('a kill switch', () => {
  it('O8 shows exactly whom it takes, and takes neither the mesh’s own keys nor whom its issuer spoke ill of', () => {
    const { targets, sessions, isWide } = control().preview(kill())
    expect(targetsOf(targets)[0]).toBe(mallory.did)
    expect(new Set(targetsOf(targets))).toEqual(new Set([mallory.did, bob.did, carol.did, erin.did]))
    expect(new Set(sessions)).toEqual(new Set(targetsOf(targets)))
    expect(isWide).toBe(true)
    expect(revoked()).toEqual([])
  })

  it('O8, P9 does nothing before somebody else has approved it who may', async () => {
    const { id, state, items } = await control().order(kill(), ALICE)
    expect([state, items]).toEqual(['awaiting-approval', []])
    await expect(control().approve(id, ALICE)).rejects.toEqual(refused('admin.own-approval'))
    const puppet = { name: 'puppet', role: 'admin', leave: ['alice'] } as const
    await expect(control().approve(id, puppet)).rejects.toEqual(refused('admin.own-approval'))
    for (const who of [OLGA, VERA]) await expect(control().approve(id, who)).rejects.toEqual(refused('admin.forbidden'))
    expect(revoked()).toEqual([])
    expect(control().operation(id)?.state).toBe('awaiting-approval')

    const twice = await Promise.all([control().approve(id, BOB), control().approve(id, BOB)])
    for (const operation of [...twice, await control().approve(id, BOB)]) {
      expect(operation).toMatchObject({ id, state: 'in-force', by: 'alice', approvedBy: 'bob', durable: true })
      expect(operation.items.map(({ created, code }) => [created, code])).toEqual(Array(4).fill([true, undefined]))
    }
    expect(revoked()).toEqual([mallory.did, bob.did, carol.did, erin.did])
    expect(
      control()
        .sessions()
        .map(({ did }) => did),
    ).toEqual([dave.did])
    expect([...control().revocations()]).toHaveLength(4)
  })

  it('O8 takes nobody whom its issuer has drawn into it since it was ordered', async () => {
    const { id } = await control().order(kill(), ALICE)
    const { bytes } = await issueAttestation(mallory, { sub: dave.did, value: 900 }, mesh.issuance)
    await control().accept(bytes, ALICE)
    expect(targetsOf(control().preview(kill()).targets)).toContain(dave.did)
    await control().approve(id, BOB)
    expect(revoked()).not.toContain(dave.did)
  })

  it('P9 is rejected for good, by whoever ordered it too', async () => {
    const { id } = await control().order(kill(), ALICE)
    await expect(control().reject(id, VERA)).rejects.toEqual(refused('admin.forbidden'))
    expect(await control().reject(id, ALICE)).toMatchObject({ state: 'rejected', rejectedBy: 'alice' })
    await expect(control().approve(id, BOB)).rejects.toEqual(refused('admin.not-awaiting'))
    expect(revoked()).toEqual([])
  })

  it('O8 waits for its approval over a restart, and holds after one', async () => {
    const { id } = await control().order(kill(), ALICE)
    await mesh.stop(0)
    await mesh.startAgain(0)
    expect(control().operation(id)).toMatchObject({ state: 'awaiting-approval', by: 'alice', order: kill() })
    await expect(control().approve(id, ALICE)).rejects.toEqual(refused('admin.own-approval'))
    await control().approve(id, BOB)
    await mesh.stop(0)
    await mesh.startAgain(0)
    expect(control().operation(id)).toMatchObject({ state: 'in-force', approvedBy: 'bob', durable: true })
    expect(revoked()).toEqual([mallory.did, bob.did, carol.did, erin.did])
    await until(() => control().sessions().length === 1)
    expect(
      control()
        .sessions()
        .map(({ did }) => did),
    ).toEqual([dave.did])
  })
})

describe('an order', () => {
  it('R7 takes a second person where it touches more than one may alone, also if it comes in pieces', async () => {
    const strangers = Array.from({ length: 26 }, () => someone().did)
    const targets = strangers.map((did) => ({ did }))
    expect(await control().order({ verb: 'revoke', targets, reason: REASON }, OLGA)).toMatchObject({
      state: 'awaiting-approval',
      reach: 26,
    })
    const states: Operation['state'][] = []
    for (const did of strangers) {
      const { state } = await control().order({ verb: 'revoke', targets: [{ did }], reason: REASON }, OLGA)
      states.push(state)
    }
    expect(states).toEqual([...Array(25).fill('in-force'), 'awaiting-approval'])
    // What one has done weighs on nobody else.
    const [, last] = strangers
    expect(
      await control().order({ verb: 'revoke', targets: [{ did: last as Did }], reason: REASON }, BOB),
    ).toMatchObject({
      state: 'in-force',
    })
  })

  it('R7 takes a second person for evictions that come in pieces, and says so beforehand', async () => {
    const evict = { verb: 'evict', did: dave.did, reason: REASON } as const
    const isHere = () =>
      control()
        .sessions()
        .some(({ did }) => did === dave.did)
    for (let n = 0; n < 25; n++) {
      await until(isHere)
      expect(control().preview(evict, OLGA)).toMatchObject({ sessions: [dave.did], reach: 1, isWide: false })
      expect(await control().order(evict, OLGA)).toMatchObject({ state: 'in-force' })
    }
    await until(isHere)
    expect(control().preview(evict, OLGA).isWide).toBe(true)
    expect(control().preview(evict, BOB).isWide).toBe(false)
    const { id, state } = await control().order(evict, OLGA)
    expect([state, isHere()]).toEqual(['awaiting-approval', true])
    expect(await control().approve(id, BOB)).toMatchObject({ state: 'in-force', items: [{ sessionsClosed: 1 }] })
  })
})
