import type { Connection, ConnectionHandler } from '@trustmesh/mesh-node'
import { Pipe } from './pipe.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualClock } from './virtual-clock.ts'
import type { VirtualHost } from './virtual-host.ts'

/** How long something is under way from one host to another, in ms. */
export type Latency = (random: SeededRandom, from: VirtualHost, to: VirtualHost) => number

/** Machines beside each other, and now and then one that is slow to answer. */
export const NEARBY: Latency = (random) => (random.chance(20) ? random.integer(10, 200) : random.integer(0, 3))

/** How long somebody who dials waits for an answer, and somebody who hangs up for the other end to notice, in ms. */
const OPEN_MS = 2_000
const CLOSE_MS = 2_000

/** One end of a connection. */
export interface VirtualConnection extends Connection {
  /** When the message that is being handed over now was sent, in virtual ms. */
  readonly sentAt: number
}

/** A message that has arrived, and when it was sent and arrived, in virtual ms. */
export interface Carried {
  readonly from: VirtualHost
  readonly to: VirtualHost
  readonly bytes: number
  readonly sentAt: number
  readonly at: number
}

type Accept = (connection: VirtualConnection) => ConnectionHandler

/** What becomes of an attempt to open a connection: one of the two, once. */
export interface Dialled {
  readonly opened: Accept
  readonly failed: () => void
}

export interface VirtualNetworkOptions {
  readonly time: VirtualClock
  readonly random: SeededRandom
  readonly trace: Trace
  readonly latency?: Latency
  /** The share of all that is sent that is lost, and sent again: 0, unless told otherwise, to 1. */
  readonly loss?: number
}

interface Listener {
  readonly host: VirtualHost
  readonly accept: Accept
}

/**
 * Carries messages between hosts, as TCP would: in order on each connection and in no order between two, each of them
 * after some time. Whom a partition separates hear nothing of each other, not even that a connection has ended, until it heals.
 */
export class VirtualNetwork {
  readonly #options: VirtualNetworkOptions
  readonly #listeners = new Map<string, Listener>()
  readonly #lines = new Set<Line>()
  readonly #watchers = new Set<(carried: Carried) => void>()
  /** Which side of the partition somebody is on, by name; all others are on the first. */
  #sides: ReadonlyMap<string, number> = new Map()

  constructor(options: VirtualNetworkOptions) {
    this.#options = options
  }

  /** Takes connections to `ws://{host}`, until the host crashes or the returned function is called. */
  listen(host: VirtualHost, accept: Accept): () => void {
    const listener = { host, accept }
    this.#listeners.set(urlOf(host), listener)
    const close = (): void => {
      forget()
      if (this.#listeners.get(urlOf(host)) === listener) this.#listeners.delete(urlOf(host))
    }
    const forget = host.onCrash(close)
    return close
  }

  /** Opens a connection from a host. The returned function gives up, if it is not open yet. */
  dial(host: VirtualHost, url: string, { opened, failed }: Dialled): () => void {
    const listener = this.#listeners.get(url)
    let isSettled = false
    const settle = (): boolean => {
      const isFirst = !isSettled
      isSettled = true
      cancelTimeout()
      return isFirst
    }
    const cancelTimeout = host.after(OPEN_MS, () => {
      if (settle()) fail()
    })
    const fail = (): void => {
      line.cut()
      failed()
    }
    const line = this.#line(host, listener?.host ?? host)
    line.there.put(0, () => {
      // Looked up anew: who was there may have gone, and who was not may have come.
      const found = this.#listeners.get(url)
      if (!found || found.host !== line.there.to) return line.back.put(0, () => settle() && fail())
      if (isSettled) return
      line.responder.handler = found.accept(line.responder)
      line.back.put(0, () => {
        if (!settle()) return line.initiator.close()
        line.initiator.handler = opened(line.initiator)
      })
    })
    return () => {
      if (settle()) line.cut()
    }
  }

  /** Separates these groups from each other, and all others from them. */
  partition(...groups: readonly (readonly VirtualHost[])[]): void {
    this.#sides = new Map(groups.flatMap((hosts, i) => hosts.map(({ name }) => [name, i + 1])))
  }

  /** Everybody hears everybody again, and what was held up arrives. */
  heal(): void {
    this.#sides = new Map()
    for (const { there, back } of this.#lines) {
      there.go()
      back.go()
    }
  }

  /** Breaks every connection between two hosts; both ends notice once they can. */
  cut(one: VirtualHost, other: VirtualHost): void {
    for (const line of this.#lines) if (line.joins(one) && line.joins(other)) line.cut()
  }

  /** Shows each message as it arrives, until the returned function is called. */
  watch(see: (carried: Carried) => void): () => void {
    this.#watchers.add(see)
    return () => this.#watchers.delete(see)
  }

  /** How many connections there are. */
  get size(): number {
    return this.#lines.size
  }

  #line(from: VirtualHost, to: VirtualHost): Line {
    const { time, trace, random, latency = NEARBY, loss = 0 } = this.#options
    const pipe = (a: VirtualHost, b: VirtualHost): Pipe =>
      new Pipe({
        ...{ time, trace, from: a, to: b },
        delayMs: () => latency(random, a, b),
        isLost: () => loss > 0 && random.integer(0, 999_999) < loss * 1_000_000,
        isOpen: () => (this.#sides.get(a.name) ?? 0) === (this.#sides.get(b.name) ?? 0),
        carried: (bytes, sentAt) => {
          for (const see of this.#watchers) see({ from: a, to: b, bytes, sentAt, at: time.now })
        },
      })
    const line: Line = new Line(pipe(from, to), pipe(to, from), () => this.#lines.delete(line))
    this.#lines.add(line)
    return line
  }
}

/** Where a host is reached. */
export function urlOf({ name }: VirtualHost): string {
  return `ws://${name}`
}

/** Two hosts and the two directions between them. */
class Line {
  readonly initiator: End
  readonly responder: End
  readonly there: Pipe
  readonly back: Pipe
  readonly #over: () => void

  constructor(there: Pipe, back: Pipe, over: () => void) {
    this.there = there
    this.back = back
    this.#over = over
    const ended = (): void => {
      if (this.initiator.isOver && this.responder.isOver) this.#over()
    }
    this.initiator = new End({ out: there, host: back.to, other: () => this.responder, ended })
    this.responder = new End({ out: back, host: there.to, other: () => this.initiator, ended })
    there.givenUp = () => this.initiator.end()
    back.givenUp = () => this.responder.end()
  }

  joins(host: VirtualHost): boolean {
    return this.there.to === host || this.back.to === host
  }

  /** Each end notices as soon as it can. */
  cut(): void {
    this.there.put(0, () => this.responder.end())
    this.back.put(0, () => this.initiator.end())
  }
}

interface EndOptions {
  readonly out: Pipe
  readonly host: VirtualHost
  readonly other: () => End
  readonly ended: () => void
}

class End implements VirtualConnection {
  readonly address: string
  sentAt = 0
  handler: ConnectionHandler | undefined
  readonly #options: EndOptions
  readonly #forget: () => void
  #isClosing = false
  #isOver = false

  constructor(options: EndOptions) {
    this.#options = options
    this.address = options.out.to.name
    this.#forget = options.host.onCrash(() => this.#leave())
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get backlog(): number {
    return this.#options.out.bytes
  }

  send(message: Uint8Array): void {
    if (this.#isClosing || this.#isOver) return
    this.#options.out.send(message, (sentAt) => this.#options.other().#receive(message, sentAt))
  }

  proved(): void {}

  close(): void {
    if (this.#isClosing || this.#isOver) return
    this.#isClosing = true
    this.#tell()
    this.#options.host.after(CLOSE_MS, () => this.end())
  }

  /** The other end is gone, or has taken its leave: so does this one. */
  end(): void {
    if (this.#isOver) return
    this.#forget()
    this.#leave()
    this.handler?.closed()
  }

  #leave(): void {
    this.#isOver = true
    if (!this.#isClosing) this.#tell()
    this.#options.ended()
  }

  #tell(): void {
    this.#options.out.put(0, () => this.#options.other().end())
  }

  #receive(message: Uint8Array, sentAt: number): void {
    if (this.#isOver) return
    this.sentAt = sentAt
    this.handler?.message(message)
  }
}
