import type { Random } from '@trustmesh/identity'
import { keyPairOf } from '@trustmesh/protocol'
import { timer } from '../timer.ts'
import { connectBrowser } from '../transport/browser.ts'
import type { Platform } from './platform.ts'

const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length))
/** What keeps things is loaded when there is something to keep. */
const page = () => import('./page-kept.ts')

/** A page has no files: what Node.js keeps there the browser keeps for its origin. The join file comes from the caller. */
export const platform: Platform = {
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  after: timer,
  random,
  keyPair: () => keyPairOf(random(32)),
  log: { info: () => {}, warn: (message) => globalThis.console.warn(`trustmesh: ${message}`) },
  connect: connectBrowser,
  readJoinFile: async () => null,
  invitation: () => null,
  openKept: async (name, log) => (await page()).openPageKept(name, random, log),
  openUses: async (did) => (await page()).openPageUses(did, Date.now()),
}
