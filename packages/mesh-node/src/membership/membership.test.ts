import {
  type Clock,
  type Did,
  generateIdentity,
  type Identity,
  identityFromSeed,
  meshIdOf,
  openStatement,
  type Random,
  type Statement,
  type Verified,
} from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Purpose, Refusal } from '@trustmesh/protocol'
import {
  AGENT,
  answerInvitation,
  type Guest,
  issueAttestation,
  issueDelegation,
  issueInvitation,
  issueRevocation,
  issueRotation,
  MEMBER,
  parseDelegation,
  parseInvitation,
  proveSuccession,
  StatementSet,
} from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Admission, Mesh } from '../mesh.ts'
import { issueMembership } from './certificate.ts'
import { Membership } from './membership.ts'

const DAY_MS = 86_400_000
const random: Random = systemRandom
const person = (seed: number): Identity => identityFromSeed(new Uint8Array(32).fill(seed))
const [root, olga, nora, nils] = [person(1), person(2), person(3), person(4)]
const [alice, bob, carol, mallory] = [person(5), person(6), person(7), person(8)]

let now: number
const clock: Clock = { now: () => now, monotonic: () => now }
const net = meshIdOf(root.did)
const issuance = { net, clock, random }

beforeEach(() => {
  now = 1_767_225_600_000
})

interface Sight {
  readonly set: StatementSet
  readonly membership: Membership
  readonly chain: readonly Uint8Array[]
  /** In the order in which they came into force. */
  readonly accepted: Verified<Statement>[]
}

/** What a node of the mesh makes of others. */
async function nodeOf(admission: Admission = 'open', maxSponsored = 100): Promise<Sight> {
  const policy = { roots: [root.did], authorities: [olga.did], threshold: 1 }
  const set = new StatementSet({ net, policy, admission: { root: root.did, maxSponsored } })
  const chain = await issueMembership({ root, authority: olga, node: nora.did }, issuance)
  for (const link of chain) set.add(openStatement(link))
  const mesh: Mesh = { net, root: root.did, authorities: [olga.did], threshold: 1, admission }
  const accepted: Verified<Statement>[] = []
  const accept = async (statement: Verified<Statement>): Promise<void> => {
    if (set.add(statement).kind === 'added') accepted.push(statement)
  }
  const keys = { node: nora, authority: olga, chain }
  const membership = new Membership({ mesh, keys, set, accept, clock, random, maxSponsored })
  return { set, membership, chain, accepted }
}

const come = ({ membership }: Sight, did: Did, purpose: Purpose, attachments: readonly Uint8Array[] = []) =>
  membership.admit({ did, purpose, attachments })

/** What a guest shows, with a token of somebody's. */
async function answered(
  inviter: Identity,
  guest: Identity,
  as: Guest,
  ttlMs = 3_600_000,
): Promise<readonly Uint8Array[]> {
  const mesh = {
    url: 'ws://node',
    node: nora.did,
    root: root.did,
    authorities: [olga.did],
    threshold: 1,
    invited: true,
  }
  const token = await issueInvitation(inviter, { ...mesh, guest: as, ttlMs }, issuance)
  return answerInvitation(guest, parseInvitation(token), issuance)
}

const refusal = (code: Refusal['refusal']): Refusal => ({ refusal: code, proof: [] })

describe('Membership, of nodes', () => {
  it('F1 takes nobody for a member who has no chain from the root', async () => {
    const node = await nodeOf()
    const own = await issueMembership({ root: mallory, authority: olga, node: nils.did }, issuance)
    for (const shown of [[], own, own.slice(1), node.chain, [new Uint8Array(3)]]) {
      expect(node.membership.isMember(nils.did, shown)).toBe(false)
      expect(await come(node, nils.did, 'node', shown)).toEqual(refusal('not-invited'))
    }
  })

  it('F1 takes nobody for a member by a chain of four links, or one that says more than membership', async () => {
    const node = await nodeOf()
    const [first] = node.chain.map((link) => parseDelegation(openStatement(link)))
    const exp = now + DAY_MS
    const deep = await issueDelegation(root, { aud: alice.did, can: MEMBER, depth: 3, exp }, issuance)
    const links = [deep]
    for (const [by, to] of [
      [alice, bob],
      [bob, carol],
      [carol, nils],
    ] as const) {
      const parent = parseDelegation(links.at(-1) as Verified<Statement>)
      links.push(await issueDelegation(by, { aud: to.did, can: MEMBER, depth: parent.depth - 1, parent }, issuance))
    }
    const shown = links.map(({ bytes }) => bytes)
    expect(node.membership.isMember(carol.did, shown.slice(0, 3))).toBe(true)
    expect(node.membership.isMember(nils.did, shown)).toBe(false)
    const where = [{ op: 'eq', at: ['x'], value: 1 }] as const
    const limited = await issueDelegation(olga, { aud: nils.did, can: MEMBER, where, parent: first as never }, issuance)
    expect(node.membership.isMember(nils.did, [node.chain[0] as Uint8Array, limited.bytes])).toBe(false)
  })

  it('R10 takes a node for a member no more once it, or a link of its chain, is revoked or has ended', async () => {
    const chain = await issueMembership({ root, authority: olga, node: nils.did }, issuance)
    const [first, last] = chain.map((link) => openStatement(link)) as [Verified<Statement>, Verified<Statement>]
    const reason = 'compromised'
    for (const [by, target] of [
      [olga, { did: nils.did }],
      [root, { iss: root.did, id: first.id }],
      [olga, { iss: olga.did, id: last.id }],
    ] as const) {
      const node = await nodeOf()
      expect(node.membership.isMember(nils.did, chain)).toBe(true)
      for (const link of [first, last]) node.set.add(link)
      expect(node.membership.isMember(nils.did)).toBe(true)
      node.set.add(await issueRevocation(by, { target, reason }, issuance))
      expect(node.membership.isMember(nils.did)).toBe(false)
      expect(node.membership.isMember(nils.did, chain)).toBe(false)
      expect(node.membership.isMember(nora.did)).toBe(true)
    }
    const node = await nodeOf()
    now += 366 * DAY_MS
    expect(node.membership.isMember(nils.did, chain)).toBe(false)
  })

  it('F1 makes a member of one who is invited, says by which chain, and voids the invitation for all others', async () => {
    const node = await nodeOf()
    const token = await answered(olga, nils, 'node')
    const answer = await come(node, nils.did, 'node', token)
    expect(answer).toMatchObject({ refusal: 'not-invited' })
    expect(node.membership.isMember(nils.did, answer?.proof)).toBe(true)
    expect((await nodeOf()).membership.isMember(nils.did, answer?.proof)).toBe(true)
    expect(await come(node, nils.did, 'node', answer?.proof)).toBeNull()
    // It asks again, since it may not have heard; somebody else with the same token asks in vain.
    expect(await come(node, nils.did, 'node', token)).toEqual(answer)
    const invitation = openStatement(token[0] as Uint8Array)
    expect(node.set.isVoid(olga.did, invitation.id)).toBe(true)
  })

  it('F1 lets one of two who come at once with one invitation become a member', async () => {
    const node = await nodeOf()
    const said = {
      url: 'ws://node',
      node: nora.did,
      root: root.did,
      authorities: [olga.did],
      threshold: 1,
      invited: true,
    }
    const token = parseInvitation(await issueInvitation(olga, { ...said, guest: 'node', ttlMs: DAY_MS }, issuance))
    const guests = [nils, mallory]
    const shown = await Promise.all(guests.map((guest) => answerInvitation(guest, token, issuance)))
    const answers = await Promise.all(guests.map(({ did }, i) => come(node, did, 'node', shown[i])))
    expect(answers.map((answer) => answer?.proof.length)).toEqual([2, 0])
    expect(node.membership.isMember(mallory.did)).toBe(false)
  })

  it('F1 lets nobody in as a node because it is being let in as an agent', async () => {
    const node = await nodeOf()
    const shown = await answered(mallory, nils, 'node')
    const answers = await Promise.all([come(node, nils.did, 'agent'), come(node, nils.did, 'node', shown)])
    expect(answers).toEqual([null, refusal('not-invited')])
  })

  it('F1 refuses invitations of agents, of strangers, to others, and those that are over', async () => {
    const node = await nodeOf()
    const over = await answered(olga, nils, 'node')
    expect(await come(node, nils.did, 'node', await answered(olga, nils, 'agent'))).toEqual(refusal('not-invited'))
    expect(await come(node, nils.did, 'node', await answered(mallory, nils, 'node'))).toEqual(refusal('not-invited'))
    expect(await come(node, nils.did, 'node', await answered(nora, nils, 'node'))).toEqual(refusal('not-invited'))
    expect(await come(node, mallory.did, 'node', await answered(olga, nils, 'node'))).toEqual(refusal('not-invited'))
    now += 2 * 3_600_000
    expect(await come(node, nils.did, 'node', over)).toEqual(refusal('not-invited'))
    expect(node.accepted).toEqual([])
  })
})

describe('a membership that is extended', () => {
  it('is so for a year at most, of those who are members, and once', async () => {
    const node = await nodeOf()
    const made = await Promise.all([nils, mallory].map((guest) => answered(olga, guest, 'node')))
    await come(node, nils.did, 'node', made[0])
    await come(node, mallory.did, 'node', made[1])
    const [, , , toMallory] = node.accepted as [...Verified<Statement>[], Verified<Statement>]
    await node.membership.extend()
    expect(node.accepted).toHaveLength(4)

    now += 300 * DAY_MS
    for (const link of await issueMembership({ root, authority: olga, node: nora.did }, issuance)) {
      node.set.add(openStatement(link))
    }
    const target = { iss: olga.did, id: (toMallory as Verified<Statement>).id }
    node.set.add(await issueRevocation(olga, { target, reason: 'left' }, issuance))
    await node.membership.extend()
    await node.membership.extend()
    expect(node.accepted.slice(4).map((statement) => parseDelegation(statement).aud)).toEqual([nils.did])
    now += 200 * DAY_MS
    expect([nora, nils, mallory].map(({ did }) => node.membership.isMember(did))).toEqual([true, true, false])
  })
})

describe('Membership, of agents', () => {
  it('admits whoever comes, once, before anything of it is taken', async () => {
    const node = await nodeOf()
    const word = await issueAttestation(alice, { sub: bob.did, value: 1 }, issuance)
    expect(node.set.add(word)).toMatchObject({ kind: 'ignored', code: 'set.not-admitted' })
    const answers = await Promise.all([1, 2, 3].map(() => come(node, alice.did, 'agent')))
    expect(answers).toEqual([null, null, null])
    expect(node.accepted.map(({ type, signer }) => ({ type, signer }))).toEqual([
      { type: 'delegation', signer: nora.did },
    ])
    expect(node.set.add(word)).toMatchObject({ kind: 'added' })
    expect(await come(node, alice.did, 'agent')).toBeNull()
    expect(node.accepted).toHaveLength(1)
  })

  it('I15 admits nobody without an invitation where that is how it is', async () => {
    const node = await nodeOf('invited')
    expect(await come(node, alice.did, 'agent')).toEqual(refusal('not-invited'))
    expect(await come(node, alice.did, 'agent', await answered(mallory, alice, 'agent'))).toEqual(
      refusal('not-invited'),
    )
    expect(await come(node, alice.did, 'agent', await answered(olga, alice, 'node'))).toEqual(refusal('not-invited'))
    for (const [inviter, guest] of [
      [olga, alice],
      [nora, bob],
    ] as const) {
      expect(await come(node, guest.did, 'agent', await answered(inviter, guest, 'agent'))).toBeNull()
      expect(await come(node, guest.did, 'agent')).toBeNull()
    }
  })

  it('K8 T2 turns newcomers away rather than displace who has come lately; and who stays is admitted anew in time', async () => {
    const node = await nodeOf('open', 3)
    for (const { did } of [alice, bob, carol]) expect(await come(node, did, 'agent')).toBeNull()
    for (let i = 0; i < 20; i++) {
      expect(await come(node, generateIdentity(random).did, 'agent')).toEqual(refusal('busy'))
    }
    now += 20 * DAY_MS
    expect(await come(node, mallory.did, 'agent')).toEqual(refusal('busy'))
    expect(await come(node, alice.did, 'agent')).toBeNull()
    now += 11 * DAY_MS
    // Of those who were there in the beginning, whoever has not been seen for longest goes.
    expect(await come(node, alice.did, 'agent')).toBeNull()
    expect(await come(node, mallory.did, 'agent')).toBeNull()
    expect([alice, mallory].map(({ did }) => node.set.isAdmitted(did))).toEqual([true, true])
  })

  it('admits nobody by a node that is no member itself', async () => {
    const node = await nodeOf()
    node.set.add(await issueRevocation(olga, { target: { did: nora.did }, reason: 'stolen' }, issuance))
    expect(await come(node, alice.did, 'agent')).toEqual(refusal('busy'))
  })

  it('has no place for a peer: agents meet through the mesh', async () => {
    expect(await come(await nodeOf(), alice.did, 'peer')).toEqual(refusal('not-invited'))
  })
})

describe('what an agent may leave that is never forgotten', () => {
  const revoke = (by: Identity, did: Did) => issueRevocation(by, { target: { did }, reason: 'gone' }, issuance)

  it('K8 is no revocation or rotation of somebody who was never here, save by who governs', async () => {
    const node = await nodeOf()
    await come(node, alice.did, 'agent')
    const { membership, set } = node
    expect(membership.refusalOf(await revoke(mallory, mallory.did))).toBe('set.not-admitted')
    const next = new Uint8Array(32)
    const proof = await proveSuccession(bob, { net, from: mallory.did, next })
    const rotation = await issueRotation(mallory, { to: bob.did, next, proof }, issuance)
    expect(set.add(rotation)).toMatchObject({ kind: 'ignored', code: 'set.not-admitted' })
    expect(membership.refusalOf(await revoke(alice, alice.did))).toBeNull()
    expect(membership.refusalOf(await revoke(olga, mallory.did))).toBeNull()
    const target = { iss: mallory.did, id: rotation.id }
    expect(membership.refusalOf(await issueRevocation(mallory, { target, reason: '' }, issuance))).toBe(
      'set.not-admitted',
    )
  })

  it('F5 is no other word of what is revoked already, save by who governs; the same one may come again', async () => {
    const node = await nodeOf()
    await come(node, alice.did, 'agent')
    const { membership, set } = node
    const target = { iss: alice.did, id: '0'.repeat(64) as Verified<Statement>['id'] }
    for (const [first, other] of [
      [
        await issueRevocation(alice, { target, reason: '' }, issuance),
        await issueRevocation(alice, { target, reason: '' }, issuance),
      ],
      [await revoke(alice, alice.did), await revoke(alice, alice.did)],
    ] as const) {
      expect(membership.refusalOf(first)).toBeNull()
      set.add(first)
      expect(membership.refusalOf(first)).toBeNull()
      expect(membership.refusalOf(other)).toBe('set.superseded')
    }
    expect(membership.refusalOf(await revoke(olga, alice.did))).toBeNull()
  })

  it('R7 is no more than 256 revocations of statements of one issuer', async () => {
    const node = await nodeOf()
    await come(node, alice.did, 'agent')
    for (let i = 0; i <= 256; i++) {
      const id = i.toString(16).padStart(64, '0') as Verified<Statement>['id']
      const statement = await issueRevocation(alice, { target: { iss: alice.did, id }, reason: '' }, issuance)
      expect(node.membership.refusalOf(statement)).toBe(i < 256 ? null : 'set.quota')
      // From a member it is taken all the same: replicas have to agree on who and what is revoked.
      expect(node.set.add(statement).kind).toBe('added')
    }
  })
})

it('T3 takes nothing from an agent that another agent has sponsored', async () => {
  const node = await nodeOf()
  await come(node, mallory.did, 'agent')
  const crony = await issueDelegation(mallory, { aud: bob.did, can: AGENT }, issuance)
  expect(node.set.add(crony)).toMatchObject({ kind: 'ignored', code: 'set.not-admitted' })
  const word = await issueAttestation(bob, { sub: mallory.did, value: 1000 }, issuance)
  expect(node.set.add(word)).toMatchObject({ kind: 'ignored', code: 'set.not-admitted' })
})
