import type { Trace } from './trace.ts'
import type { VirtualClock } from './virtual-clock.ts'
import type { VirtualHost } from './virtual-host.ts'

export interface PipeOptions {
  readonly time: VirtualClock
  readonly trace: Trace
  readonly from: VirtualHost
  readonly to: VirtualHost
  readonly delayMs: () => number
  /** Whether what is sent now gets lost. */
  readonly isLost: () => boolean
  /** Whether anything gets through now. */
  readonly isOpen: () => boolean
  /** A message has arrived. */
  readonly carried: (bytes: number, sentAt: number) => void
}

/**
 * How long TCP waits for a word on what it has sent, over the time there and back: twice as long each time, and after so
 * many times it gives the connection up (RFC 6298; Linux begins with 200 ms. RFC 1122 asks for 100 s at least).
 */
const RESEND_MS = 200
const MAX_RESENDS = 8

/** One direction of a connection: what is put in comes out in the same order, unless the other host has crashed meanwhile. */
export class Pipe {
  readonly to: VirtualHost
  /** What was put in has been lost too often: nothing comes out from then on. */
  givenUp: () => void = () => {}
  readonly #options: PipeOptions
  readonly #waiting: (() => void)[] = []
  /** Bytes that have not arrived. */
  bytes = 0
  #latestAt = 0
  #isGivenUp = false

  constructor(options: PipeOptions) {
    this.#options = options
    this.to = options.to
  }

  put(length: number, arrive: () => void): void {
    this.bytes += length
    if (this.#isGivenUp) return
    const { delayMs, from } = this.#options
    const latencyMs = delayMs()
    const losses = this.#losses()
    const resendMs = (RESEND_MS + 2 * latencyMs) * (2 ** losses - 1)
    if (losses > MAX_RESENDS) {
      this.#isGivenUp = true
      from.after(resendMs, () => this.givenUp())
      return
    }
    const arrived = this.to.bound(() => {
      this.bytes -= length
      arrive()
    })
    this.#waiting.push(arrived)
    this.#schedule(latencyMs + resendMs)
  }

  send(message: Uint8Array, arrive: (sentAt: number) => void): void {
    const { time, trace, from, carried } = this.#options
    const sentAt = time.now
    this.put(message.length, () => {
      trace.record(time.now, `${from.name} > ${this.to.name}`, message)
      carried(message.length, sentAt)
      arrive(sentAt)
    })
  }

  /** Lets through what has been held up. */
  go(): void {
    for (let left = this.#waiting.length; left > 0; left--) this.#schedule(this.#options.delayMs())
  }

  /** One more of those that wait may go, some time from now, if nothing is in the way then. */
  #schedule(delayMs: number): void {
    const { time, isOpen } = this.#options
    this.#latestAt = Math.max(this.#latestAt, time.now + delayMs)
    const arrive = (): void => {
      if (isOpen()) this.#waiting.shift()?.()
    }
    time.after(this.#latestAt - time.now, arrive, true)
  }

  /** How often it has to be sent again. */
  #losses(): number {
    let losses = 0
    while (losses <= MAX_RESENDS && this.#options.isLost()) losses++
    return losses
  }
}
