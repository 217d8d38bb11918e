import { fileURLToPath } from 'node:url'
import { Chain, type MeshError } from '@trustmesh/sdk'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { someone, TestNode } from '../e2e/kit.ts'
import { AgentInPage, joinIn } from './agent-in-page.ts'
import { Bundle, buildPackages } from './bundle.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { PageServer } from './page-server.ts'
import { Scene } from './scene.ts'

const CAN = '/tool/search'

describe.skipIf(!hasChromium())('an agent in a browser', () => {
  let browser: Browser
  let server: PageServer

  beforeAll(async () => {
    await buildPackages()
    const { files } = await Bundle.of(fileURLToPath(new URL('agent-page.ts', import.meta.url)))
    const html = '<!doctype html><title>agent</title><script type="module" src="main.js"></script>'
    server = await PageServer.start([...files, ['index.html', html]])
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
  })

  it('HS-2 is not let in from an origin that the node does not allow', async () => {
    await using node = await TestNode.start({ allowedOrigins: ['http://127.0.0.1:1'] })
    const { page, complaints } = await AgentInPage.open(browser, server)
    const code = await page.evaluate(
      (join) => sdk.joinMesh({ join, timeoutMs: 1_000 }).catch((error: { code: string }) => error.code),
      node.joinFile,
    )
    expect(code).toBe('mesh.disconnected')
    // So that the absence of complaints elsewhere means something.
    expect(complaints).not.toEqual([])
    await page.context().close()
  })

  it('asks an agent in Node.js and answers it, and each knows who the other is', async () => {
    await using scene = await Scene.open(browser, server)
    const { alice, bob } = scene
    bob.on('greet', {}, (content, { did }) => ({ greeting: `hello ${content}`, did }))
    const answer = await alice.page.evaluate((did) => mesh.request(did, 'greet', 'Bob — 🍺'), bob.did)
    expect(answer).toEqual({ greeting: 'hello Bob — 🍺', did: alice.did })

    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    await alice.page.evaluate(() => {
      mesh.on('turn', {}, (content, { did }) => ({ turned: (content as Uint8Array).toReversed(), did }))
    })
    expect(await bob.request(alice.did, 'turn', bytes)).toEqual({ turned: bytes.toReversed(), did: bob.did })
    expect(alice.complaints).toEqual([])
  })

  it('sends what is larger than a frame, in order, and takes what comes in parts', async () => {
    await using scene = await Scene.open(browser, server)
    const { alice, bob } = scene
    const heard: number[] = []
    bob.on('note', {}, (content) => heard.push((content as string).length))
    await alice.page.evaluate(async (did) => {
      for (let n = 0; n < 5; n++) await mesh.send(did, 'note', 'x'.repeat(n * 100_000))
    }, bob.did)
    await expect.poll(() => heard).toEqual([0, 100_000, 200_000, 300_000, 400_000])

    bob.on('count', {}, async function* (content) {
      for (let n = 0; n < Number(content); n++) yield n
    })
    const counted = await alice.page.evaluate(async (did) => {
      const numbers: unknown[] = []
      for await (const n of mesh.stream(did, 'count', 100)) numbers.push(n)
      return numbers
    }, bob.did)
    expect(counted).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(alice.complaints).toEqual([])
  })

  it('gates its handlers: a denial is one object, in the page and for whoever is denied', async () => {
    await using scene = await Scene.open(browser, server)
    const { ada, alice, bob } = scene
    await alice.page.evaluate(() => {
      globalThis.runs = 0
      mesh.on('task', { minTier: 'trusted' }, () => ++globalThis.runs)
    })

    const refused = (await bob.request(alice.did, 'task').catch((error) => error)) as MeshError
    expect(refused).toMatchObject({ code: 'request.denied', denial: { code: 'gate.tier-too-low' } })
    expect(await alice.page.evaluate(() => denials)).toEqual([refused.denial])
    expect(await alice.page.evaluate(() => globalThis.runs)).toBe(0)

    await ada.attest(bob.did, { value: 1000, weight: 3000 })
    expect(await bob.request(alice.did, 'task')).toBe(1)
    expect(alice.complaints).toEqual([])
  })

  it('is gated by others, and gets the same object', async () => {
    await using scene = await Scene.open(browser, server)
    const { alice, bob } = scene
    const denials = bob.denials()
    bob.on('task', { minTier: 'vouched' }, () => 'done')
    const denial = await alice.page.evaluate(
      (did) => mesh.request(did, 'task').catch((error: { denial: unknown }) => error.denial),
      bob.did,
    )
    expect(denial).toMatchObject({ code: 'gate.tier-too-low', peer: { did: alice.did } })
    expect(denial).toEqual((await denials.next()).value)
    expect(alice.complaints).toEqual([])
  })

  it('verifies a chain that it is shown, until that is revoked, and acts by one that it got', async () => {
    await using scene = await Scene.open(browser, server)
    const { alice, bob } = scene
    const text = await alice.page.evaluate(
      async ({ can, did }) => {
        mesh.on('search', { can }, (content, { did }) => [content, did])
        globalThis.chain = await mesh.delegate(did, { can })
        return String(globalThis.chain)
      },
      { can: CAN, did: bob.did },
    )
    await expect(bob.request(alice.did, 'search', 'x')).rejects.toMatchObject({ code: 'request.denied' })
    const chain = Chain.parse(text)
    expect(await bob.request(alice.did, 'search', 'x', { chain })).toEqual(['x', bob.did])
    await alice.page.evaluate(() => mesh.revoke(globalThis.chain, 'a test'))
    await expect(bob.request(alice.did, 'search', 'x', { chain })).rejects.toMatchObject({ code: 'request.denied' })

    bob.on('search', { can: CAN }, (content, { did }) => [content, did])
    const forAlice = await bob.delegate(alice.did, { can: CAN })
    const found = await alice.page.evaluate(
      ({ did, text }) => mesh.request(did, 'search', 'y', { chain: sdk.Chain.parse(text) }),
      { did: bob.did, text: String(forAlice) },
    )
    expect(found).toEqual(['y', alice.did])
    expect(alice.complaints).toEqual([])
  })

  it('is who it was when its page is loaded again, and joins in one page at a time', async () => {
    await using scene = await Scene.open(browser, server)
    const { alice, bob, node } = scene
    bob.on('whoami', {}, (_, { did }) => did)
    await alice.page.reload()
    await alice.page.waitForFunction(() => 'sdk' in globalThis)
    expect(await joinIn(alice.page, node.joinFile, 'alice')).toBe(alice.did)
    expect(await alice.page.evaluate((did) => mesh.request(did, 'whoami'), bob.did)).toBe(alice.did)

    const second = await alice.page.context().newPage()
    await second.goto(server.origin)
    await second.waitForFunction(() => 'sdk' in globalThis)
    expect(await joinIn(second, node.joinFile, 'alice')).toBe(alice.did)
    expect(await alice.page.evaluate(() => mesh.closed())).toBe('superseded')
    expect(await joinIn(alice.page, node.joinFile, 'another')).not.toBe(alice.did)
    expect(alice.complaints).toEqual([])
  })

  it('is cut off when it is revoked: while it is online, and when it comes again', async () => {
    await using scene = await Scene.open(browser, server)
    const { alice, bob, node } = scene
    await node.revoke(alice.did)
    expect(await alice.page.evaluate(() => mesh.closed())).toBe('revoked')
    const sent = alice.page.evaluate((did) => mesh.send(did, 'anything'), bob.did)
    await expect(sent).rejects.toThrow('mesh.revoked')

    await alice.page.reload()
    await alice.page.waitForFunction(() => 'sdk' in globalThis)
    await expect(joinIn(alice.page, node.joinFile, 'alice')).rejects.toThrow('mesh.revoked')
    const warning = `trustmesh: ${alice.did} is revoked: no node will let it in again`
    expect(alice.complaints).toEqual([warning, warning])
  })

  it('resolves a Did, with what it loads for that', async () => {
    const { page, complaints } = await AgentInPage.open(browser, server)
    const { did } = someone()
    const loaded = () => page.evaluate(() => performance.getEntriesByType('resource').length)
    const before = await loaded()
    expect(await page.evaluate((did) => sdk.resolveDid(did), did)).toMatchObject({ id: did })
    expect(await loaded()).toBeGreaterThan(before)
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

declare global {
  var chain: Chain
  var runs: number
}
