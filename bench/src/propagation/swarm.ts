import { Hosted } from '../hosted.ts'
import type { Mark, Turn } from './contender.ts'

/** A message that has come to a node. */
export interface Delivery {
  readonly message: number
  /** Where it was published, and where it has come. */
  readonly from: number
  readonly to: number
  /** Since it was published. */
  readonly ms: number
}

/** What came of a round of publishing. */
export interface Spread {
  /** All of them, those at the node where a message was published included. */
  readonly deliveries: readonly Delivery[]
  /** From publishing to each delivery, ms. */
  readonly latencies: readonly number[]
  /** Where each message was published, ms. */
  readonly nearest: readonly number[]
  /** The last delivery of each message, ms. */
  readonly furthest: readonly number[]
  /** CPU of all processes for each delivery, ms. */
  readonly cpuMs: number
}

export interface SwarmOptions {
  readonly script: URL
  readonly args?: readonly string[]
  readonly nodes: number
  /** How many processes the nodes are spread over. */
  readonly processes: number
  /** How many messages will be published in all. */
  readonly messages: number
}

/** How long a message may take before it is given up on. */
const LATE_MS = 5_000

/** Nodes of one kind, each connected with all others, in processes of their own. */
export class Swarm {
  readonly #options: SwarmOptions
  readonly #hosts: Hosted[] = []
  #published = 0

  private constructor(options: SwarmOptions) {
    this.#options = options
  }

  static async start(options: SwarmOptions): Promise<Swarm> {
    const swarm = new Swarm(options)
    try {
      await swarm.#start()
      return swarm
    } catch (error) {
      await swarm.stop()
      throw error
    }
  }

  /** Each node in turn publishes one message after the other; `bytes` is how large one is, where that can be chosen. */
  async spread(messages: number, gapMs: number, bytes: number): Promise<Spread & { readonly bytes: number }> {
    const { nodes } = this.#options
    const cpuBefore = await this.#cpuMs()
    const sent = new Map<number, { readonly place: number; readonly at: number }>()
    let size = bytes
    for (let place = 0; place < nodes; place++) {
      const count = Math.floor(messages / nodes)
      const turn: Turn = { place, first: this.#published, count, gapMs, bytes }
      this.#published += count
      const said = (await this.#hostOf(place).ask('publish', turn)) as { sent: Mark[]; bytes: number }
      for (const [message, , at] of said.sent) sent.set(message, { place, at })
      size = said.bytes
    }
    const expected = sent.size * (nodes - 1)
    const deliveries: Delivery[] = []
    const latencies: number[] = []
    const nearest: number[] = []
    const furthest = new Map<number, number>()
    for (const end = performance.now() + LATE_MS; latencies.length < expected && performance.now() < end; ) {
      for (const host of this.#hosts) {
        for (const [message, place, at] of (await host.ask('arrivals')) as Mark[]) {
          const origin = sent.get(message)
          if (!origin) continue
          deliveries.push({ message, from: origin.place, to: place, ms: at - origin.at })
          if (origin.place === place) {
            nearest.push(at - origin.at)
            continue
          }
          latencies.push(at - origin.at)
          furthest.set(message, Math.max(furthest.get(message) ?? 0, at - origin.at))
        }
      }
    }
    if (latencies.length < expected) throw new Error(`${expected - latencies.length} of ${expected} did not arrive`)
    const cpuMs = ((await this.#cpuMs()) - cpuBefore) / expected
    return { deliveries, latencies, nearest, furthest: [...furthest.values()], bytes: size, cpuMs }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.stop()))
  }

  async #start(): Promise<void> {
    const { script, args, nodes, processes, messages } = this.#options
    for (let i = 0; i < processes; i++) this.#hosts.push(await Hosted.start(script, args))
    const others: string[] = []
    for (let place = 0; place < nodes; place++) {
      others.push((await this.#hostOf(place).ask('start', { place, others })) as string)
    }
    for (const host of this.#hosts) await host.ask('ready', { nodes, messages })
  }

  #hostOf(place: number): Hosted {
    return this.#hosts[place % this.#hosts.length] as Hosted
  }

  async #cpuMs(): Promise<number> {
    let cpuMs = 0
    for (const host of this.#hosts) cpuMs += (await host.ask('cpu')) as number
    return cpuMs
  }
}
