import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { Bundle, buildPackages } from './bundle.ts'

/** What a page may load at first, compressed; and once it has joined, can talk, and decides. */
const INITIAL_BYTES = 60_000
const JOINED_BYTES = 100_000

/** What is loaded when an agent joins. */
const JOIN = 'packages/sdk/dist/join-mesh-on.js'
/** What a page needs seldom if ever. */
const RARE = ['packages/identity/dist/did-document.js', 'packages/sdk/dist/platform/idb-uses.js']

describe('a bundle of @trustmesh/sdk for browsers', () => {
  let joining: Bundle
  let everything: Bundle

  beforeAll(async () => {
    await buildPackages()
    const entry = (name: string) => fileURLToPath(new URL(name, import.meta.url))
    joining = await Bundle.of(entry('joining-page.ts'))
    everything = await Bundle.of(entry('agent-page.ts'))
  })

  it('has nothing of Node.js in it, and leaves nothing to be found at run time', () => {
    for (const bundle of [joining, everything]) {
      expect(bundle.externals).toEqual([])
      const inputs = bundle.inputs()
      const isNative = (path: string) => isBuiltin(path) || /native\.js$|platform\/node\.js$|\/(ws|level)@/.test(path)
      expect(inputs.filter(isNative)).toEqual([])
      // So that the absence above means something.
      const parts = ['primitives/portable.js', 'platform/browser.js', 'transport/browser.js']
      expect(parts.filter((part) => !inputs.some((path) => path.endsWith(part)))).toEqual([])
    }
  })

  it('is built of what is published alone', () => {
    const sources = joining.inputs().filter((path) => /^packages\/[^/]+\/(?!dist\/)/.test(path))
    expect(sources).toEqual([])
  })

  it.each([
    ['at first', INITIAL_BYTES, () => joining.initial],
    ['once it has joined', JOINED_BYTES, () => joining.loadedWith(JOIN)],
  ])('%s is at most %i bytes, compressed', (when, limit, loaded) => {
    const bytes = joining.gzipBytes(loaded())
    const table = joining.byPackage(loaded()).map(([name, bytes]) => `${String(bytes).padStart(9)}  ${name}`)
    console.info(`${bytes} bytes ${when}, compressed; before that, by package:\n${table.join('\n')}`)
    expect(bytes).toBeLessThanOrEqual(limit)
  })

  it.each(RARE)('loads %s when it is needed', (path) => {
    expect(joining.inputs()).toContain(path)
    expect(joining.inputs(joining.loadedWith(JOIN))).not.toContain(path)
  })
})
