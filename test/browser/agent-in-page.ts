import type { Did } from '@trustmesh/identity'
import type { Denial, Mesh } from '@trustmesh/sdk'
import type { Browser, Page } from 'playwright-core'
import type { JoinFile } from '../e2e/kit.ts'
import type { PageServer } from './page-server.ts'

declare global {
  var mesh: Mesh
  var denials: Denial[]
}

/** A page whose agent has joined, and what a developer would have found in its console. */
export class AgentInPage implements AsyncDisposable {
  readonly did: Did
  readonly page: Page
  /** Errors and warnings: none, where all is well. */
  readonly complaints: readonly string[]

  static async open(browser: Browser, server: PageServer): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext()
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(server.origin)
    await page.waitForFunction(() => 'sdk' in globalThis)
    return { page, complaints }
  }

  /** Joins in a page of a browser profile of its own. */
  static async join(browser: Browser, server: PageServer, file: JoinFile, name: string): Promise<AgentInPage> {
    const { page, complaints } = await AgentInPage.open(browser, server)
    return new AgentInPage(page, complaints, await joinIn(page, file, name))
  }

  private constructor(page: Page, complaints: readonly string[], did: Did) {
    this.page = page
    this.complaints = complaints
    this.did = did
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close()
  }
}

/** As `globalThis.mesh`, whose denials gather in `globalThis.denials`. */
export async function joinIn(page: Page, join: JoinFile, name: string): Promise<Did> {
  return await page.evaluate(
    async (options) => {
      globalThis.mesh = await sdk.joinMesh(options)
      globalThis.denials = []
      const gather = async () => {
        for await (const denial of mesh.denials()) denials.push(denial)
      }
      void gather()
      return mesh.did
    },
    { join, name, backoff: { baseMs: 20, capMs: 100 } },
  )
}
