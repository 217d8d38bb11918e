import type { Dice } from '../crash/dice.ts'
import type { ChaosMesh } from './chaos-mesh.ts'
import type { ChaosNode } from './chaos-node.ts'
import type { Ledger } from './ledger.ts'
import type { Load } from './load.ts'

export interface FaultsOptions {
  readonly mesh: ChaosMesh
  readonly load: Load
  readonly ledger: Ledger
  readonly dice: Dice
}

/** Each with how often it is drawn. */
const KINDS = {
  kill: 3,
  start: 3,
  pause: 2,
  resume: 2,
  partition: 2,
  mend: 1,
  cut: 2,
  slow: 2,
  jump: 2,
  fill: 2,
  free: 1,
  revoke: 6,
  suspend: 2,
} as const
type Kind = keyof typeof KINDS

const MOST_PAUSE_MS = 1_000
const MOST_DELAY_MS = 40
/** How wrong a clock may be. */
const MOST_OFF_MS = 1_800_000

/** What goes wrong, as the dice have it. */
export class Faults {
  /** What was done when, and what it came to. */
  readonly journal: string[] = []
  readonly #options: FaultsOptions
  readonly #since = performance.now()

  constructor(options: FaultsOptions) {
    this.#options = options
  }

  /** So many faults, with a look at everybody and some time after each. Rejects with what may never happen. */
  async strike(times: number): Promise<void> {
    const { mesh, dice } = this.#options
    for (let n = 0; n < times; n++) {
      const kind = dice.oneBy(Object.keys(KINDS) as Kind[], Object.values(KINDS))
      await this.#do(kind)
      await mesh.views()
      await new Promise((resolve) => setTimeout(resolve, dice.below(MOST_PAUSE_MS)))
    }
  }

  /** Nothing is wrong any more, but what clocks say. */
  async heal(): Promise<void> {
    const { mesh } = this.#options
    mesh.smallDisk?.free()
    for (const lane of mesh.lanes) {
      lane.delayMs = 0
      lane.mend()
    }
    await Promise.all(
      mesh.nodes.map(async (node) => {
        await node.resume()
        if (!node.isUp) await node.start()
      }),
    )
    this.note('all is well')
  }

  note(what: string): void {
    this.journal.push(`+${Math.round(performance.now() - this.#since)} ms  ${what}`)
  }

  async #do(kind: Kind): Promise<void> {
    const { mesh, load, ledger, dice } = this.#options
    const node = dice.one(mesh.nodes)
    const number = dice.below(2 ** 31)
    const isAwake = node.isUp && !node.isPaused
    const at = `${kind} ${node.place}`
    switch (kind) {
      case 'kill':
        if (!node.isUp) return
        this.note(at)
        await node.kill()
        return ledger.killed(node)
      case 'start':
        return await this.#start(node)
      case 'pause':
        if (!isAwake) return
        this.note(at)
        return node.pause()
      case 'resume':
        if (!node.isPaused) return
        this.note(at)
        return await node.resume()
      case 'partition': {
        const some = mesh.nodes.map(({ place }) => place).filter((place) => (number >> place) & 1)
        this.note(`partition of ${some} from the others`)
        for (const lane of mesh.between(some)) lane.stall()
        return
      }
      case 'mend':
        this.note('mend')
        for (const lane of mesh.lanes) lane.mend()
        return
      case 'cut':
        this.note(at)
        for (const lane of mesh.between([node.place])) lane.cut()
        return mesh.lane('agents', node.place).cut()
      case 'slow':
        this.note(at)
        for (const lane of mesh.between([node.place])) lane.delayMs = number % MOST_DELAY_MS
        return
      case 'jump': {
        if (!isAwake) return
        const aheadMs = (number % (2 * MOST_OFF_MS)) - MOST_OFF_MS
        this.note(`${at} to ${aheadMs} ms`)
        return await node.jump(aheadMs)
      }
      case 'fill':
        if (!mesh.smallDisk) return
        this.note('the small disk is full')
        return mesh.smallDisk.fill()
      case 'free':
        this.note('the small disk has room')
        return mesh.smallDisk?.free()
      case 'revoke':
        if (!isAwake) return
        // Others learn of it late, and what they send meanwhile is on its way.
        for (const lane of mesh.between([node.place])) lane.delayMs = MOST_DELAY_MS
        this.note(`${at} ${await load.revoke(node)}`)
        for (const lane of mesh.between([node.place])) lane.delayMs = 0
        return
      case 'suspend':
        if (isAwake) this.note(`${at} ${await load.suspend(node.place)}`)
        return
    }
  }

  /** On a disk that is full a node may not come up; it says why. */
  async #start(node: ChaosNode): Promise<void> {
    if (node.isUp) return
    this.note(`start ${node.place}`)
    await node.start().catch((error: unknown) => {
      if (!this.#options.mesh.smallDisk?.isFull || !node.dataDir.startsWith('/proc')) throw error
      this.note(`${node.place} does not start: ${String(error)}`)
    })
  }
}
