import type { Did, StatementId } from '@trustmesh/identity'
import type { AdminControl } from '@trustmesh/mesh-node'
import type { Mesh } from '@trustmesh/sdk'
import { issueAttestation, issueDelegation, issueRevocation, issueSuspension, parseDelegation } from '@trustmesh/trust'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { join, someone, until } from '../e2e/kit.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'
import { ALICE, OLGA, VERA } from './people.ts'

const REASON = 'a test'
const refused = (code: string): unknown => expect.objectContaining({ name: 'NodeError', code })

let mesh: NodeMesh
let control: AdminControl
const agents: Mesh[] = []

async function agent(name: string, identity = someone()): Promise<Mesh> {
  const joined = await join(mesh.at(0).joinFile, name, { identity, backoff: { baseMs: 10, capMs: 50 } })
  agents.push(joined)
  return joined
}
const isHere = (did: Did): boolean => control.sessions().some((session) => session.did === did)
const statusOf = (did: Did): string => control.standing(did).status

describe('an order', () => {
  beforeAll(async () => {
    mesh = await NodeMesh.start({ nodes: 1 })
    control = mesh.at(0).node.control
  })
  afterEach(() => {
    for (const each of agents.splice(0)) each.close()
  })
  afterAll(() => mesh[Symbol.asyncDispose]())

  it('P9 is refused to those whose role it takes more than', async () => {
    const { did } = someone()
    await expect(control.order({ verb: 'evict', did, reason: REASON }, VERA)).rejects.toEqual(
      refused('admin.forbidden'),
    )
    await expect(control.order({ verb: 'kill', did, reason: REASON }, OLGA)).rejects.toEqual(refused('admin.forbidden'))
    expect(control.operations()).toEqual([])
  })

  it('is refused where nothing of it makes sense, and nothing is kept of it', async () => {
    const { did } = someone()
    const orders = [
      { verb: 'revoke', targets: [], reason: REASON },
      { verb: 'revoke', targets: [{ did }], reason: 'forged\nline' },
      { verb: 'suspend', did, ttlMs: 31 * 86_400_000, reason: REASON },
      { verb: 'evict', did: 'did:key:zNobody' as Did, reason: REASON },
    ] as const
    for (const order of orders) await expect(control.order(order, OLGA)).rejects.toEqual(refused('admin.invalid-body'))
    expect(control.operations()).toEqual([])
  })

  it('never ends a key on which the mesh stands', async () => {
    const { root, node, authority } = control.mesh()
    for (const did of [root, node, authority as Did]) {
      for (const order of [
        { verb: 'revoke', targets: [{ did }], reason: REASON },
        { verb: 'suspend', did, ttlMs: 1000, reason: REASON },
        { verb: 'kill', did, reason: REASON },
      ] as const) {
        await expect(control.order(order, ALICE)).rejects.toEqual(refused('admin.own-key'))
      }
    }
  })

  it('evicts: the session ends with a code of its own, and the agent comes back at once', async () => {
    const { did } = await agent('bob')
    const evicted = await control.order({ verb: 'evict', did, reason: REASON }, OLGA)
    expect(evicted).toMatchObject({ state: 'in-force', by: 'olga', items: [{ target: { did }, sessionsClosed: 1 }] })
    await until(() => isHere(did))
    const left = mesh
      .at(0)
      .running.events.since(0)
      .filter(({ kind }) => kind === 'agent.left')
    expect(left).toMatchObject([{ did, code: 'session.evicted' }])
    expect(statusOf(did)).not.toBe('suspended')
  })

  it('fails to evict whoever is not here', async () => {
    const { did } = someone()
    const evicted = await control.order({ verb: 'evict', did, reason: REASON }, OLGA)
    expect(evicted).toMatchObject({ state: 'failed', code: 'session.none', items: [{ code: 'session.none' }] })
  })

  it('suspends until it is lifted, and lifts what was said in the same millisecond', async () => {
    const { did } = await agent('bob')
    const suspended = await control.order({ verb: 'suspend', did, ttlMs: 60_000, reason: REASON }, OLGA)
    expect(suspended).toMatchObject({ state: 'in-force', durable: true, items: [{ created: true, sessionsClosed: 1 }] })
    expect([isHere(did), statusOf(did)]).toEqual([false, 'suspended'])
    const lift = async () => {
      const { id } = await control.order({ verb: 'lift', did, reason: REASON }, OLGA)
      return await control.approve(id, ALICE)
    }
    expect(await lift()).toMatchObject({ state: 'in-force', items: [{ created: true }] })
    expect(statusOf(did)).not.toBe('suspended')
    await until(() => isHere(did))
    expect(await lift()).toMatchObject({ state: 'failed', code: 'suspension.none' })
  })

  it('revokes, in force and on disk when it answers; and says of whoever was revoked before by what', async () => {
    const { did } = await agent('bob')
    const order = { verb: 'revoke', targets: [{ did }], reason: REASON } as const
    const [one, other] = await Promise.all([control.order(order, OLGA), control.order(order, ALICE)])
    expect([isHere(did), statusOf(did)]).toEqual([false, 'revoked'])
    expect([one.state, one.durable, other.state, other.durable]).toEqual(['in-force', true, 'in-force', true])
    const [first, second] = [...one.items, ...other.items].sort((a, b) => Number(b.created) - Number(a.created))
    expect(first).toMatchObject({ created: true, sessionsClosed: 1 })
    expect(second).toMatchObject({ created: false, sessionsClosed: 0, statement: first?.statement })
    const third = await control.order(order, OLGA)
    expect(third.items).toMatchObject([{ created: false, statement: first?.statement }])
  })

  it('revokes many, each with a result of its own', async () => {
    const [bob, carol] = [someone(), someone()]
    const { root } = control.mesh()
    const attested = await control.order({ verb: 'attest', did: carol.did, value: 500 }, OLGA)
    const statement = attested.items[0]?.statement as StatementId
    const strange = await issueAttestation(bob, { sub: carol.did, value: 1 }, mesh.issuance)
    const targets = [
      { did: bob.did },
      { did: root },
      { iss: control.mesh().authority as Did, id: statement },
      { iss: bob.did, id: strange.id },
    ]
    const { state, items } = await control.order({ verb: 'revoke', targets, reason: REASON }, OLGA)
    expect(state).toBe('in-force')
    expect(items.map(({ target }) => target)).toEqual(targets)
    expect(items.map(({ code = 'done' }) => code)).toEqual(['done', 'admin.own-key', 'done', 'revocation.unauthorized'])
    expect([...control.attestations()].filter(({ id }) => id === statement)).toEqual([])
  })

  it('ends a delegation that goes on from one by this node, with the chain as proof', async () => {
    const authority = await mesh.authority(0)
    const [bob, carol] = [someone(), someone()]
    await agent('bob', bob)
    const first = await issueDelegation(authority, { aud: bob.did, can: '/tool', depth: 1 }, mesh.issuance)
    const parent = parseDelegation(first)
    const second = await issueDelegation(bob, { aud: carol.did, can: '/tool', parent }, mesh.issuance)
    for (const { bytes } of [first, second]) await control.accept(bytes, ALICE)
    const isOver = () => [...control.delegations()].flatMap(({ id, isOver }) => (id === second.id ? isOver : []))
    expect(isOver()).toEqual([false])
    const order = { verb: 'revoke', targets: [{ iss: bob.did, id: second.id }], reason: REASON } as const
    expect(control.preview(order)).toMatchObject({ delegations: [second.id], sessions: [], reach: 1, isWide: false })
    const { items } = await control.order(order, OLGA)
    expect(items).toMatchObject([{ created: true }])
    expect(isOver()).toEqual([true])
  })

  it('takes what was signed elsewhere as an order, and refuses what is signed by nobody who may', async () => {
    const authority = await mesh.authority(0)
    const [bob, mallory] = [await agent('bob'), someone()]
    const forged = await issueRevocation(mallory, { target: { did: bob.did }, reason: REASON }, mesh.issuance)
    const refusal = await control.accept(forged.bytes, OLGA)
    expect(refusal.operation).toMatchObject({ state: 'failed', code: 'revocation.unauthorized' })
    expect(isHere(bob.did)).toBe(true)
    const hold = await issueSuspension(authority, { sub: bob.did }, mesh.issuance)
    const held = await control.accept(hold.bytes, OLGA)
    expect(held).toMatchObject({ outcome: 'added', operation: { state: 'in-force', items: [{ statement: hold.id }] } })
    expect([isHere(bob.did), statusOf(bob.did)]).toEqual([false, 'suspended'])
    expect(await control.accept(hold.bytes, OLGA)).toMatchObject({ outcome: 'known' })
    await expect(control.accept(hold.bytes, VERA)).rejects.toEqual(refused('admin.forbidden'))
  })
})
