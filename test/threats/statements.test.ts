import { createHash } from 'node:crypto'
import { type Identity, type Random, type Statement, sealStatement, type Verified } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueAttestation } from '@trustmesh/trust'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinRaw, someone, TestNode, type WireSession } from '../e2e/kit.ts'

const random: Random = systemRandom
let node: TestNode
let mallory: Identity
let session: WireSession

beforeAll(async () => {
  node = await TestNode.start({ limits: { statementsPerSecondPerDid: 10_000 } })
  mallory = someone()
  session = await joinRaw(node.joinFile, mallory)
})

afterAll(async () => {
  session[Symbol.dispose]()
  await node[Symbol.asyncDispose]()
})

/** What the node says to a statement; undefined where it has kept it. */
async function said(statement: Verified<Statement>): Promise<string | undefined> {
  session.send({ type: 'statement', bytes: statement.bytes })
  const ack = await session.nextOf('ack')
  expect(Buffer.from(ack?.re ?? [])).toEqual(createHash('sha256').update(statement.bytes).digest())
  return ack?.code
}

const own = (type: string, fields: object = {}): Promise<Verified<Statement>> =>
  sealStatement(mallory, type, { net: session.net, iat: systemClock.now(), nonce: random(16), ...fields })

describe('what an agent leaves at a node', () => {
  it('K8 is bounded in number, whatever names it gives to its types', async () => {
    const codes: (string | undefined)[] = []
    for (let n = 0; n < 400; n++) codes.push(await said(await own(`type-${n}`, { seq: 0 })))
    expect(codes.filter((code) => code === undefined).length).toBeLessThan(400)
    expect(codes).toContain('set.quota')
  })

  it('K8 is bounded in size', async () => {
    expect(await said(await own('note', { blob: new Uint8Array(5_000) }))).toBe('statement.size')
  })

  it('T9 is not taken before its time, which would take a slot for as long', async () => {
    expect(await said(await own('note', { iat: systemClock.now() + 600_000 }))).toBe('statement.early')
    expect(await said(await own('note', { iat: systemClock.now() + 30_000 }))).not.toBe('statement.early')
  })

  it('is not acknowledged where something later holds its place', async () => {
    const subject = someone().did
    const [later, earlier] = await Promise.all(
      [systemClock.now(), systemClock.now() - 60_000].map((now) =>
        issueAttestation(
          mallory,
          { sub: subject, value: 1 },
          { net: session.net, clock: { ...systemClock, now: () => now }, random },
        ),
      ),
    )
    expect(await said(later as Verified<Statement>)).toBeUndefined()
    expect(await said(earlier as Verified<Statement>)).toBe('set.superseded')
  })

  it('takes the place of what it supersedes on disk, too', async () => {
    const sub = someone().did
    let previousSeq = -1
    for (let n = 0; n < 50; n++) {
      const statement = await issueAttestation(
        mallory,
        { sub, value: n, previousSeq },
        { net: session.net, clock: systemClock, random },
      )
      previousSeq = statement.claim['seq'] as number
      expect(await said(statement)).toBeUndefined()
    }
    const before = node.node.statementCount
    await node.stop()
    await node.startAgain()
    const [started] = (await node.audit()).filter(({ event }) => event === 'node.started').slice(-1)
    expect(started).toMatchObject({ detail: { statements: before } })
    session = await joinRaw(node.joinFile, mallory)
  })
})

describe('a revocation by the operator', () => {
  it.each(['root', 'authority', 'node'] as const)('is refused for the %s of the mesh', async (name) => {
    const { did } = await node.key(name)
    const { status, json } = await node.call('/v1/revocations', { did, reason: 'a slip' })
    expect([status, json]).toMatchObject([409, { code: 'admin.own-key' }])
  })

  it('is one, however often it is asked for at once', async () => {
    const { did } = someone()
    const order = { verb: 'revoke', targets: [{ did }], reason: 'at once' } as const
    const revoke = () => node.node.control.order(order, { name: 'olga', role: 'operator' })
    const items = (await Promise.all([revoke(), revoke(), revoke()])).flatMap((operation) => operation.items)
    expect(new Set(items.map(({ statement }) => statement)).size).toBe(1)
    expect(items.map(({ created }) => created).sort()).toEqual([false, false, true])
  })
})
