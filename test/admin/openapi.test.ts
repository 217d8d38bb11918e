import { Validator } from '@seriousme/openapi-schema-validator'
import { CONTRACTS, type Contract } from '@trustmesh/mesh-node/admin'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, launchChromium } from '../browser/chromium.ts'
import { AdminFixture } from './fixture.ts'

const contracts: readonly Contract[] = Object.values(CONTRACTS)

let fixture: AdminFixture
// biome-ignore lint/suspicious/noExplicitAny: a document, which the validator is about.
let document: any
beforeAll(async () => {
  fixture = await AdminFixture.start()
  document = (await fixture.call('/openapi.json', { token: fixture.tokens.viewer })).json
})
afterAll(() => fixture.stop())

describe('/openapi.json', () => {
  it('is OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(document))
    expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1'])
  })

  it('has every route, with who may use it and how it refuses', () => {
    const operations = Object.entries<Record<string, Described>>(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    )
    const described = operations.map((each) => [each.operationId, each.method.toUpperCase(), each['x-role']])
    expect(described.sort()).toEqual(contracts.map(({ id, method, role }) => [id, method, role]).sort())
    for (const { responses, operationId } of operations) {
      expect([operationId, Object.keys(responses)]).toEqual([operationId, expect.arrayContaining(['403', 'default'])])
    }
  })

  it('names nothing that is not in it', () => {
    const named = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)]
    expect(named.length).toBeGreaterThan(100)
    for (const [, kind, name] of named) expect(document.components[kind as string]).toHaveProperty(name as string)
  })

  it('says of objects that they have no other fields', () => {
    const { Operation, Agent } = document.components.schemas
    expect([Operation.additionalProperties, Agent.additionalProperties]).toEqual([false, false])
  })
})

describe('/ui', () => {
  it('is a page that loads nothing from elsewhere', async () => {
    const { status, headers, text } = await fixture.call('/ui')
    expect(status).toBe(200)
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/)
    const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url as string)
    expect(loaded.splice(0, 1)).toEqual(['data:,'])
    expect(loaded).toEqual(['/ui/swagger-ui.css', '/ui/swagger-ui-bundle.js', '/ui/page.js'])
    for (const url of loaded) {
      const file = await fixture.call(url)
      expect([url, file.status]).toEqual([url, 200])
      expect(file.headers.get('content-type')).toMatch(/^text\/(?:css|javascript)/)
    }
  })

  it.skipIf(!hasChromium())('shows every route in a browser, and breaks no rule of its own there', async () => {
    const browser = await launchChromium()
    try {
      const httpCredentials = { username: 'anybody', password: fixture.tokens.viewer }
      const page = await (await browser.newContext({ httpCredentials })).newPage()
      const complaints: string[] = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      await page.goto(`${fixture.admin.url}/ui`)
      await page.waitForSelector('.opblock')
      expect(await page.locator('.opblock').count()).toBe(contracts.length)
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
    }
  })

  it('P5 has none but its own files', async () => {
    for (const file of ['index.html', 'swagger-ui.js', '..%2fpackage.json', '%2e%2e', 'page.js%00', 'package.json']) {
      expect([400, 404]).toContain((await fixture.call(`/ui/${file}`)).status)
    }
  })
})

interface Described {
  readonly operationId: string
  readonly 'x-role': string
  readonly responses: object
}
