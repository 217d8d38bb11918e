import { MemoryKeystore, type Random } from '@trustmesh/identity'
import { keyPairOf } from '@trustmesh/protocol'
import { MemoryReplayWindow, MemoryUseCounters } from '@trustmesh/trust'
import { connectBrowser } from '../transport/browser.ts'
import type { Platform } from './platform.ts'

const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

/** A page has no files: the identity lasts as long as the page unless the caller brings one, and so must the join file. */
export const platform: Platform = {
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  random,
  keyPair: () => keyPairOf(random(32)),
  log: { info: () => {}, warn: (message) => globalThis.console.warn(`trustmesh: ${message}`) },
  connect: connectBrowser,
  readJoinFile: async () => null,
  invitation: () => null,
  openIdentity: (name) => new MemoryKeystore(random).create(name),
  openUses: async () => ({
    replayWindow: new MemoryReplayWindow(),
    useCounters: new MemoryUseCounters(),
    close: async () => {},
  }),
}
