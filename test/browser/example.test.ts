import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Did } from '@trustmesh/identity'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { join, someone, TestNode } from '../e2e/kit.ts'
import { buildPackages } from './bundle.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { PageServer } from './page-server.ts'

const folder = fileURLToPath(new URL('../../examples/browser-agent/', import.meta.url))

describe.skipIf(!hasChromium())('the example of an agent in a browser', () => {
  let browser: Browser
  let server: PageServer

  beforeAll(async () => {
    await buildPackages()
    await promisify(execFile)('npm', ['run', 'build'], { cwd: folder })
    const built = (await readdir(`${folder}dist`)).map((name) => `dist/${name}`)
    const read = async (name: string) => [name, await readFile(folder + name)] as const
    server = await PageServer.start(await Promise.all(['index.html', ...built].map(read)))
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
  })

  const complaints: string[] = []
  const open = async (name: string): Promise<{ page: Page; did: Did }> => {
    const page = await browser.newPage()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${server.origin}/?name=${name}`)
    await page.getByText('online').waitFor()
    return { page, did: (await page.locator('#did').textContent()) as Did }
  }
  const last = (page: Page) => page.locator('#log li').last()

  it('is denied until somebody who counts has vouched for it', async () => {
    const identity = someone()
    await using node = await TestNode.start({ roots: [identity.did], allowedOrigins: [server.origin] })
    await using root = await join(node.joinFile, 'root', { identity })
    server.put('join.json', JSON.stringify(node.joinFile))
    const [ada, bob] = [await open('ada'), await open('bob')]
    await root.attest(ada.did, { value: 1000, weight: 3000 })

    await bob.page.getByLabel('Another agent').fill(ada.did)
    await bob.page.getByText('Ask', { exact: true }).click()
    await last(bob.page).getByText('Denied: ').waitFor()

    await ada.page.getByLabel('Another agent').fill(bob.did)
    await ada.page.getByText('Vouch for it').click()
    await last(ada.page).getByText('Vouched for ').waitFor()

    await bob.page.getByText('Ask', { exact: true }).click()
    await last(bob.page).getByText('It answered: ada is here, and you asked: Are you there?').waitFor()
    expect(await last(ada.page).textContent()).toBe(`${bob.did} asked: Are you there?`)
    expect(complaints).toEqual([])
  })
})
