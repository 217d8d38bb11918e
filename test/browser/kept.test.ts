import { fileURLToPath } from 'node:url'
import { type Did, verifySigned } from '@trustmesh/identity'
import type { Charge } from '@trustmesh/trust'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { someone } from '../e2e/kit.ts'
import { usesContract } from '../store/uses-contract.ts'
import { Bundle, buildPackages } from './bundle.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { PageServer } from './page-server.ts'

describe.skipIf(!hasChromium())('what a browser keeps for a page', () => {
  let browser: Browser
  let server: PageServer

  beforeAll(async () => {
    await buildPackages()
    const { files } = await Bundle.of(fileURLToPath(new URL('kept-page.ts', import.meta.url)))
    const html = '<!doctype html><title>kept</title><script type="module" src="main.js"></script>'
    server = await PageServer.start([...files, ['index.html', html]])
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
  })

  /** A profile of a browser, that has kept nothing yet. */
  const profile = async (): Promise<BrowserContext & AsyncDisposable> => {
    const context = await browser.newContext()
    return Object.assign(context, { [Symbol.asyncDispose]: () => context.close() })
  }
  const open = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(server.origin)
    await page.waitForFunction(() => 'keeping' in globalThis)
    return page
  }
  /** The identity of a name in a page, with what was said of it. */
  const identityIn = (page: Page, name: string): Promise<{ did: string; said: string[] }> =>
    page.evaluate(async (name) => {
      const said: string[] = []
      const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(`! ${text}`) }
      globalThis.kept = await keeping.openPageKept(name, (n) => crypto.getRandomValues(new Uint8Array(n)), log)
      return { did: kept.identity.did, said }
    }, name)

  it('K1 is keys that nobody can read', async () => {
    await using context = await profile()
    const page = await open(context)
    await identityIn(page, 'alice')
    const formats = ['pkcs8', 'jwk', 'raw'] as const
    const read = await page.evaluate(async (formats) => {
      const line = (await (await keeping.openPageDatabase()).get('identities', 'alice')) ?? []
      const attempts = line.flatMap(({ privateKey }) =>
        formats.map((format) => crypto.subtle.exportKey(format as 'raw', privateKey).catch(({ name }) => name)),
      )
      return await Promise.all(attempts)
    }, formats)
    expect(read).toEqual(Array(2 * formats.length).fill('InvalidAccessError'))
  })

  it('is one identity for each name, however many pages ask for it at the same time', async () => {
    await using context = await profile()
    const pages = await Promise.all(Array.from({ length: 4 }, () => open(context)))
    const asked = await Promise.all(pages.map((page) => identityIn(page, 'alice')))
    const [{ did } = { did: '' }] = asked
    expect(asked.map((one) => one.did)).toEqual(pages.map(() => did))
    expect(asked.flatMap(({ said }) => said)).toEqual([`made ${did}, kept in this browser for ${server.origin}`])
    expect(await identityIn(await open(context), 'alice')).toEqual({ did, said: [] })
    expect((await identityIn(await open(context), 'bob')).did).not.toBe(did)
    await using elsewhere = await profile()
    expect((await identityIn(await open(elsewhere), 'alice')).did).not.toBe(did)
  })

  it('K1 refuses names that no other place would take', async () => {
    await using context = await profile()
    await expect(identityIn(await open(context), '../alice')).rejects.toThrow('keystore.name')
  })

  it('lasts as long as the page, and says so, where the browser keeps nothing', async () => {
    await using context = await profile()
    const page = await open(context)
    const open_ = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    await page.evaluate(`indexedDB.open = ${open_}`)
    const { did, said } = await identityIn(page, 'alice')
    expect(said).toEqual([expect.stringContaining(`! made ${did}, which is lost with this page: `)])
    await expect(page.evaluate(() => keeping.openPageUses(kept.identity.did, 0))).rejects.toThrow('uses.unavailable')
  })

  it('I12 is an heir for each identity, who takes its place once and for all', async () => {
    await using context = await profile()
    const first = await open(context)
    const { did } = await identityIn(first, 'alice')
    const begun = await first.evaluate(async () => {
      const { keystore } = kept
      const heir = (await keystore.heirOf('alice'))?.did as string
      const early = await keystore.succeed('alice', heir as never).catch(({ code }) => code)
      const [prepared, again] = [await keystore.prepare('alice'), await keystore.prepare('alice')]
      return {
        heir,
        early,
        prepared: [prepared?.heir.did, prepared?.next.did],
        again: [again?.heir.did, again?.next.did],
      }
    })
    expect(begun.early).toBe('keystore.heir')
    expect(begun.prepared).toEqual(begun.again)
    expect(begun.prepared[0]).toBe(begun.heir)

    const second = await open(context)
    expect((await identityIn(second, 'alice')).did).toBe(did)
    const [wrong, heir] = await second.evaluate(async ({ heir }) => {
      const { keystore, identity } = kept
      const wrong = await keystore.succeed('alice', identity.did).catch(({ code }) => code)
      return [wrong, (await keystore.succeed('alice', heir as never)).did, await keystore.isPrepared('alice')]
    }, begun)
    expect([wrong, heir]).toEqual(['keystore.heir', begun.heir])
    const third = await open(context)
    expect((await identityIn(third, 'alice')).did).toBe(begun.heir)
    const next = await third.evaluate(async () => (await kept.keystore.heirOf('alice'))?.did)
    expect(next).toBe(begun.prepared[1])
  })

  it('is notes, of each agent by itself, in the order in which they were set last', async () => {
    await using context = await profile()
    const first = await open(context)
    await identityIn(first, 'alice')
    await first.evaluate(async () => {
      const { notes } = kept
      notes.set('a', 1)
      notes.set('b', { deep: [2, null] })
      notes.set('c', 3)
      notes.set('a', 4)
      notes.set('c', undefined)
      await notes.close()
    })
    const second = await open(context)
    await identityIn(second, 'alice')
    const read = () => Array.from(kept.notes.entries())
    expect(await second.evaluate(read)).toEqual([
      ['b', { deep: [2, null] }],
      ['a', 4],
    ])
    expect(await second.evaluate(async () => (await keeping.openPageDatabase()).count('notes'))).toBe(2)
    await identityIn(second, 'alice.b')
    expect(await second.evaluate(read)).toEqual([])
  })

  it('is keys whose signatures hold', async () => {
    await using context = await profile()
    const page = await open(context)
    await identityIn(page, 'alice')
    const sign = async () => {
      const { payload, signature } = await kept.identity.sign('statement/note', { a: 1 })
      return { payload: [...payload], signature: [...signature] }
    }
    const [{ did }, { payload, signature }] = [await identityIn(page, 'alice'), await page.evaluate(sign)]
    const signed = { payload: Uint8Array.from(payload), signature: Uint8Array.from(signature) }
    expect(verifySigned(did as Did, 'statement/note', signed)).toBe(true)
    signed.payload[0] = 0
    expect(verifySigned(did as Did, 'statement/note', signed)).toBe(false)
  })

  usesContract(
    'IdbUses',
    async () => {
      const context = await profile()
      const self = someone().did
      let page = await open(context)
      return {
        outlives: true,
        async open(now) {
          await page.close()
          page = await open(context)
          await page.evaluate(
            async ({ self, now }) => {
              globalThis.uses = await keeping.openPageUses(self, now)
            },
            { self, now },
          )
          return {
            replayWindow: { claim: (...use) => page.evaluate((use) => uses.replayWindow.claim(...use), use) },
            useCounters: {
              charge: (...charge) =>
                page.evaluate(([charges, now]) => uses.useCounters.charge(charges as readonly Charge[], now), charge),
            },
            close: () => page.evaluate(() => uses.close()),
          }
        },
        [Symbol.asyncDispose]: () => context.close(),
      }
    },
    200,
  )
})
