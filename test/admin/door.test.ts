import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AdminFixture, someDid } from './fixture.ts'

let fixture: AdminFixture
beforeEach(async () => {
  fixture = await AdminFixture.start()
})
afterEach(() => fixture.stop())

describe('the door of the admin API', () => {
  it('P1 refuses every route there is without a token', async () => {
    expect(fixture.admin.routes.length).toBeGreaterThanOrEqual(7)
    for (const route of fixture.admin.routes) {
      const [method = '', path = ''] = route.split(' ')
      const answer = await fixture.call(path.replace(':did', someDid()), { method, token: null })
      expect([route, answer.status, answer.json.code]).toEqual([route, 401, 'admin.unauthenticated'])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

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
    }
    for (const authorization of [
      operator,
      `Basic ${operator}`,
      `Bearer ${operator} ${operator}`,
      `Bearer  ${operator}`,
    ]) {
      expect((await fixture.call('/livez', { token: null, headers: { authorization } })).status).toBe(401)
    }
    expect((await fixture.call(`/livez?access_token=${operator}`, { token: null })).status).toBe(401)
  })

  it('P9 lets a viewer read and not act', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/v1/agents']) {
      expect((await fixture.call(path, { token: fixture.tokens.viewer })).status).toBe(200)
    }
    const body = { did: someDid(), reason: 'because' }
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await fixture.call('/v1/revocations', { method, token: fixture.tokens.viewer, body })
      expect([answer.status, answer.json.code]).toEqual([403, 'admin.forbidden'])
      expect(fixture.lastAudit()).toMatchObject({ code: 'admin.forbidden', by: 'vera' })
    }
    expect(fixture.control.asked).toEqual([])
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
    expect(fixture.control.asked).toEqual([])
  })

  it('P11 believes no header about where a request comes from', async () => {
    await fixture.call('/livez', {
      token: null,
      headers: { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' },
    })
    expect(fixture.lastAudit()).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      event: 'admin.refused',
      code: 'admin.unauthenticated',
      peer: '127.0.0.1',
    })
  })
})
