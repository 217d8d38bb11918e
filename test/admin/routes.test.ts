import { IdentityError } from '@trustmesh/identity'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAdmin } from '../../packages/mesh-node/src/admin/server.ts'
import { NodeError } from '../../packages/mesh-node/src/node-error.ts'
import { AdminFixture, agent, someDid } from './fixture.ts'

let fixture: AdminFixture
beforeEach(async () => {
  fixture = await AdminFixture.start()
})
afterEach(() => fixture.stop())

const revoke = (body: unknown) => fixture.call('/v1/revocations', { method: 'POST', body })

describe('POST /v1/revocations', () => {
  it('P6 refuses every body but exactly a Did and a reason', async () => {
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
      [{ did: [did], reason: 'x' }, 'admin.invalid-body'],
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
      expect(fixture.lastAudit()).toMatchObject({ event: 'admin.refused', code, by: 'otto' })
    }
    expect(fixture.control.asked).toEqual([])
  })

  it('refuses a body beyond 64 KiB', async () => {
    const answer = await revoke({ did: someDid(), reason: 'x'.repeat(65_536) })
    expect([answer.status, answer.json.code]).toEqual([413, 'admin.too-large'])
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
    ]
    const faults = [
      new Error(canary),
      new NodeError('store.failed', { detail: canary }),
      new IdentityError('signer.faulty'),
    ]
    for (const fault of faults) {
      fixture.control.before = () => Promise.reject(fault)
      answers.push(await revoke({ did, reason: 'x' }))
    }
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 404, 400, 400, 500, 500, 500])
    for (const { text, headers } of answers) {
      expect(text).not.toContain(canary)
      expect(text).not.toContain('.ts')
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
    }
    expect(JSON.stringify(fixture.audit.lines)).not.toContain(canary)
    expect(fixture.logged).toHaveLength(3)
  })

  it('answers what was done, and leaves who did it in the audit log', async () => {
    const did = someDid()
    const answer = await revoke({ did, reason: 'the key was found in a public place – «key»' })
    expect(answer.status).toBe(201)
    expect(answer.json).toEqual({
      did,
      statement: expect.stringMatching(/^[0-9a-f]{64}$/),
      sessionsClosed: 2,
      durable: true,
    })
    expect(fixture.control.asked).toEqual([{ did, reason: 'the key was found in a public place – «key»' }])
    expect(fixture.lastAudit()).toMatchObject({
      event: 'admin.acted',
      code: 'revocation.issued',
      by: 'otto',
      did,
      statement: answer.json.statement,
    })
  })

  it('answers a Did that is revoked already with the same statement', async () => {
    const did = someDid()
    const [first, second] = [await revoke({ did, reason: 'a' }), await revoke({ did, reason: 'b' })]
    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.json.statement).toBe(first.json.statement)
  })
})

describe('GET /v1/agents', () => {
  it('refuses parameters that it does not have, and values beyond their bounds', async () => {
    const queries = [
      'limit=0',
      'limit=501',
      'limit=-1',
      'limit=1.5',
      'limit=1e2',
      'limit=',
      'limit=1&limit=2',
      'offset=1',
      'limit[]=1',
    ]
    for (const query of queries) {
      const answer = await fixture.call(`/v1/agents?${query}`)
      expect([query, answer.status, answer.json.code]).toEqual([query, 400, 'admin.invalid-query'])
    }
    expect((await fixture.call('/v1/agents?cursor=x')).json.code).toBe('did.malformed')
  })

  it('gives every agent once, page by page, also when some come and go in between', async () => {
    fixture.control.list = Array.from({ length: 10 }, () => agent(someDid()))
    const dids = fixture.control.list.map(({ did }) => did).sort()
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { json } = await fixture.call(`/v1/agents?limit=3${cursor && `&cursor=${cursor}`}`)
      expect(json.agents.length).toBeLessThanOrEqual(3)
      seen.push(...json.agents.map(({ did }: { did: string }) => did))
      cursor = json.cursor
      fixture.control.list = fixture.control.list.filter(({ did }) => did !== seen[0])
    }
    expect(seen).toEqual(dids)
  })

  it('has no next page where there is none', async () => {
    expect((await fixture.call('/v1/agents')).json).toEqual({ agents: [], cursor: null })
    fixture.control.list = [agent(someDid())]
    expect((await fixture.call('/v1/agents?limit=1')).json).toEqual({ agents: fixture.control.list, cursor: null })
  })
})

describe('GET /v1/agents/:did', () => {
  it('P5 refuses what is not a Did, however it is spelled', async () => {
    const did = someDid()
    for (const path of [
      `${did}%00`,
      `${did}%23key`,
      `..%2f..%2fetc`,
      did.toUpperCase(),
      `${did}%20`,
      'x'.repeat(120),
    ]) {
      const answer = await fixture.call(`/v1/agents/${path}`)
      expect([path, answer.status, answer.json.code]).toEqual([path, 400, 'did.malformed'])
    }
  })

  it('does not have an agent that the node does not know', async () => {
    const answer = await fixture.call(`/v1/agents/${someDid()}`)
    expect([answer.status, answer.json.code]).toEqual([404, 'admin.not-found'])
  })

  it('gives an agent, whichever way its Did is escaped', async () => {
    const known = agent(someDid())
    fixture.control.list = [agent(someDid()), known]
    expect((await fixture.call(`/v1/agents/${known.did}`)).json).toEqual(known)
    expect((await fixture.call(`/v1/agents/${encodeURIComponent(known.did)}`)).json).toEqual(known)
  })

  it('gives the DID document of any Did', async () => {
    const did = someDid()
    const answer = await fixture.call(`/v1/agents/${did}/did.json`)
    expect(answer.headers.get('content-type')).toContain('application/did+ld+json')
    expect(answer.json).toMatchObject({ id: did, verificationMethod: [{ type: 'Multikey', controller: did }] })
    expect((await fixture.call('/v1/agents/did:key:zabc/did.json')).json.code).toBe('did.malformed')
  })
})

describe('the state of the node', () => {
  it('names what fails in /readyz, and is alive all the same', async () => {
    fixture.control.state = [
      { name: 'store', ok: true },
      { name: 'audit', ok: false, detail: 'disk full' },
    ]
    const answer = await fixture.call('/readyz')
    expect([answer.status, answer.json.code]).toEqual([503, 'admin.not-ready'])
    expect(answer.json.checks).toEqual([{ name: 'audit', ok: false, detail: 'disk full' }])
    expect((await fixture.call('/livez')).status).toBe(200)
  })

  it('is ready when nothing fails', async () => {
    expect((await fixture.call('/readyz')).status).toBe(200)
  })

  it('gives its metrics in the text format', async () => {
    fixture.metrics.handshake('ok')
    const { headers, text } = await fixture.call('/metrics')
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(text).toContain('trustmesh_handshakes_total{result="ok"} 1')
  })
})

describe(createAdmin, () => {
  it('refuses to start where somebody else listens', async () => {
    const { admin, control, metrics, audit } = fixture
    const { hostname: host, port } = new URL(admin.url)
    const options = { control, metrics, audit, tokens: { principalOf: () => null }, log: { error: () => {} } }
    await expect(createAdmin({ ...options, host, port: Number(port) })).rejects.toMatchObject({ code: 'listen.failed' })
  })

  it('answers what is under way first, and then no longer listens', async () => {
    let stopped = Promise.resolve()
    fixture.control.before = async () => {
      stopped = fixture.stop()
    }
    const answer = await revoke({ did: someDid(), reason: 'x' })
    expect([answer.status, answer.headers.get('connection')]).toEqual([201, 'close'])
    await stopped
    await expect(fixture.call('/livez')).rejects.toThrow()
  })
})
