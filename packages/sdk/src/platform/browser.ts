import { MemoryKeystore } from '@trustmesh/identity'
import { connectBrowser } from '../transport/browser.ts'
import type { Platform } from './platform.ts'

/** A page has no files: the identity lasts as long as the page unless the caller brings one, and so must the join file. */
export const platform: Platform = {
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  log: { info: () => {}, warn: (message) => globalThis.console.warn(`trustmesh: ${message}`) },
  connect: connectBrowser,
  readJoinFile: async () => null,
  openIdentity: (name) => new MemoryKeystore((length) => crypto.getRandomValues(new Uint8Array(length))).create(name),
}
