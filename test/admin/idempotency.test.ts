import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AdminFixture, type Answer, someDid } from './fixture.ts'

let fixture: AdminFixture
beforeEach(async () => {
  fixture = await AdminFixture.start()
})
afterEach(() => fixture.stop())

const token = (name: string, key: string, as?: string): Promise<Answer> =>
  fixture.post(
    '/v1/tokens',
    { name, role: 'viewer' },
    { headers: { 'idempotency-key': key }, ...(as !== undefined && { token: as }) },
  )

describe('a request with a key of its own', () => {
  it.each(['', 'a b', 'a/b', 'x'.repeat(129)])('P12 is refused with the key %j', async (key) => {
    const answer = await token('robot', key)
    expect([answer.status, answer.json.code]).toEqual([400, 'admin.idempotency-key'])
    expect(fixture.options.tokens.list()).toHaveLength(3)
  })

  it('P12 is refused where the key was used for another', async () => {
    expect((await token('robot', 'k')).status).toBe(201)
    const bodies = [await token('other', 'k')]
    bodies.push(await fixture.call('/v1/tokens/robot', { method: 'DELETE', headers: { 'idempotency-key': 'k' } }))
    for (const { status, json } of bodies) expect([status, json.code]).toEqual([409, 'admin.idempotency-conflict'])
    expect(fixture.options.tokens.list().map(({ name }) => name)).toContain('robot')
  })

  it('P12 is carried out once, however often it comes, also at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => token('robot', 'k')))
    answers.push(await token('robot', 'k'))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect(fixture.audit.lines.filter(({ event }) => event === 'token.issued')).toHaveLength(1)
  })

  it('P12 is one order, with one statement', async () => {
    const body = { did: someDid(), reason: 'x' }
    const headers = { 'idempotency-key': 'k' }
    const [first, second] = [
      await fixture.post('/v1/revocations', body, { headers }),
      await fixture.post('/v1/revocations', body, { headers }),
    ]
    expect([first.status, second.status, second.json.id]).toEqual([201, 201, first.json.id])
    expect((await fixture.post('/v1/revocations', body)).status).toBe(200)
    expect(fixture.node.control.operations()).toHaveLength(2)
  })

  it("P12 is nobody else's", async () => {
    const second = (await fixture.post('/v1/tokens', { name: 'grace', role: 'admin' })).json.token
    expect((await token('robot', 'k')).status).toBe(201)
    const answer = await token('robot', 'k', second)
    expect([answer.status, answer.json.code]).toEqual([409, 'tokens.exists'])
  })

  it('P12 is tried again where it has failed, and forgotten after a day', async () => {
    fixture.overridden.order = () => Promise.reject(new Error('a test'))
    const did = someDid()
    const order = () => fixture.post('/v1/revocations', { did, reason: 'x' }, { headers: { 'idempotency-key': 'f' } })
    expect((await order()).status).toBe(500)
    delete fixture.overridden.order
    expect((await order()).status).toBe(201)
    fixture.time.pass(24 * 3_600_000 + 1)
    expect((await order()).status).toBe(200)
  })

  it("P12 takes no room that is somebody else's", async () => {
    const evict = (key: string, as: string) =>
      fixture.post('/v1/evictions', { did: someDid(), reason: 'x' }, { token: as, headers: { 'idempotency-key': key } })
    expect((await token('robot', 'k')).status).toBe(201)
    for (let i = 0; i < 300; i++) await evict(`k${i}`, fixture.tokens.operator)
    expect((await token('robot', 'k')).status).toBe(201)
  })
})
