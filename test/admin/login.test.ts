import { generateIdentity, meshIdOf, toBase64url } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { OPERATOR } from '@trustmesh/mesh-node/admin'
import { issueRevocation } from '@trustmesh/trust'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Logins, type SignIn } from '../../packages/mesh-node/src/admin/login.ts'
import { NodeError } from '../../packages/mesh-node/src/node-error.ts'
import { AdminFixture, type Answer, type Operator, roles, someDid } from './fixture.ts'

let fixture: AdminFixture
beforeEach(async () => {
  fixture = await AdminFixture.start()
})
afterEach(() => fixture.stop())

const send = (body: object): Promise<Answer> => fixture.post('/v1/login', body, { token: null })
const whoami = (token: string): Promise<Answer> => fixture.call('/v1/whoami', { token })
const tokenOf = async (operator: Operator): Promise<string> => (await fixture.signIn(operator)).json.token
const order = (path: string, body: object): Promise<Answer> => fixture.post(path, { ...body, reason: 'a test' })
const said = ({ status, json }: Answer): unknown => [status, json.code]

/** By the root, which has issued it. */
const revokeLink = async ({ links: [link] }: Operator): Promise<void> => {
  const target = { iss: fixture.root.did, id: (link as Operator['links'][number]).id }
  const revocation = await issueRevocation(fixture.root, { target, reason: 'x' }, fixture.issuance)
  const { status } = await fixture.post('/v1/statements', { statement: toBase64url(revocation.bytes) })
  expect(status).toBe(201)
}

describe('a sign-in', () => {
  it('P9 is refused with a challenge that was never given, was of another Did, or is too old', async () => {
    const ada = await fixture.operator()
    const ofAnother = await fixture.post('/v1/login/challenge', { did: someDid() }, { token: null })
    for (const challenge of ['', 'x'.repeat(43), ofAnother.json.challenge]) {
      expect(said(await send(await fixture.signInOf(ada, { challenge })))).toEqual([401, 'login.challenge'])
    }
    const late = await fixture.signInOf(ada)
    fixture.time.pass(60_000)
    expect(said(await send(late))).toEqual([401, 'login.challenge'])
  })

  it('P12 is refused when it is sent again, and so is another one with its challenge', async () => {
    const ada = await fixture.operator()
    const { json } = await fixture.post('/v1/login/challenge', { did: ada.identity.did }, { token: null })
    const [once, again] = [await fixture.signInOf(ada, json), await fixture.signInOf(ada, json)]
    expect((await send(once)).status).toBe(201)
    expect(said(await send(once))).toEqual([401, 'login.challenge'])
    expect(said(await send(again))).toEqual([401, 'login.challenge'])
  })

  it('P12 succeeds once, of two with one challenge whose chains are verified at the same time', async () => {
    const ada = await fixture.operator()
    const logins = new Logins({ ...fixture.options.identity, clock: fixture.time, random: systemRandom })
    const { challenge } = logins.challenge(ada.identity.did)
    const both = [await fixture.signInOf(ada, { challenge }), await fixture.signInOf(ada, { challenge })] as SignIn[]
    const results = await Promise.allSettled(both.map((each) => logins.signIn(each)))
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it.each([
    ['another node', 'chain.invocation-executor', { aud: someDid() }],
    ['another node, in what is signed', 'login.challenge', { node: someDid() }],
    ['another mesh', 'chain.invocation-net', { net: meshIdOf(someDid()) }],
    ['something that is no role', 'login.capability', { can: '/mesh/operator/view/more' }],
  ] as const)('P9 is refused where it is for %s', async (_, code, wrong) => {
    const ada = await fixture.operator()
    expect(said(await send(await fixture.signInOf(ada, wrong)))).toEqual([401, code])
    expect(fixture.lastAudit()).toMatchObject({ event: 'login.refused', code, did: ada.identity.did })
  })

  it('P9 is refused for more than the chain grants', async () => {
    const vera = await fixture.operator(OPERATOR.viewer)
    const leaf = { ...vera.links[0], can: OPERATOR.admin } as Operator['links'][number]
    for (const can of [OPERATOR.operator, OPERATOR.admin]) {
      const widened = await fixture.signInOf({ ...vera, links: [leaf] }, { can })
      expect(said(await send(widened))).toEqual([401, 'chain.capability'])
    }
  })

  it('P9 is refused with a chain from anybody but the root of the mesh', async () => {
    const mallory = { identity: generateIdentity(systemRandom), links: [], chain: [] }
    expect(said(await fixture.signIn(await fixture.operator(OPERATOR.admin, { by: mallory })))).toEqual([
      401,
      'chain.root',
    ])
    await using other = await AdminFixture.start()
    const elsewhere = await other.operator()
    expect(said(await fixture.signIn(elsewhere))).toEqual([401, 'chain.net'])
  })

  it('P9 is refused of somebody whose chain has ended, or will not have begun', async () => {
    const ada = await fixture.operator(OPERATOR.admin, { ttlMs: 1_000 })
    fixture.time.pass(120_000)
    expect(said(await send(await fixture.signInOf(ada)))).toEqual([401, 'chain.expired'])
  })

  it('P9, R1 is refused of a revoked operator, a suspended one, and of whoever acts by their leave', async () => {
    const [ada, otto] = [await fixture.operator(), await fixture.operator()]
    const ofAda = await fixture.operator(OPERATOR.viewer, { by: ada })
    const ofOtto = await fixture.operator(OPERATOR.viewer, { by: otto })
    expect((await order('/v1/revocations', { did: ada.identity.did })).status).toBe(201)
    expect((await order('/v1/suspensions', { did: otto.identity.did, ttlMs: 60_000 })).status).toBe(201)
    for (const operator of [ada, ofAda]) expect(said(await fixture.signIn(operator))).toEqual([401, 'chain.revoked'])
    for (const operator of [otto, ofOtto])
      expect(said(await fixture.signIn(operator))).toEqual([401, 'chain.suspended'])
    fixture.time.pass(60_001)
    expect((await fixture.signIn(otto)).status).toBe(201)
  })

  it('P9 is refused with a link that has been revoked', async () => {
    const ada = await fixture.operator()
    await revokeLink(ada)
    expect(said(await fixture.signIn(ada))).toEqual([401, 'chain.void'])
  })

  it('P13 is refused for what is broken, by one code that says no more', async () => {
    const ada = await fixture.operator()
    const signed = (await fixture.signInOf(ada)) as SignIn
    for (const invocation of ['AAAA', '-', signed.chain[0] as string, signed.invocation.slice(0, -4)]) {
      expect(said(await send({ ...signed, invocation }))).toEqual([401, 'login.invocation'])
    }
    const canary = 'A'.repeat(40)
    const { text } = await send({ ...((await fixture.signInOf(ada)) as SignIn), chain: [canary] })
    expect(text).not.toContain(canary)
  })

  it('gives each role to whoever has its capability, for a quarter of an hour at most', async () => {
    for (const role of roles) {
      const operator = await fixture.operator(OPERATOR[role])
      const { status, json } = await fixture.signIn(operator)
      expect([status, json]).toMatchObject([201, { role, expiresAt: fixture.time.now() + 900_000 }])
      const { did } = operator.identity
      expect((await whoami(json.token)).json).toEqual({ name: did, did, role, expiresAt: json.expiresAt })
      expect(fixture.audit.lines).toContainEqual(expect.objectContaining({ event: 'login.granted', code: role, did }))
    }
  })

  it('lets somebody with all of it ask for less', async () => {
    const ada = await fixture.operator()
    const { json } = await send(await fixture.signInOf(ada, { can: OPERATOR.viewer }))
    expect(json.role).toBe('viewer')
  })

  it('lets in whoever an operator has let in, for no longer than they are', async () => {
    const ada = await fixture.operator(OPERATOR.admin, { ttlMs: 60_000 })
    const otto = await fixture.operator(OPERATOR.operator, { by: ada })
    const { json } = await fixture.signIn(otto)
    expect(json.expiresAt).toBe(fixture.time.now() + 60_000)
  })
})

describe('a login', () => {
  it('P9 ends with its time, and with its chain', async () => {
    const [ada, brief] = [await fixture.operator(), await fixture.operator(OPERATOR.viewer, { ttlMs: 60_000 })]
    const [token, short] = [await tokenOf(ada), await tokenOf(brief)]
    fixture.time.pass(120_001)
    expect([(await whoami(token)).status, (await whoami(short)).status]).toEqual([200, 401])
    fixture.time.pass(780_000)
    expect((await whoami(token)).status).toBe(401)
  })

  it('P9, R1 ends in the moment in which anybody on its chain is cut off', async () => {
    const ada = await fixture.operator()
    const otto = await fixture.operator(OPERATOR.operator, { by: ada })
    const token = await tokenOf(otto)
    await order('/v1/suspensions', { did: ada.identity.did, ttlMs: 60_000 })
    expect((await whoami(token)).status).toBe(401)
    await fixture.approve(await order('/v1/suspensions/lift', { did: ada.identity.did }))
    const again = await tokenOf(otto)
    expect((await whoami(again)).status).toBe(200)
    await order('/v1/revocations', { did: ada.identity.did })
    expect((await whoami(again)).status).toBe(401)
    const alone = await fixture.operator(OPERATOR.viewer)
    const own = await tokenOf(alone)
    await order('/v1/suspensions', { did: alone.identity.did, ttlMs: 60_000 })
    expect((await whoami(own)).status).toBe(401)
  })

  it('A8 is good for nobody while nobody would know of it, and ends on record', async () => {
    const ada = await fixture.operator()
    const { commit } = fixture.audit
    const unavailable = [503, 'audit.unavailable']
    const fails = () => Promise.reject(new NodeError('audit.unavailable'))
    const token = await tokenOf(ada)
    expect(fixture.lastAudit()).toMatchObject({ event: 'login.granted', did: ada.identity.did, code: 'admin' })
    fixture.audit.commit = fails
    // However often that is tried, it takes the place of no login that there is.
    for (let n = 0; n < 8; n++) expect(said(await fixture.signIn(ada))).toEqual(unavailable)
    expect(said(await fixture.call('/v1/login', { method: 'DELETE', token }))).toEqual(unavailable)
    expect((await whoami(token)).status).toBe(200)
    fixture.audit.commit = commit
    expect((await fixture.call('/v1/login', { method: 'DELETE', token })).status).toBe(204)
    expect(fixture.lastAudit()).toMatchObject({ event: 'admin.acted', code: 'login.ended', by: ada.identity.did })
    expect((await whoami(token)).status).toBe(401)
  })

  it('P9, R1 ends with the link that it goes on from', async () => {
    const ada = await fixture.operator(OPERATOR.viewer)
    const token = await tokenOf(ada)
    await revokeLink(ada)
    expect((await whoami(token)).status).toBe(401)
  })

  it('P9 takes with it the tokens that were made by its leave', async () => {
    const ada = await fixture.operator()
    const { json } = await fixture.post('/v1/tokens', { name: 'robot', role: 'viewer' }, { token: await tokenOf(ada) })
    expect((await whoami(json.token)).status).toBe(200)
    await order('/v1/revocations', { did: ada.identity.did })
    expect((await whoami(json.token)).status).toBe(401)
  })

  it.each([
    ['is revoked', (ada: Operator) => revokeLink(ada)],
    ['has expired', async () => fixture.time.pass(3_600_000)],
  ])(
    'P9 takes with it the tokens that were made by its leave, and those that they have made, when its link %s',
    async (_, end) => {
      const ada = await fixture.operator(OPERATOR.admin, { ttlMs: 3_600_000 })
      let token = await tokenOf(ada)
      const made: string[] = []
      for (const name of ['robot', 'its-own']) {
        token = (await fixture.post('/v1/tokens', { name, role: 'admin' }, { token })).json.token
        made.push(token)
        expect((await whoami(token)).status).toBe(200)
      }
      await end(ada)
      for (const each of made) expect((await whoami(each)).status).toBe(401)
      expect((await whoami(fixture.tokens.admin)).status).toBe(200)
    },
  )

  it('ends when it is told to', async () => {
    const token = await tokenOf(await fixture.operator(OPERATOR.viewer))
    expect((await fixture.call('/v1/login', { method: 'DELETE', token })).status).toBe(204)
    expect((await whoami(token)).status).toBe(401)
  })

  it("P10 of one person takes up nobody else's room", async () => {
    const [ada, mallory] = [await fixture.operator(), await fixture.operator()]
    const token = await tokenOf(ada)
    const tokens: string[] = []
    for (let i = 0; i < 10; i++) tokens.push(await tokenOf(mallory))
    const statuses = await Promise.all(tokens.map(async (each) => (await whoami(each)).status))
    expect(statuses).toEqual([401, 401, ...Array.from({ length: 8 }, () => 200)])
    expect((await whoami(token)).status).toBe(200)
  })
})

describe('whoever keeps failing to sign in', () => {
  it('P10 is told to wait, by Did, and keeps nobody else out', async () => {
    const [ada, mallory] = [await fixture.operator(), await fixture.operator()]
    await order('/v1/revocations', { did: mallory.identity.did })
    const answers: Answer[] = []
    for (let i = 0; i < 12; i++) answers.push(await fixture.signIn(mallory))
    expect(answers.map(said).slice(0, 11)).toEqual(Array.from({ length: 11 }, () => [401, 'chain.revoked']))
    expect(said(answers[11] as Answer)).toEqual([429, 'admin.rate-limited'])
    expect(answers[11]?.headers.get('retry-after')).toBe('1')
    expect((await fixture.signIn(ada)).status).toBe(201)
  })

  it('A8, P10 cannot fill the log by signing in, and keeps out nobody whom the root has let in otherwise', async () => {
    const [ada, mallory] = [await fixture.operator(), await fixture.operator()]
    for (let i = 0; i < 64; i++) expect((await fixture.signIn(mallory)).status).toBe(201)
    expect(said(await fixture.signIn(mallory))).toEqual([429, 'admin.rate-limited'])
    expect((await fixture.signIn(ada)).status).toBe(201)
  })

  it('P10 can neither use up challenges, nor the patience that there is with somebody else', async () => {
    const ada = await fixture.operator()
    const overheard = await fixture.signInOf(ada)
    expect((await send(overheard)).status).toBe(201)
    for (let i = 0; i < 20; i++) {
      await fixture.post('/v1/login/challenge', { did: someDid() }, { token: null })
      await send(overheard)
      await send({ ...overheard, invocation: 'AAAA' })
    }
    expect((await fixture.signIn(ada)).status).toBe(201)
  })
})
