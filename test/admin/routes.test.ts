import { access, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { generateIdentity, IdentityError, toBase64url } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueAttestation, issueDelegation, issueRevocation, parseDelegation, parseInvitation } from '@trustmesh/trust'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAdmin } from '../../packages/mesh-node/src/admin/server.ts'
import { NodeError } from '../../packages/mesh-node/src/node-error.ts'
import { openLog } from '../audit/open-log.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { AdminFixture, type Answer, someDid } from './fixture.ts'

let fixture: AdminFixture
beforeEach(async () => {
  fixture = await AdminFixture.start()
})
afterEach(() => fixture.stop())

const revoke = (body: unknown) => fixture.post('/v1/revocations', body)
const said = ({ status, json }: Answer): unknown => [status, json.code]
/** All of a list, page by page. */
const all = async (path: string, limit = 2): Promise<{ readonly [field: string]: unknown }[]> => {
  const items: { readonly [field: string]: unknown }[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const separator = path.includes('?') ? '&' : '?'
    const { json } = await fixture.call(`${path}${separator}limit=${limit}${cursor && `&cursor=${cursor}`}`)
    items.push(...json.items)
    cursor = json.cursor
  }
  return items
}

describe('POST /v1/revocations', () => {
  it('P6 refuses every body but exactly what it is for', async () => {
    const did = someDid()
    const bodies: [unknown, string][] = [
      [{ did }, 'admin.invalid-body'],
      [{ reason: 'x' }, 'admin.invalid-body'],
      [{ did, reason: '' }, 'admin.invalid-body'],
      [{ did, reason: 1 }, 'admin.invalid-body'],
      [{ did, reason: ['x'] }, 'admin.invalid-body'],
      [{ did, reason: null }, 'admin.invalid-body'],
      [{ did, reason: 'x'.repeat(257) }, 'admin.invalid-body'],
      [{ did, reason: 'a\nb' }, 'admin.invalid-body'],
      [{ did, reason: 'a\u202eb' }, 'admin.invalid-body'],
      [{ did, reason: 'x', force: true }, 'admin.invalid-body'],
      [{ did, reason: 'x', by: 'somebody else' }, 'admin.invalid-body'],
      [{ did: [did], reason: 'x' }, 'admin.invalid-body'],
      [{ iss: did, reason: 'x' }, 'admin.invalid-body'],
      [{ iss: did, id: 'A'.repeat(64), reason: 'x' }, 'admin.invalid-body'],
      [{ did, iss: did, id: 'a'.repeat(64), reason: 'x' }, 'admin.invalid-body'],
      [{ items: [], reason: 'x' }, 'admin.invalid-body'],
      [{ items: [{ did, reason: 'x' }], reason: 'x' }, 'admin.invalid-body'],
      [{ items: Array.from({ length: 501 }, () => ({ did })), reason: 'x' }, 'admin.invalid-body'],
      [[{ did, reason: 'x' }], 'admin.invalid-body'],
      ['null', 'admin.invalid-body'],
      ['', 'admin.invalid-body'],
      ['{', 'admin.invalid-body'],
      [`{"did":"${did}","reason":"x","__proto__":{"a":1}}`, 'admin.invalid-body'],
      [`{"did":"${did}","reason":"x","constructor":{"prototype":{}}}`, 'admin.invalid-body'],
      [{ did: `${did}#key`, reason: 'x' }, 'did.malformed'],
      [{ did: 'did:web:example.org', reason: 'x' }, 'did.malformed'],
    ]
    for (const [body, code] of bodies) {
      const answer = await revoke(body)
      expect([body, answer.status, answer.json.code]).toEqual([body, 400, code])
      expect(fixture.lastAudit()).toMatchObject({ event: 'admin.refused', code, by: 'ada' })
    }
    expect(fixture.node.control.operations()).toEqual([])
  })

  it('refuses a body beyond 64 KiB', async () => {
    expect(said(await revoke({ did: someDid(), reason: 'x'.repeat(65_536) }))).toEqual([413, 'admin.too-large'])
  })

  it('P13, S19 repeats nothing of what was sent, nor of what went wrong inside', async () => {
    const canary = 'canary-5f2c'
    const did = someDid()
    const answers = [
      await revoke({ did, reason: 'x', [canary]: 1 }),
      await revoke({ did: canary, reason: 'x' }),
      await revoke(`{"did":"${canary}"`),
      await fixture.call(`/${canary}`),
      await fixture.call(`/v1/agents/${canary}`),
      await fixture.call(`/v1/agents?${canary}=1`),
      await fixture.call(`/v1/agents?status=${canary}`),
      await fixture.call('/v1/agents', { token: canary }),
    ]
    const faults = [
      new Error(canary),
      new NodeError('store.failed', { detail: canary }),
      new IdentityError('signer.faulty'),
    ]
    for (const fault of faults) {
      fixture.overridden.order = () => Promise.reject(fault)
      answers.push(await revoke({ did, reason: 'x' }))
    }
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 404, 400, 400, 400, 401, 500, 500, 500])
    for (const { text, headers } of answers) {
      expect(text).not.toContain(canary)
      expect(text).not.toContain('.ts')
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
    }
    expect(JSON.stringify(fixture.audit.lines)).not.toContain(canary)
    expect(fixture.logged).toHaveLength(3)
  })

  it('A8 does nothing of which there would be no entry', async () => {
    const commit = fixture.audit.commit
    fixture.audit.commit = () => Promise.reject(new NodeError('audit.unavailable'))
    const did = someDid()
    const attempts = [
      await revoke({ did, reason: 'x' }),
      await fixture.post('/v1/tokens', { name: 'robot', role: 'viewer' }),
      await fixture.call('/v1/tokens/vera', { method: 'DELETE' }),
      await fixture.post('/v1/invitations', { guest: 'agent', ttlMs: 60_000 }),
      await fixture.post('/v1/attestations', { sub: did, value: 1 }),
      await fixture.post('/v1/webhooks', { url: 'https://example.com/' }),
    ]
    fixture.audit.commit = commit
    expect(attempts.map(said)).toEqual(attempts.map(() => [503, 'audit.unavailable']))
    expect(fixture.node.knowledge.isRevoked(did)).toBe(false)
    expect(fixture.options.tokens.list().map(({ name }) => name)).toEqual(['vera', 'otto', 'ada'])
    expect((await fixture.call('/v1/attestations')).json.items).toEqual([])
  })

  it('answers what was done, and leaves who did it in the audit log', async () => {
    const did = someDid()
    const reason = 'the key was found in a public place – «key»'
    const answer = await revoke({ did, reason })
    expect([answer.status, answer.json]).toMatchObject([
      201,
      {
        ...{ by: 'ada', state: 'in-force', durable: true, order: { verb: 'revoke', targets: [{ did }], reason } },
        items: [{ target: { did }, statement: expect.stringMatching(/^[0-9a-f]{64}$/), created: true }],
        nodes: [{ node: fixture.node.did, state: 'confirmed' }],
      },
    ])
    const ordered = { event: 'operation.ordered', by: 'ada', operation: answer.json.id }
    expect(fixture.audit.lines).toContainEqual(expect.objectContaining(ordered))
    expect((await fixture.call(`/v1/operations/${answer.json.id}`)).json).toEqual(answer.json)
  })

  it('answers a Did that is revoked already with the same statement', async () => {
    const did = someDid()
    const [first, second] = [await revoke({ did, reason: 'a' }), await revoke({ did, reason: 'b' })]
    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.json.items[0].statement).toBe(first.json.items[0].statement)
  })

  it('has a result for each of many', async () => {
    const dids = [someDid(), someDid(), fixture.root.did]
    const { json } = await revoke({ items: dids.map((did) => ({ did })), reason: 'x' })
    const results = json.items?.map(({ target, created, code }: Answer['json']) => [target.did, created, code])
    // Whatever the order in which they are done, and whether one that cannot be done refuses all.
    if (results) expect(results).toContainEqual([dids[0], true, undefined])
    else expect(json.code).toBe('admin.own-key')
  })
})

describe('a preview', () => {
  it('says what would be, and does nothing', async () => {
    const alice = generateIdentity(systemRandom)
    const did = alice.did
    const asked = [
      ['/v1/revocations/preview', { did, reason: 'x' }],
      ['/v1/kill-switches/preview', { did, reason: 'x' }],
      ['/v1/suspensions/preview', { did, reason: 'x', ttlMs: 60_000 }],
      ['/v1/evictions/preview', { did, reason: 'x' }],
      ['/v1/attestations/preview', { sub: did, value: 100, ctx: 'tool' }],
    ] as const
    for (const [path, body] of asked) {
      const { status, json } = await fixture.post(path, body)
      expect([status, json]).toMatchObject([200, { targets: [{ did }], sessions: [], delegations: [], tiers: [] }])
    }
    expect(fixture.node.knowledge.isRevoked(did)).toBe(false)
    expect(fixture.node.control.operations()).toEqual([])
  })
})

describe('a kill switch', () => {
  it('P9, O8 waits for a second admin, whom nobody can be for themselves', async () => {
    const did = someDid()
    const asked = await fixture.post('/v1/kill-switches', { did, reason: 'x' })
    expect([asked.status, asked.json.state]).toEqual([202, 'awaiting-approval'])
    const approve = (token: string) => fixture.post(`/v1/operations/${asked.json.id}/approval`, {}, { token })
    const { json: made } = await fixture.post('/v1/tokens', { name: 'robot', role: 'admin' })
    expect(said(await approve(fixture.tokens.admin))).toEqual([403, 'admin.own-approval'])
    expect(said(await approve(made.token))).toEqual([403, 'admin.own-approval'])
    expect(said(await approve(fixture.tokens.operator))).toEqual([403, 'admin.forbidden'])
    expect(fixture.node.knowledge.isRevoked(did)).toBe(false)
    const grace = (await fixture.signIn(await fixture.operator())).json.token
    expect((await approve(grace)).json.state).toBe('in-force')
    expect(fixture.node.knowledge.isRevoked(did)).toBe(true)
    expect(said(await fixture.post(`/v1/operations/${asked.json.id}/rejection`, {}))).toEqual([
      409,
      'admin.not-awaiting',
    ])
  })

  it('P9 is turned down by whoever asked for it, or by an admin', async () => {
    const asked = await fixture.post('/v1/kill-switches', { did: someDid(), reason: 'x' })
    const reject = (token: string) => fixture.post(`/v1/operations/${asked.json.id}/rejection`, {}, { token })
    expect(said(await reject(fixture.tokens.operator))).toEqual([403, 'admin.forbidden'])
    expect((await reject(fixture.tokens.admin)).json).toMatchObject({ state: 'rejected', rejectedBy: 'ada' })
  })
})

describe('suspensions and evictions', () => {
  it('hold for a while, or until they are lifted, and are listed as what they are', async () => {
    const did = someDid()
    expect(said(await fixture.post('/v1/suspensions', { did, ttlMs: 31 * 86_400_000, reason: 'x' }))).toEqual([
      400,
      'admin.invalid-body',
    ])
    expect((await fixture.post('/v1/suspensions', { did, ttlMs: 60_000, reason: 'x' })).status).toBe(201)
    const states = async () => (await all(`/v1/suspensions?sub=${did}`)).map(({ status }) => status)
    expect(await states()).toEqual(['in-force'])
    const lift = await fixture.post('/v1/suspensions/lift', { did, reason: 'x' })
    expect([lift.status, await states()]).toEqual([202, ['in-force']])
    expect((await fixture.approve(lift)).json).toMatchObject({ state: 'in-force', by: 'ada' })
    expect(fixture.node.knowledge.isSuspended(did, fixture.time.now())).toBe(false)
    expect(await states()).not.toContain('in-force')
    expect((await fixture.post('/v1/evictions', { did, reason: 'x' })).status).toBe(200)
  })
})

describe('POST /v1/statements', () => {
  it('refuses what is broken, or nobody may say, by its own code', async () => {
    const mallory = generateIdentity(systemRandom)
    const unauthorized = await issueRevocation(mallory, { target: { did: someDid() }, reason: 'x' }, fixture.issuance)
    const statements: [string, number, string][] = [
      ['AAAA', 400, 'encoding.trailing'],
      ['A', 400, 'encoding.base64url'],
      [toBase64url(unauthorized.bytes.slice(0, -1)), 400, 'encoding.truncated'],
    ]
    for (const [statement, status, code] of statements) {
      const answer = await fixture.post('/v1/statements', { statement })
      expect([statement, status, answer.json.code]).toEqual([statement, answer.status, code])
    }
    const answer = await fixture.post('/v1/statements', { statement: toBase64url(unauthorized.bytes) })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })

  it('takes what the root has signed elsewhere, once', async () => {
    const aud = someDid()
    const { id, bytes } = await issueDelegation(fixture.root, { aud, can: '/tool' }, fixture.issuance)
    const bring = () => fixture.post('/v1/statements', { statement: toBase64url(bytes) })
    const answers = [await bring(), await bring()]
    expect(answers.map(({ status, json }) => [status, json.statement, json.outcome])).toEqual([
      [201, id, 'added'],
      [200, id, 'known'],
    ])
    expect((await fixture.call(`/v1/statements/${id}`)).json).toMatchObject({ id, statement: toBase64url(bytes) })
    expect(said(await fixture.call(`/v1/statements/${'0'.repeat(64)}`))).toEqual([404, 'admin.not-found'])
  })
})

describe('lists', () => {
  it('refuse parameters that they do not have, and values beyond their bounds', async () => {
    const queries = [
      ...['limit=0', 'limit=501', 'limit=-1', 'limit=1.5', 'limit=1e2', 'limit=', 'limit=1&limit=2', 'offset=1'],
      ...['limit[]=1', 'cursor=%2F', 'cursor=a', 'status=', 'status=!', 'status=!!active', 'status=nothing'],
      ...['status=active&status=active', 'connected=1'],
    ]
    for (const query of queries) {
      const answer = await fixture.call(`/v1/agents?${query}`)
      expect([query, answer.status, answer.json.code]).toEqual([query, 400, 'admin.invalid-query'])
    }
    expect(said(await fixture.call('/v1/delegations?iss=!x'))).toEqual([400, 'did.malformed'])
  })

  it('R1 never show a dead delegation as a live one', async () => {
    const issue = async (more: object = {}) => {
      const delegation = { aud: someDid(), can: '/tool', exp: fixture.time.now() + 3_600_000, ...more }
      const statement = await issueDelegation(fixture.root, delegation, fixture.issuance)
      await fixture.post('/v1/statements', { statement: toBase64url(statement.bytes) })
      return parseDelegation(statement)
    }
    const [live, brief, ofRevoked] = [await issue(), await issue({ exp: fixture.time.now() + 1_000 }), await issue()]
    await revoke({ did: ofRevoked.aud, reason: 'x' })
    fixture.time.pass(120_000)
    const rows = async (filter = '') => {
      const items = await all(`/v1/delegations?can=/tool${filter}`)
      return Object.fromEntries(items.map(({ id, status }) => [id, status]))
    }
    expect(await rows()).toEqual({ [live.id]: 'in-force', [brief.id]: 'over', [ofRevoked.id]: 'over' })
    expect(await rows('&status=in-force')).toEqual({ [live.id]: 'in-force' })
    expect(await rows('&status=!in-force')).toEqual({ [brief.id]: 'over', [ofRevoked.id]: 'over' })
    expect(await rows(`&aud=!${live.aud}`)).toEqual({ [brief.id]: 'over', [ofRevoked.id]: 'over' })
  })

  it('give everything once, page by page, whatever comes meanwhile', async () => {
    const dids = Array.from({ length: 7 }, someDid)
    for (const did of dids) await revoke({ did, reason: 'x' })
    const { json } = await fixture.call('/v1/revocations?limit=3')
    await revoke({ did: someDid(), reason: 'x' })
    const rest = (await fixture.call(`/v1/revocations?cursor=${json.cursor}`)).json
    const seen = [...json.items, ...rest.items].map(({ target }) => target.did)
    expect(seen).toEqual(expect.arrayContaining(dids))
    expect(new Set(seen).size).toBe(seen.length)
    expect(rest.cursor).toBeNull()
  })

  it('show operations the latest first', async () => {
    const orders: string[] = []
    for (let i = 0; i < 3; i++) {
      fixture.time.pass(10)
      orders.push((await revoke({ did: someDid(), reason: 'x' })).json.id)
    }
    expect((await all('/v1/operations')).map(({ id }) => id)).toEqual(orders.reverse())
    expect(await all('/v1/operations?verb=!revoke')).toEqual([])
  })

  it('show attestations that stand, statements of a kind, nodes and sessions', async () => {
    const sub = someDid()
    const { json } = await fixture.post('/v1/attestations', { sub, value: 800, ctx: 'tool' })
    expect(await all(`/v1/attestations?sub=${sub}&ctx=tool`)).toMatchObject([
      { id: json.items[0].statement, value: 800 },
    ])
    expect(await all('/v1/attestations?ctx=!tool')).toEqual([])
    const kinds = (await all('/v1/statements?type=!delegation')).map(({ type }) => type)
    expect(kinds).toEqual(['attestation'])
    expect(await all('/v1/nodes')).toMatchObject([{ did: fixture.node.did, isSelf: true }])
    expect(await all('/v1/sessions')).toEqual([])
  })
})

describe('POST /v1/attestations', () => {
  it('refuses what no attestation may say', async () => {
    const { authority } = (await fixture.call('/v1/mesh')).json
    for (const path of ['/v1/attestations', '/v1/attestations/preview']) {
      expect(said(await fixture.post(path, { sub: authority, value: 1 }))).toEqual([400, 'attestation.self'])
    }
    for (const body of [{ value: 1001 }, { value: 0.5 }, { value: 1, ctx: 'A' }, { value: 1, weight: 0 }]) {
      const answer = await fixture.post('/v1/attestations', { sub: someDid(), ...body })
      expect([body, ...(said(answer) as unknown[])]).toEqual([body, 400, 'admin.invalid-body'])
    }
  })
})

describe('GET /v1/agents/:did', () => {
  it('P5 refuses what is not a Did, however it is spelled', async () => {
    const did = someDid()
    for (const path of [
      `${did}%00`,
      `${did}%23key`,
      '..%2f..%2fetc',
      did.toUpperCase(),
      `${did}%20`,
      'x'.repeat(120),
    ]) {
      const answer = await fixture.call(`/v1/agents/${path}`)
      expect([path, answer.status, answer.json.code]).toEqual([path, 400, 'did.malformed'])
    }
  })

  it('does not have an agent that the node does not know', async () => {
    expect(said(await fixture.call(`/v1/agents/${someDid()}`))).toEqual([404, 'admin.not-found'])
  })

  it('gives whoever something is known of, whichever way the Did is escaped', async () => {
    const did = someDid()
    await revoke({ did, reason: 'x' })
    const answers = [
      await fixture.call(`/v1/agents/${did}`),
      await fixture.call(`/v1/agents/${encodeURIComponent(did)}`),
    ]
    for (const { json } of answers) expect(json).toMatchObject({ did, status: 'revoked', connected: false })
  })

  it('gives the DID document of any Did', async () => {
    const did = someDid()
    const answer = await fixture.call(`/v1/agents/${did}/did.json`)
    expect(answer.headers.get('content-type')).toContain('application/did+ld+json')
    expect(answer.json).toMatchObject({ id: did, verificationMethod: [{ type: 'Multikey', controller: did }] })
    expect((await fixture.call('/v1/agents/did:key:zabc/did.json')).json.code).toBe('did.malformed')
  })

  it('gives a standing in a context, and who made it', async () => {
    const sub = someDid()
    const statement = await issueAttestation(fixture.root, { sub, value: 900, ctx: 'tool' }, fixture.issuance)
    await fixture.post('/v1/statements', { statement: toBase64url(statement.bytes) })
    const { json: standing } = await fixture.call(`/v1/agents/${sub}/standing?ctx=tool`)
    expect(standing).toMatchObject({ did: sub, ctx: 'tool', status: 'active' })
    const { json } = await fixture.call(`/v1/agents/${sub}/explanation?ctx=tool`)
    expect(json.contributions).toMatchObject([{ rater: fixture.root.did, path: [fixture.root.did] }])
    expect(json.standing).toMatchObject({ did: sub, score: standing.score })
    expect(said(await fixture.call(`/v1/agents/${sub}/standing?ctx=../x`))).toEqual([400, 'admin.invalid-query'])
  })
})

describe('/v1/audit', () => {
  it('A2 comes to an end, and shows what there is, where somebody has taken entries away', async () => {
    await using folder = await temporaryFolder()
    await using auditReader = await openLog(folder.path)
    const commits = Array.from({ length: 600 }, () => auditReader.commit({ event: 'admin.acted' }))
    await Promise.all(commits)
    await expect
      .poll(() =>
        access(join(folder.path, 'tile/entries/001')).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    for (const bundle of ['000', '001']) await rm(join(folder.path, 'tile/entries', bundle))
    await using other = await AdminFixture.start({ auditReader })
    let [pages, cursor] = [0, '0'] as [number, string | null]
    const found: number[] = []
    for (; cursor !== null && pages < 10; pages++) {
      const { json } = await other.call(`/v1/audit?cursor=${cursor}`)
      found.push(...json.items.map(({ index }: { index: number }) => index))
      cursor = json.cursor
    }
    expect([cursor, found]).toEqual([null, Array.from({ length: 88 }, (_, i) => 512 + i)])
  })

  it('shows entries from an index on, by severity', async () => {
    await revoke({ did: someDid(), reason: 'x' })
    const entries = await all('/v1/audit')
    expect(entries.map(({ index }) => index)).toEqual(fixture.audit.lines.map((_, index) => index))
    const grave = await all('/v1/audit?severity=!info', 1)
    expect(grave.map(({ index }) => index)).toEqual(
      entries.filter(({ severity }) => severity !== 'info').map(({ index }) => index),
    )
    expect((await fixture.call('/v1/audit?from=2&limit=1')).json.items).toEqual([entries[2]])
  })

  it('A2 shows the latest first, page by page, and of a severity those that are last', async () => {
    await using folder = await temporaryFolder()
    await using auditReader = await openLog(folder.path)
    const events = ['admin.acted', 'store.damaged', 'operation.ordered'] as const
    await Promise.all(Array.from({ length: 3_000 }, (_, i) => auditReader.commit({ event: events[i % 3]! })))
    await using other = await AdminFixture.start({ auditReader })
    const backFrom = async (query: string): Promise<number[]> => {
      const found: number[] = []
      let cursor: string | null = ''
      for (let page = 0; cursor !== null && page < 100; page++) {
        const { json } = await other.call(`/v1/audit?order=latest&${query}${cursor && `&cursor=${cursor}`}`)
        found.push(...json.items.map(({ index }: { index: number }) => index))
        cursor = json.cursor
      }
      return found
    }
    const down = Array.from({ length: 3_000 }, (_, i) => 2_999 - i)
    expect(await backFrom('limit=499')).toEqual(down)
    expect(await backFrom('limit=7&severity=critical&from=299')).toEqual(down.slice(2_700).filter((i) => i % 3 === 1))
    const { json } = await other.call('/v1/audit?order=latest&limit=2&severity=critical')
    expect(json.items.map(({ index }: { index: number }) => index)).toEqual([2_998, 2_995])
    expect(said(await other.call('/v1/audit?order=newest'))).toEqual([400, 'admin.invalid-query'])
  })

  it('A9 says which token or webhook it is about by its name, and of a URL no more than its origin', async () => {
    await fixture.post('/v1/webhooks', { url: 'https://hooks.example:8443/T0/secret?key=secret' })
    const entry = fixture.audit.lines.findLast(({ event }) => event === 'webhook.changed')
    expect(entry).toMatchObject({ code: 'webhook.added', origin: 'https://hooks.example:8443', by: 'ada' })
    expect(JSON.stringify(fixture.audit.lines)).not.toContain('secret')
  })

  it('P5 refuses every path but that of a tile', async () => {
    const paths = [
      ...['0/0', '0/0000', '64/000', '-1/000', 'x/000', '0/x00/000', '0/000.p/0', '0/000.p/256', 'data/000'],
      ...['0/..%2f..%2fkey-chains', '0/000%00', '0//000', 'checkpoint', 'entries/x001'],
    ]
    for (const path of paths) {
      const { status } = await fixture.call(`/v1/audit/tiles/${path}`)
      expect([path, [400, 404].includes(status), status]).toEqual([path, true, status])
    }
    expect(said(await fixture.call('/v1/audit/tiles/entries/x001/067.p/5'))).toEqual([404, 'admin.not-found'])
  })

  it('has no proof of what is not there', async () => {
    for (const query of ['inclusion?index=1&size=1', 'inclusion?index=0&size=99999', 'consistency?from=2&to=1']) {
      expect(said(await fixture.call(`/v1/audit/proofs/${query}`))).toEqual([404, 'admin.not-found'])
    }
    expect((await fixture.call('/v1/audit/proofs/inclusion?index=0&size=1')).json.proof).toHaveLength(1)
  })
})

describe('/v1/tokens', () => {
  it('P2 shows a token once, to whoever makes it, and never a hash', async () => {
    const made = await fixture.post('/v1/tokens', { name: 'robot', role: 'viewer' })
    expect([made.status, made.json]).toMatchObject([201, { name: 'robot', role: 'viewer' }])
    expect((await fixture.call('/v1/whoami', { token: made.json.token })).json).toEqual({
      name: 'robot',
      role: 'viewer',
    })
    const { json } = await fixture.call('/v1/tokens')
    expect(json.items).toContainEqual({
      ...{ name: 'robot', role: 'viewer', createdBy: 'ada' },
      createdAt: expect.stringMatching(/Z$/),
    })
    expect(said(await fixture.post('/v1/tokens', { name: 'robot', role: 'admin' }))).toEqual([409, 'tokens.exists'])
    expect((await fixture.call('/v1/tokens/robot', { method: 'DELETE' })).status).toBe(204)
    expect((await fixture.call('/v1/whoami', { token: made.json.token })).status).toBe(401)
    expect(said(await fixture.call('/v1/tokens/robot', { method: 'DELETE' }))).toEqual([404, 'admin.not-found'])
    const events = fixture.audit.lines.filter(({ event }) => event.startsWith('token.'))
    expect(events).toMatchObject([
      { event: 'token.issued', code: 'viewer', name: 'robot', by: 'ada' },
      { event: 'token.revoked', name: 'robot', by: 'ada' },
    ])
    expect(JSON.stringify(fixture.audit.lines)).not.toContain(made.json.token)
  })
})

describe('POST /v1/invitations', () => {
  it('gives a token that invites here', async () => {
    const { json } = await fixture.post('/v1/invitations', { guest: 'node', ttlMs: 60_000 })
    expect(parseInvitation(json.invitation)).toMatchObject({ node: fixture.node.did, url: 'ws://127.0.0.1:4210' })
  })
})

describe('the state of the node', () => {
  it('names what fails in /readyz, and is alive all the same', async () => {
    const store = { name: 'store', ok: true }
    const audit = { name: 'audit', ok: false, detail: 'disk full' }
    fixture.overridden.checks = () => [store, audit]
    const answer = await fixture.call('/readyz')
    expect(said(answer)).toEqual([503, 'admin.not-ready'])
    expect(answer.json.checks).toEqual([audit])
    expect((await fixture.call('/livez')).status).toBe(200)
    fixture.overridden.checks = () => [store]
    expect((await fixture.call('/readyz')).status).toBe(200)
  })

  it('gives its metrics in the text format', async () => {
    fixture.metrics.handshake('ok')
    const { headers, text } = await fixture.call('/metrics')
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(text).toContain('trustmesh_handshakes_total{result="ok"} 1')
  })

  it('says of which mesh it is', async () => {
    const { json } = await fixture.call('/v1/mesh')
    expect(json).toMatchObject({ node: fixture.node.did, root: fixture.root.did, threshold: 1, admission: 'open' })
  })
})

describe(createAdmin, () => {
  it('refuses to start where somebody else listens', async () => {
    const { port } = new URL(fixture.admin.url)
    await expect(createAdmin({ ...fixture.options, port: Number(port) })).rejects.toMatchObject({
      code: 'listen.failed',
    })
  })

  it('answers what is under way first, and then no longer listens', async () => {
    let stopped = Promise.resolve()
    fixture.overridden.order = (order, by) => {
      stopped = fixture.admin.close()
      return fixture.node.control.order(order, by)
    }
    const answer = await revoke({ did: someDid(), reason: 'x' })
    expect([answer.status, answer.headers.get('connection')]).toEqual([201, 'close'])
    await stopped
    await expect(fixture.call('/livez')).rejects.toThrow()
  })
})
