import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AdminFixture, type Call, someDid } from './fixture.ts'

let fixture: AdminFixture
beforeEach(async () => {
  fixture = await AdminFixture.start()
})
afterEach(() => fixture.stop())

describe('the door of the admin API', () => {
  it.each([
    '/nothing',
    '/v1/agents/',
    '/v1/../metrics',
    '/v1/agents/%2e%2e',
    '/v1/agents/%2e%2e/did.json',
    '/%zz',
    `/v1/agents/${'x'.repeat(2000)}`,
  ])('P1, P5 refuses %s without a token like any other, and does not have it with one', async (path) => {
    const line = `GET ${path} HTTP/1.1`
    expect(await fixture.raw([line, 'Host: localhost'])).toMatch(/^HTTP\/1.1 401 /)
    const answer = await fixture.raw([line, 'Host: localhost', `Authorization: Bearer ${fixture.tokens.viewer}`])
    expect(answer).toMatch(/^HTTP\/1.1 40[04] /)
    expect(answer).not.toContain('xxxx')
  })

  it('P9, R9 refuses what is sent behind a head whose token has ended meanwhile', async () => {
    const body = JSON.stringify({ did: someDid(), reason: 'a test' })
    const { hostname, port } = new URL(fixture.admin.url)
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text
    })
    const head = [
      'POST /v1/revocations HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${fixture.tokens.operator}`,
    ]
    const more = ['Content-Type: application/json', `Content-Length: ${body.length}`, 'Expect: 100-continue']
    socket.write([...head, ...more, '', ''].join('\r\n'))
    await expect.poll(() => answer).toContain('100 Continue')
    await fixture.options.tokens.revoke('otto')
    socket.end(body)
    await once(socket, 'close')
    expect(answer).toContain('HTTP/1.1 401 ')
    expect([...fixture.node.control.revocations()]).toEqual([])
  })

  it('refuses what looks like a token but is none', async () => {
    const { operator, viewer } = fixture.tokens
    const mixed = `tmop_${viewer.slice(5)}`
    const changed = operator.slice(0, -2) + (operator.endsWith('AA') ? 'BB' : 'AA')
    for (const token of [
      '',
      'x',
      mixed,
      changed,
      `${operator}A`,
      operator.toUpperCase(),
      'tmop_',
      `tmop_${'A'.repeat(43)}`,
    ]) {
      expect((await fixture.call('/livez', { token })).status).toBe(401)
      fixture.time.pass(60_000)
    }
    for (const authorization of [
      operator,
      `Basic ${operator}`,
      `Bearer ${operator} ${operator}`,
      `Bearer  ${operator}`,
    ]) {
      expect((await fixture.call('/livez', { token: null, headers: { authorization } })).status).toBe(401)
      fixture.time.pass(60_000)
    }
    expect((await fixture.call(`/livez?access_token=${operator}`, { token: null })).status).toBe(401)
  })

  it('P9 leaves in the log who has asked for what they may not', async () => {
    const body = { did: someDid(), reason: 'because' }
    const answer = await fixture.post('/v1/revocations', body, { token: fixture.tokens.viewer })
    expect([answer.status, answer.json.code]).toEqual([403, 'admin.forbidden'])
    expect(fixture.lastAudit()).toMatchObject({ event: 'admin.refused', code: 'admin.forbidden', by: 'vera' })
    expect(fixture.node.control.operations()).toEqual([])
  })

  it('P3 refuses a name that is not its own', async () => {
    const token = `Authorization: Bearer ${fixture.tokens.operator}`
    const hosts = [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil@localhost',
      'localhost:1:2',
      '[::1',
      '',
    ]
    for (const host of hosts) {
      expect([host, await fixture.raw(['GET /livez HTTP/1.1', `Host: ${host}`, token])]).toEqual([
        host,
        expect.stringMatching(/^HTTP\/1.1 421 /),
      ])
      expect(fixture.lastAudit()).toMatchObject({ event: 'admin.refused', code: 'admin.host' })
    }
    for (const host of [
      'localhost',
      'LOCALHOST:4211',
      '127.0.0.1:1',
      '[::1]',
      '[::1]:80',
      'mesh.example',
      'mesh.example:443',
    ]) {
      expect(await fixture.raw(['GET /livez HTTP/1.1', `Host: ${host}`, token])).toMatch(/^HTTP\/1.1 200 /)
    }
  })

  it('P4 refuses a web page, whatever it shows', async () => {
    for (const origin of ['https://evil.example', 'null', fixture.admin.url]) {
      const answer = await fixture.call('/livez', { headers: { origin } })
      expect([answer.status, answer.json.code]).toEqual([403, 'admin.origin'])
    }
  })

  it.each([
    '',
    'text/plain',
    'application/json; charset=utf-8',
    'application/json;',
    'application/json\t;a',
    'application/json a',
    'Application/JSON',
    'application/jsonp',
    'application/json, application/json',
    'application/x-www-form-urlencoded',
  ])('P8 refuses the content type %j', async (type) => {
    const token = `Authorization: Bearer ${fixture.tokens.operator}`
    const head = ['POST /v1/revocations HTTP/1.1', 'Host: localhost', token, `Content-Type: ${type}`]
    const answer = await fixture.raw(head, JSON.stringify({ did: someDid(), reason: 'because' }))
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(fixture.lastAudit()).toMatchObject({ code: 'admin.media-type', by: 'otto' })
    expect(fixture.node.control.operations()).toEqual([])
  })

  it('P11 believes no header about where a request comes from', async () => {
    await fixture.call('/livez', {
      token: null,
      headers: { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' },
    })
    expect(fixture.lastAudit()).toMatchObject({ code: 'admin.unauthenticated', peer: '127.0.0.1' })
  })

  it("P11 counts nobody's failures against an address that they only name", async () => {
    for (let i = 0; i < 20; i++) {
      await fixture.call('/livez', { token: null, headers: { 'x-forwarded-for': `198.51.100.${i}` } })
    }
    expect((await fixture.call('/livez', { token: null })).status).toBe(429)
  })

  it('P4 takes no cookie for a token', async () => {
    const { admin } = fixture.tokens
    const headers = { cookie: `token=${admin}; authorization=Bearer ${admin}` }
    expect((await fixture.call('/livez', { token: null, headers })).status).toBe(401)
  })

  it('takes a password for a token where a browser asks for something to read, and nowhere else', async () => {
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
    const headers = basic(`anybody:${fixture.tokens.viewer}`)
    const statusOf = async (path: string, more: Call) => (await fixture.call(path, { token: null, ...more })).status
    for (const path of ['/openapi.json', '/ui', '/ui/page.js']) {
      expect([path, await statusOf(path, { headers })]).toEqual([path, 200])
      expect([path, await statusOf(path, { headers: basic('anybody:x') })]).toEqual([path, 401])
    }
    for (const path of ['/v1/whoami', '/livez', '/ui/nothing/more', '/ui2']) {
      expect([path, await statusOf(path, { headers })]).toEqual([path, 401])
      fixture.time.pass(60_000)
    }
    expect(await statusOf('/ui', { headers, method: 'DELETE' })).toBe(401)
  })

  it('asks browsers for a password where it takes one', async () => {
    const challenge = async (path: string) =>
      (await fixture.call(path, { token: null })).headers.get('www-authenticate')
    expect([await challenge('/ui'), await challenge('/v1/agents')]).toEqual(['Basic realm="TrustMesh"', 'Bearer'])
  })

  it('P10 tells whoever fails and fails to wait, longer and longer, and lets in everybody else from there', async () => {
    const fail = () => fixture.call('/livez', { token: `tmad_${'A'.repeat(43)}` })
    for (let i = 0; i < 11; i++) expect((await fail()).status).toBe(401)
    const waits: number[] = []
    for (let i = 0; i < 10; i++) {
      const { status, headers } = await fail()
      expect(status).toBe(429)
      expect((await fixture.call('/livez')).status).toBe(200)
      const seconds = Number(headers.get('retry-after'))
      waits.push(seconds)
      fixture.time.pass(seconds * 1000)
      expect((await fail()).status).toBe(401)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
    fixture.time.pass(1_200_000)
    expect((await fail()).status).toBe(401)
    expect((await fail()).status).toBe(401)
  })

  it('P10 bounds what one person asks for, and leaves the others alone', async () => {
    await using limited = await AdminFixture.start({ rate: { perSecond: 1, burst: 3 } })
    const as = async (role: 'viewer' | 'admin') =>
      (await limited.call('/livez', { token: limited.tokens[role] })).status
    expect([await as('viewer'), await as('viewer'), await as('viewer'), await as('viewer')]).toEqual([
      200, 200, 200, 429,
    ])
    expect(await as('admin')).toBe(200)
    limited.time.pass(1_000)
    expect([await as('viewer'), await as('viewer')]).toEqual([200, 429])
  })

  it('P10 bounds what strangers ask for, by address, and leaves the others alone', async () => {
    await using limited = await AdminFixture.start({ rate: { perSecond: 1, burst: 3 } })
    const ask = async () => (await limited.post('/v1/login/challenge', { did: someDid() }, { token: null })).status
    const statuses = [await ask(), await ask(), await ask(), await ask()]
    expect(statuses.map((status) => status === 429)).toEqual([false, false, false, true])
    expect((await limited.call('/livez')).status).toBe(200)
    limited.time.pass(1_000)
    expect(await ask()).not.toBe(429)
  })

  it('P10 counts what keeps the node busy as many requests', async () => {
    await using limited = await AdminFixture.start({ rate: { perSecond: 1, burst: 30 } })
    limited.overridden.agents = () => {
      limited.time.pass(40)
      return []
    }
    const list = async (role: 'viewer' | 'admin') =>
      (await limited.call('/v1/agents', { token: limited.tokens[role] })).status
    expect([await list('viewer'), await list('viewer'), await list('admin')]).toEqual([200, 429, 200])
    limited.time.pass(20_000)
    expect(await list('viewer')).toBe(200)
  })
})
