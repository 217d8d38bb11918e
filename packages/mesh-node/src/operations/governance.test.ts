import { type Did, generateIdentity, type Identity, meshIdOf, type StatementId } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueAttestation, issueDelegation, issueRevocation, issueSuspension, Replica } from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualTime } from '../../test/manual-time.ts'
import type { AdminControl } from '../admin/control.ts'
import type { Operation } from '../admin/operation.ts'
import type { Person } from '../admin/person.ts'
import { MemoryAuditLog } from '../audit/memory.ts'
import { Leases } from '../leases.ts'
import { NodeError } from '../node-error.ts'
import { Sessions } from '../sessions.ts'
import { Statements } from '../statements.ts'
import { MemoryStore } from '../store/memory.ts'
import { Governance } from './governance.ts'
import { MemoryJournal } from './journal.ts'
import type { OperationRecord } from './record.ts'

const HOUR_MS = 3_600_000
const ALICE: Person = { name: 'alice', role: 'admin' }
const BOB: Person = { name: 'bob', role: 'admin' }
const someone = (): Identity => generateIdentity(systemRandom)
const refused = (code: string): unknown => expect.objectContaining({ name: 'NodeError', code })
const [root, authority, otherAuthority, node, member] = Array.from({ length: 5 }, someone) as [
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
]
const net = meshIdOf(root.did)

/** A disk that fails when told to. */
class MoodyStore extends MemoryStore {
  fails = false

  override async append(...args: Parameters<MemoryStore['append']>): Promise<void> {
    if (this.fails) throw new NodeError('store.not-durable')
    await super.append(...args)
  }
}

/** A log that fails when told to. */
class MoodyAuditLog extends MemoryAuditLog {
  fails = false

  override async commit(...args: Parameters<MemoryAuditLog['commit']>): Promise<{ index: number }> {
    if (this.fails) throw new NodeError('audit.unavailable')
    return super.commit(...args)
  }
}

/** A disk that has no room for operations, when told so. */
class MoodyJournal extends MemoryJournal {
  fails = false

  override async keep(record: OperationRecord): Promise<void> {
    if (this.fails) throw new Error('no room')
    await super.keep(record)
  }
}

let time: ManualTime
let store: MoodyStore
let audit: MoodyAuditLog
let journal: MoodyJournal
let replica: Replica
let statements: Statements
let asked: StatementId[]
let linked: boolean
let control: AdminControl
let governance: Governance

function start(threshold = 1): void {
  const { clock } = time
  const mesh = {
    net,
    root: root.did,
    authorities: [authority.did, otherAuthority.did],
    threshold,
    admission: 'open',
  } as const
  replica = new Replica({ net, policy: { roots: [root.did], authorities: [...mesh.authorities], threshold } })
  statements = new Statements({
    ...{ replica, clock, store, timers: time },
    changed: ({ change }, statement, from) => {
      if (from !== undefined && change.kind === 'added') governance.brought(change, statement)
    },
  })
  const sessions = new Sessions(16)
  governance = new Governance({
    ...{
      mesh,
      keys: { node, authority, chain: [] },
      replica,
      statements,
      sessions,
      journal,
      audit,
      clock,
      timers: time,
    },
    leases: new Leases({ node: node.did, set: replica.set, sessions, clock }),
    secondOperatorAbove: 3,
    members: () => [{ did: member.did, isLinked: linked, head: null, ageMs: null }],
    peers: [],
    isMember: () => true,
    ask: (ids) => void asked.push(...ids),
    refusalOf: () => null,
    state: () => ({ state: 'serving', fingerprint: '' }),
    url: () => null,
    checks: () => [],
    random: systemRandom,
  })
  control = governance.control
}

beforeEach(() => {
  time = new ManualTime()
  store = new MoodyStore()
  audit = new MoodyAuditLog({ clock: time.clock })
  journal = new MoodyJournal()
  asked = []
  linked = true
  start()
})

const revoke = (...targets: Did[]) =>
  ({ verb: 'revoke', targets: targets.map((did) => ({ did })), reason: 'a test' }) as const
const kill = (did: Did) => ({ verb: 'kill', did, reason: 'a test' }) as const
const attest = (did: Did, value: number) => ({ verb: 'attest', did, value }) as const
const lift = (did: Did) => ({ verb: 'lift', did, reason: 'a test' }) as const
const suspend = (did: Did, ttlMs: number) => ({ verb: 'suspend', did, ttlMs, reason: 'a test' }) as const
const codes = ({ items }: Operation): (string | undefined)[] => items.map(({ code }) => code)
/** The root does. */
async function vouchFor(sub: Did): Promise<void> {
  await statements.accept(await issueAttestation(root, { sub, value: 1000, weight: 3000 }, issuance()))
}
const issuance = () => ({ net, clock: time.clock, random: systemRandom })

describe(Governance, () => {
  it('A8 does nothing that cannot be put on record, and shows it as failed', async () => {
    const { did } = someone()
    audit.fails = true
    await expect(control.order(revoke(did), ALICE)).rejects.toEqual(refused('audit.unavailable'))
    await expect(control.order(attest(did, 1), ALICE)).rejects.toEqual(refused('audit.unavailable'))
    await expect(control.invite({ guest: 'agent', ttlMs: HOUR_MS }, ALICE)).rejects.toEqual(
      refused('audit.unavailable'),
    )
    const { bytes } = await issueAttestation(root, { sub: did, value: 1 }, issuance())
    await expect(control.accept(bytes, ALICE)).rejects.toEqual(refused('audit.unavailable'))
    expect(replica.set.size).toBe(0)
    const unrecorded = { state: 'failed', code: 'audit.unavailable', items: [] }
    expect(control.operations()).toMatchObject([unrecorded, unrecorded, unrecorded])
  })

  it('A8 leaves what was to be approved as it was where that cannot be put on record', async () => {
    const { did } = someone()
    const { id } = await control.order(kill(did), ALICE)
    audit.fails = true
    await expect(control.approve(id, BOB)).rejects.toEqual(refused('audit.unavailable'))
    await expect(control.reject(id, BOB)).rejects.toEqual(refused('audit.unavailable'))
    expect(control.operation(id)).toMatchObject({ state: 'awaiting-approval' })
    await expect(control.order(kill(did), ALICE)).rejects.toEqual(refused('audit.unavailable'))
    expect(control.operations()).toHaveLength(1)
    audit.fails = false
    expect(await control.approve(id, BOB)).toMatchObject({ state: 'in-force', approvedBy: 'bob' })
    expect(audit.lines.map(({ event, by }) => [event, by])).toEqual([
      ['operation.ordered', 'alice'],
      ['operation.approved', 'bob'],
      ['operation.applied', 'alice'],
    ])
  })

  it('A8 is on record and in the journal before anything happens', async () => {
    const { did } = someone()
    const seen: unknown[] = []
    const append = store.append.bind(store)
    store.append = async (...args) => {
      const [kept] = await journal.load()
      seen.push([kept?.state, audit.lines.map(({ event }) => event)])
      await append(...args)
    }
    const { id, audit: index } = await control.order(revoke(did), ALICE)
    expect(seen).toEqual([['under-way', ['operation.ordered']]])
    expect([index, audit.lines[0]?.operation, audit.lines[0]?.did]).toEqual([0, id, did])
  })

  it('P9 lets nobody approve after a day', async () => {
    const { id } = await control.order(kill(someone().did), ALICE)
    await governance.start()
    await time.advance(24 * HOUR_MS - 60_000)
    expect(control.operation(id)?.state).toBe('awaiting-approval')
    await time.advance(120_000)
    expect(control.operation(id)?.state).toBe('lapsed')
    await expect(control.approve(id, BOB)).rejects.toEqual(refused('admin.not-awaiting'))
  })

  it('R7 holds nobody up for what others order, and lets nobody heap up what awaits approval', async () => {
    const mine = () => control.order(kill(someone().did), ALICE)
    for (let n = 0; n < 32; n++) await mine()
    await expect(mine()).rejects.toEqual(refused('admin.too-many-awaiting'))
    const token: Person = { name: 'a-token', role: 'admin', leave: ['alice'] }
    await expect(control.order(kill(someone().did), token)).rejects.toEqual(refused('admin.too-many-awaiting'))
    expect(await control.order(kill(someone().did), BOB)).toMatchObject({ state: 'awaiting-approval' })
  })

  it('P9 lets nobody approve by a second token of whoever ordered it, however many stand between', async () => {
    const long = Array.from({ length: 20 }, (_, i) => `token-${i}`)
    const one: Person = { name: 'one', role: 'admin', leave: [...long, 'alice'] }
    const other: Person = { name: 'other', role: 'admin', leave: ['alice'] }
    const { id } = await control.order(kill(someone().did), one)
    for (const who of [one, other, ALICE]) {
      await expect(control.approve(id, who)).rejects.toEqual(refused('admin.own-approval'))
    }
    const again = await control.order(kill(someone().did), ALICE)
    await expect(control.approve(again.id, one)).rejects.toEqual(refused('admin.own-approval'))
    expect(await control.approve(id, BOB)).toMatchObject({ approvedBy: 'bob' })
  })

  it('R7 counts as one what somebody orders by several tokens', async () => {
    const states: string[] = []
    for (const name of ['alice', 'one', 'two', 'three']) {
      const by: Person = { name, role: 'admin', ...(name !== 'alice' && { leave: ['alice'] }) }
      states.push((await control.order(revoke(someone().did), by)).state)
    }
    expect(states).toEqual([...Array(3).fill('in-force'), 'awaiting-approval'])
  })

  it('R7 lets one act alone again a minute later', async () => {
    const states = async () => {
      const { state } = await control.order(revoke(someone().did), ALICE)
      return state
    }
    expect([await states(), await states(), await states(), await states()]).toEqual([
      ...Array(3).fill('in-force'),
      'awaiting-approval',
    ])
    await time.advance(60_001)
    expect(await states()).toBe('in-force')
  })

  it('R7 counts what was ordered elsewhere for everybody, for a minute, and nothing that is older or is no cut', async () => {
    const from = member.did
    const hour = { ...issuance(), clock: { ...time.clock, now: () => time.clock.now() - HOUR_MS } }
    for (let n = 0; n < 4; n++) {
      const sub = someone().did
      const old = await issueRevocation(otherAuthority, { target: { did: sub }, reason: 'a test' }, hour)
      const good = await issueAttestation(otherAuthority, { sub, value: 900 }, issuance())
      const ofAgent = await issueAttestation(someone(), { sub, value: -900 }, issuance())
      const lifting = await issueSuspension(otherAuthority, { sub, lifted: true }, issuance())
      for (const statement of [old, good, ofAgent, lifting]) await statements.accept(statement, from)
    }
    expect(control.preview(revoke(someone().did, someone().did), ALICE).isWide).toBe(false)
    const { did } = someone()
    await statements.accept(await issueRevocation(otherAuthority, { target: { did }, reason: '' }, issuance()), from)
    await statements.accept(await issueSuspension(otherAuthority, { sub: someone().did }, issuance()), from)
    await statements.accept(await issueAttestation(otherAuthority, { sub: someone().did, value: -1 }, issuance()), from)
    for (const by of [ALICE, BOB]) {
      expect(await control.order(revoke(someone().did), by)).toMatchObject({ state: 'awaiting-approval' })
    }
    await time.advance(60_001)
    expect(await control.order(revoke(someone().did), BOB)).toMatchObject({ state: 'in-force' })
  })

  it('R7 takes a second person for words of the authority by which more fall than one may bring about', async () => {
    await vouchFor(authority.did)
    const people = Array.from({ length: 4 }, someone)
    for (const { did } of people) await vouchFor(did)
    for (const [n, { did }] of people.entries()) {
      const order = attest(did, -1000)
      const preview = control.preview(order, ALICE)
      expect(preview).toMatchObject({ sessions: [], delegations: [], reach: 1, isWide: n === 3 })
      expect(preview.tiers.map((change) => change.did)).toEqual([did])
      const { state, reach } = await control.order(order, ALICE)
      expect([reach, state]).toEqual([1, n < 3 ? 'in-force' : 'awaiting-approval'])
      expect(control.standing(did).tier).toBe(n < 3 ? preview.tiers[0]?.to : preview.tiers[0]?.from)
    }
    // By whom nobody falls takes nobody's leave.
    for (let n = 0; n < 5; n++) {
      expect(await control.order(attest(someone().did, 900), BOB)).toMatchObject({ state: 'in-force', reach: 0 })
    }
  })

  it('R7 foresees of an attestation who stands otherwise by the words of whomever it is about, as of what the root has signed', async () => {
    const [mallory, ...others] = Array.from({ length: 6 }, someone) as [Identity, ...Identity[]]
    for (const { did } of others) {
      await vouchFor(did)
      await statements.accept(await issueAttestation(mallory, { sub: did, value: -1000, weight: 3000 }, issuance()))
    }
    const standings = () => others.map(({ did }) => control.standing(did).tier)
    const before = standings()
    const said = { sub: mallory.did, value: 1000, weight: 3000 }
    const good = await issueAttestation(root, said, issuance())
    const preview = control.preview({ verb: 'attest', did: mallory.did, value: 1000, weight: 3000 })
    expect(preview.reach).toBe(0)
    const brought = await control.accept(good.bytes, ALICE)
    expect(brought).toMatchObject({ outcome: 'awaiting-approval', operation: { reach: 5, order: { verb: 'attest' } } })
    expect(standings()).toEqual(before)
    await control.approve(brought.operation?.id ?? '', BOB)
    expect(standings().filter((tier, place) => tier !== before[place])).toHaveLength(5)
  })

  it('says that a rating fails of which a later one stands', async () => {
    const [sub, now] = [someone().did, time.clock.now()]
    const earlier = await issueAttestation(root, { sub, value: 1 }, issuance())
    await control.accept((await issueAttestation(root, { sub, value: 2, previousSeq: now }, issuance())).bytes, ALICE)
    expect((await control.accept(earlier.bytes, ALICE)).operation).toMatchObject({ code: 'set.superseded' })
  })

  it('P9 lets nobody go by one alone: by a lift, a hold that ends sooner, or taking back the word that holds', async () => {
    const { did } = someone()
    const isHeld = () => replica.set.isSuspended(did, time.clock.now())
    const { items } = await control.order(suspend(did, 24 * HOUR_MS), ALICE)
    const id = items[0]?.statement as StatementId
    // Nobody: neither whoever has held them, nor somebody else.
    for (const by of [ALICE, BOB]) {
      expect(await control.order(lift(did), by)).toMatchObject({ state: 'awaiting-approval' })
    }
    // Sooner is no sooner: what there is stands.
    const sooner = await control.order(suspend(did, 1), BOB)
    expect(sooner.items).toMatchObject([{ created: false, statement: id }])
    const taking = { verb: 'revoke', targets: [{ iss: authority.did, id }], reason: 'a test' } as const
    expect(control.preview(taking).isWide).toBe(true)
    expect(await control.order(taking, BOB)).toMatchObject({ state: 'awaiting-approval' })
    await time.advance(HOUR_MS)
    const signed = [
      await issueSuspension(authority, { sub: did, lifted: true }, issuance()),
      await issueSuspension(authority, { sub: did, until: time.clock.now() + 1000 }, issuance()),
      await issueRevocation(authority, { target: { iss: authority.did, id }, reason: '' }, issuance()),
    ]
    for (const { bytes } of signed) {
      expect(await control.accept(bytes, BOB)).toMatchObject({ outcome: 'awaiting-approval' })
    }
    expect(isHeld()).toBe(true)

    const longer = await control.order(suspend(did, 48 * HOUR_MS), BOB)
    expect(longer.items).toMatchObject([{ created: true }])
    const { id: asked } = await control.order(lift(did), ALICE)
    await expect(control.approve(asked, ALICE)).rejects.toEqual(refused('admin.own-approval'))
    expect(await control.approve(asked, BOB)).toMatchObject({ state: 'in-force', by: 'alice', approvedBy: 'bob' })
    expect(isHeld()).toBe(false)
  })

  it('P9 lets nobody go whose hold is ordered in the same moment, whichever comes first', async () => {
    const { did } = someone()
    const until = time.clock.now() + 1000
    const short = await issueSuspension(authority, { sub: did, until, previousSeq: time.clock.now() }, issuance())
    const done = await Promise.all([
      control.order(suspend(did, HOUR_MS), ALICE),
      control.order(suspend(did, 2000), BOB),
      control.accept(short.bytes, BOB),
    ])
    expect(replica.set.suspensionBy(authority.did, did)?.until).toBe(time.clock.now() + HOUR_MS)
    expect(done[2].operation).toMatchObject({ state: 'failed', code: 'suspension.shorter' })
  })

  it('casts a vote where it takes several, and says so', async () => {
    start(2)
    const { did } = someone()
    const voted = await control.order(revoke(did), ALICE)
    expect([voted.state, codes(voted), voted.items[0]?.created]).toEqual(['in-force', ['operation.more-votes'], true])
    expect(replica.set.isRevoked(did)).toBe(false)
    const again = await control.order(revoke(did), ALICE)
    expect([codes(again), again.items[0]?.created]).toEqual([['operation.more-votes'], false])
    const vote = await issueRevocation(otherAuthority, { target: { did }, reason: 'a test' }, issuance())
    const decided = await control.accept(vote.bytes, ALICE)
    expect(decided.operation?.items).toMatchObject([{ statement: vote.id, created: true }])
    expect(codes(decided.operation as Operation)).toEqual([undefined])
    expect(replica.set.isRevoked(did)).toBe(true)
  })

  it('P9 asks for a second person where somebody brings what ends a key on which the mesh stands', async () => {
    const { did } = otherAuthority
    const resignation = await issueRevocation(otherAuthority, { target: { did }, reason: 'a test' }, issuance())
    const brought = await control.accept(resignation.bytes, ALICE)
    expect([brought.outcome, replica.set.isRevoked(did)]).toEqual(['awaiting-approval', false])
    expect(await control.approve(brought.operation?.id ?? '', BOB)).toMatchObject({
      items: [{ statement: resignation.id }],
    })
    expect(replica.set.isRevoked(did)).toBe(true)
  })

  it('O7 is in force though the disk fails, says so, and is durable when it can be', async () => {
    await governance.start()
    const { did } = someone()
    store.fails = true
    const { id, durable, state, nodes } = await control.order(revoke(did), ALICE)
    expect([state, durable, replica.set.isRevoked(did)]).toEqual(['in-force', false, true])
    expect(nodes[0]).toMatchObject({ node: node.did, state: 'pending' })
    await time.advance(1_000)
    expect(control.operation(id)?.nodes[0]?.state).toBe('pending')
    store.fails = false
    await time.advance(20_000)
    expect(control.operation(id)).toMatchObject({
      durable: true,
      nodes: [{ state: 'confirmed' }, { state: 'pending' }],
    })
  })

  it('O7, O8 throws a kill switch on a full disk, as long as that can be put on record', async () => {
    const { did } = someone()
    journal.fails = true
    store.fails = true
    const { id } = await control.order(kill(did), ALICE)
    expect(await control.approve(id, BOB)).toMatchObject({ state: 'in-force', durable: false })
    expect(replica.set.isRevoked(did)).toBe(true)
  })

  it('K8 keeps a thousand operations, and of those that wait for somebody every one', async () => {
    const waiting = await control.order(kill(someone().did), ALICE)
    const revoked = await control.order(revoke(someone().did), ALICE)
    for (let n = 0; n < 1_010; n++) {
      await control.order({ verb: 'evict', did: someone().did, reason: `${n}` }, ALICE)
    }
    expect(control.operations()).toHaveLength(1_000)
    expect(await journal.load()).toHaveLength(1_000)
    expect(control.operation(waiting.id)).toMatchObject({ state: 'awaiting-approval' })
    // What may have to be done again is kept longest.
    expect(control.operation(revoked.id)).toMatchObject({ state: 'in-force' })
    expect(control.operations()[0]?.order).toMatchObject({ reason: '1009' })
  })

  it('O8 asks a member again and again, believes it for itself alone, and stops when it has answered', async () => {
    await governance.start()
    const { id, items } = await control.order(revoke(someone().did), ALICE)
    const statement = items[0]?.statement as StatementId
    await time.advance(2_000)
    const before = asked.length
    expect(before).toBeGreaterThan(2)
    expect(new Set(asked)).toEqual(new Set([statement]))
    governance.confirmed([statement], someone().did)
    expect(control.operation(id)?.nodes[1]?.state).toBe('pending')
    linked = false
    expect(control.operation(id)?.nodes[1]?.state).toBe('unreachable')
    await time.advance(60_000)
    expect(asked.length).toBe(before)
    linked = true
    governance.linked(member.did)
    expect(asked.length).toBe(before + 1)
    governance.confirmed([statement], member.did)
    expect(control.operation(id)?.nodes[1]).toEqual({
      node: member.did,
      state: 'confirmed',
      confirmedAt: time.clock.now(),
    })
    await time.advance(60_000)
    expect(asked.length).toBe(before + 1)
  })

  describe('after a crash', () => {
    /** What the process before has left, at any point of an operation. */
    const left = async (change: Partial<OperationRecord>): Promise<OperationRecord> => {
      const { did } = someone()
      await control.order(revoke(did), ALICE)
      const [whole] = await journal.load()
      const record = { ...(whole as OperationRecord), ...change }
      journal = new MoodyJournal()
      await journal.keep(record)
      store = new MoodyStore()
      start()
      await governance.start()
      return record
    }

    it('O8 carries on what was ordered and has not happened', async () => {
      const { id, targets } = await left({ state: 'under-way', items: [], nodes: [] })
      expect(control.operation(id)).toMatchObject({ state: 'in-force', durable: true, by: 'alice' })
      expect(replica.set.isRevoked((targets[0] as { did: Did }).did)).toBe(true)
    })

    it('A8 puts on record who has approved what it carries on', async () => {
      const { id } = await left({ state: 'under-way', items: [], nodes: [], approvedBy: 'bob' })
      expect(audit.lines.filter(({ operation }) => operation === id)).toContainEqual(
        expect.objectContaining({ event: 'operation.approved', code: 'operation.resumed', by: 'bob' }),
      )
    })

    it('O8, R11 does again what a store that is as it was before has lost', async () => {
      const { id, targets } = await left({})
      expect(control.operation(id)).toMatchObject({ state: 'in-force', items: [{ created: true }] })
      expect(replica.set.isRevoked((targets[0] as { did: Did }).did)).toBe(true)
    })

    it('O8 does not lift or evict what it was ordered to before: it shows that as failed', async () => {
      const { did } = someone()
      const order = { verb: 'lift', did, reason: 'a test' } as const
      const { id } = await left({ state: 'under-way', order, targets: [{ did }], items: [] })
      expect(control.operation(id)).toMatchObject({ state: 'failed', code: 'operation.interrupted' })
      expect(audit.lines.at(-1)).toMatchObject({ event: 'operation.failed', operation: id })
    })

    it('O8 holds nobody for longer than was ordered', async () => {
      const { did } = someone()
      const order = { verb: 'suspend', did, ttlMs: HOUR_MS, reason: 'a test' } as const
      const decidedAt = time.clock.now() - HOUR_MS / 2
      await left({ state: 'under-way', order, targets: [{ did }], items: [], decidedAt })
      expect(replica.set.suspensionBy(authority.did, did)?.until).toBe(decidedAt + HOUR_MS)
      const late = await left({
        state: 'under-way',
        order,
        targets: [{ did }],
        items: [],
        decidedAt: decidedAt - HOUR_MS,
      })
      expect(control.operation(late.id)).toMatchObject({ state: 'failed', code: 'suspension.over' })
    })

    it('A8 shows as failed what cannot be put on record again', async () => {
      audit.fails = false
      const { did } = someone()
      await control.order(revoke(did), ALICE)
      const [whole] = await journal.load()
      journal = new MoodyJournal()
      await journal.keep({ ...(whole as OperationRecord), state: 'under-way', items: [] })
      audit.fails = true
      start()
      await governance.start()
      expect(control.operations()).toMatchObject([{ state: 'failed', code: 'audit.unavailable' }])
      expect(replica.set.isRevoked(did)).toBe(false)
    })
  })

  it('never takes for narrow what is wide: what is quickly seen is no less than what comes of it', async () => {
    const people = Array.from({ length: 6 }, someone)
    const [dave] = people as [Identity]
    for (const [n, each] of people.entries()) {
      for (const { did: sub } of people.slice(n + 1)) {
        await statements.accept(await issueAttestation(each, { sub, value: 900 }, issuance()))
      }
      await statements.accept(await issueDelegation(each, { aud: someone().did, can: '/tool' }, issuance()))
    }
    await statements.accept(await issueAttestation(root, { sub: dave.did, value: 1000, weight: 3000 }, issuance()))
    for (const { did } of people) {
      const preview = control.preview(revoke(did))
      const { reach, state } = await control.order(revoke(did), { name: did, role: 'operator' })
      expect(reach).toBeGreaterThanOrEqual(preview.reach)
      if (preview.isWide) expect(state).toBe('awaiting-approval')
    }
  })

  it('R7 never takes for narrow a rating that is wide: what is quickly seen is no less than who falls', async () => {
    await vouchFor(authority.did)
    const people = Array.from({ length: 12 }, someone)
    const pick = (): Identity => people[(systemRandom(1)[0] as number) % people.length] as Identity
    const values = [-1000, -300, 0, 300, 1000]
    for (const { did } of people.slice(0, 4)) await vouchFor(did)
    for (let n = 0; n < 60; n++) {
      const [iss, sub] = [pick(), n < 24 ? pick() : someone()]
      const value = values[n % values.length] as number
      if (n < 24 && iss !== sub)
        await statements.accept(await issueAttestation(iss, { sub: sub.did, value }, issuance()))
      const order = { ...attest(n % 2 ? pick().did : sub.did, values[(n * 7) % values.length] as number), weight: 3000 }
      const preview = control.preview(order)
      const { reach, state } = await control.order(order, { name: `${n}`, role: 'operator' })
      expect(reach).toBeGreaterThanOrEqual(preview.reach)
      expect(state).toBe(preview.isWide ? 'awaiting-approval' : 'in-force')
    }
  })
})
