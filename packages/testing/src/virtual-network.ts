import type { Connection, ConnectionHandler } from '@trustmesh/mesh-node'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualClock } from './virtual-clock.ts'
import type { VirtualHost } from './virtual-host.ts'

/** How long something is under way, in ms. */
export type Latency = (random: SeededRandom) => number

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

  /** How many connections there are. */
  get size(): number {
    return this.#lines.size
  }

  #line(from: VirtualHost, to: VirtualHost): Line {
    const { time, trace, random, latency = NEARBY } = this.#options
    const pipe = (a: VirtualHost, b: VirtualHost): Pipe =>
      new Pipe({
        ...{ time, trace, from: a, to: b },
        delayMs: () => latency(random),
        isOpen: () => (this.#sides.get(a.name) ?? 0) === (this.#sides.get(b.name) ?? 0),
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

interface PipeOptions {
  readonly time: VirtualClock
  readonly trace: Trace
  readonly from: VirtualHost
  readonly to: VirtualHost
  readonly delayMs: () => number
  /** Whether anything gets through now. */
  readonly isOpen: () => boolean
}

/** One direction of a connection: what is put in comes out in the same order, unless the other host has crashed meanwhile. */
class Pipe {
  readonly to: VirtualHost
  readonly #options: PipeOptions
  readonly #waiting: (() => void)[] = []
  /** Bytes that have not arrived. */
  bytes = 0
  #latestAt = 0

  constructor(options: PipeOptions) {
    this.#options = options
    this.to = options.to
  }

  put(length: number, arrive: () => void): void {
    this.bytes += length
    const arrived = this.to.bound(() => {
      this.bytes -= length
      arrive()
    })
    this.#waiting.push(arrived)
    this.#schedule()
  }

  send(message: Uint8Array, arrive: (sentAt: number) => void): void {
    const { time, trace, from } = this.#options
    const sentAt = time.now
    this.put(message.length, () => {
      trace.record(time.now, `${from.name} > ${this.to.name}`, message)
      arrive(sentAt)
    })
  }

  /** Lets through what has been held up. */
  go(): void {
    for (let left = this.#waiting.length; left > 0; left--) this.#schedule()
  }

  /** One more of those that wait may go, some time from now, if nothing is in the way then. */
  #schedule(): void {
    const { time, delayMs, isOpen } = this.#options
    this.#latestAt = Math.max(this.#latestAt, time.now + delayMs())
    const arrive = (): void => {
      if (isOpen()) this.#waiting.shift()?.()
    }
    time.after(this.#latestAt - time.now, arrive, true)
  }
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
