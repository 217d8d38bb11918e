import { cpuMsSoFar } from '../cpu.ts'
import { host } from '../host.ts'

/** What the process of a hub has used so far, and what it has now. */
export interface Usage {
  readonly cpuMs: number
  readonly rssKib: number
}

/** What stands between the ends of a route. */
export interface Hub {
  /** What its ends must know of it. */
  readonly place: string
  /** Of the process that does the work, where that is not this one. */
  usage?(): Usage
  stop(): Promise<void>
}

/** The whole main program of a hub: `node X-hub.js`. */
export function hostHub(hub: Hub): void {
  const ownUsage = (): Usage => ({ cpuMs: cpuMsSoFar(), rssKib: process.memoryUsage.rss() / 1024 })
  host({ place: () => hub.place, usage: () => hub.usage?.() ?? ownUsage() }, () => hub.stop())
}
