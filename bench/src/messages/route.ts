import type { Hosted } from '../hosted.ts'
import type { Usage } from './hub.ts'
import { Processes } from './processes.ts'

/** A kind of route: the scripts of its hub and its ends, and what else the ends are told. */
export interface RouteScripts {
  readonly hub: string
  readonly end: string
  readonly args?: readonly string[]
}

/** What came of sending messages for a while. */
export interface Relayed {
  /** Messages per second, as the receiver saw them. */
  readonly perSecond: number
  /** CPU of each process for each message, µs. */
  readonly senderMicros: number
  readonly hubMicros: number
  readonly receiverMicros: number
}

/** A hub, and two ends that send messages through it: each a process of its own. */
export class Route {
  readonly #processes: Processes
  readonly #hub: Hosted
  readonly #receiver: Hosted
  readonly #sender: Hosted

  private constructor(processes: Processes, hub: Hosted, receiver: Hosted, sender: Hosted) {
    this.#processes = processes
    this.#hub = hub
    this.#receiver = receiver
    this.#sender = sender
  }

  static async start({ hub: hubScript, end, args = [] }: RouteScripts): Promise<Route> {
    const processes = new Processes()
    try {
      const hub = await processes.start(hubScript)
      const place = (await hub.ask('place')) as string
      const receiver = await processes.start(end, 'receiver', place, ...args)
      return new Route(processes, hub, receiver, await processes.start(end, 'sender', place, ...args))
    } catch (error) {
      await processes.stop()
      throw error
    }
  }

  /** Sends messages for so long, until the last has arrived. */
  async relay(ms: number): Promise<Relayed> {
    const before = await this.#cpuMs()
    const count = (await this.#sender.ask('send', ms)) as number
    const wallMs = (await this.#receiver.ask('received', count)) as number
    const after = await this.#cpuMs()
    const micros = (whose: keyof typeof after): number => ((after[whose] - before[whose]) / count) * 1000
    return {
      perSecond: (count / wallMs) * 1000,
      ...{ senderMicros: micros('sender'), hubMicros: micros('hub'), receiverMicros: micros('receiver') },
    }
  }

  /** How long each of so many requests took, one after the other, in ms. */
  async latencies(requests: number): Promise<readonly number[]> {
    return (await this.#sender.ask('request', requests)) as number[]
  }

  stop(): Promise<void> {
    return this.#processes.stop()
  }

  async #cpuMs(): Promise<{ sender: number; hub: number; receiver: number }> {
    const { cpuMs: hub } = (await this.#hub.ask('usage')) as Usage
    return {
      hub,
      sender: (await this.#sender.ask('cpu')) as number,
      receiver: (await this.#receiver.ask('cpu')) as number,
    }
  }
}
