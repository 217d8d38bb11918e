import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import type { JoinFile } from './test-node.ts'

/** A message on its way through a relay. */
export interface Passing {
  /** From 0, in the order in which the agents connected. */
  readonly connection: number
  readonly to: 'node' | 'agent'
  /** From 0, in its direction. */
  readonly index: number
  readonly bytes: Uint8Array
}

/** What the relay does with a message: what it sends on instead, none, one or more. */
export type Meddling = (passing: Passing) => readonly Uint8Array[]

/** Somebody in the path between agents and their node, who sees every message and may do with it as they please. */
export class Relay implements AsyncDisposable {
  /** All messages that came, as they came. */
  readonly seen: Passing[] = []
  readonly #server: WebSocketServer
  readonly #target: JoinFile
  readonly #meddle: Meddling
  #connections = 0
  #isCut = false
  /** How often somebody has come since it was cut. */
  turnedAway = 0

  static async start(target: JoinFile, meddle: Meddling = ({ bytes }) => [bytes]): Promise<Relay> {
    const relay = new Relay(target, meddle)
    await once(relay.#server, 'listening')
    return relay
  }

  private constructor(target: JoinFile, meddle: Meddling) {
    this.#server = new WebSocketServer({ host: '127.0.0.1', port: 0, verifyClient: () => this.#lets() })
    this.#target = target
    this.#meddle = meddle
    this.#server.on('connection', (agent) => this.#join(agent))
  }

  /** What leads an agent here instead of to the node. */
  get joinFile(): JoinFile {
    return { ...this.#target, url: `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}` }
  }

  get connections(): number {
    return this.#connections
  }

  /** Cuts everybody off, and lets nobody through until it is told to. */
  cut(): void {
    this.#isCut = true
    this.turnedAway = 0
    for (const client of this.#server.clients) client.terminate()
  }

  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #lets(): boolean {
    if (this.#isCut) this.turnedAway++
    return !this.#isCut
  }

  #join(agent: WebSocket): void {
    const connection = this.#connections++
    const node = new WebSocket(this.#target.url, { perMessageDeflate: false })
    const opened = once(node, 'open').catch(() => {})
    this.#pass(agent, node, opened, { connection, to: 'node' })
    this.#pass(node, agent, opened, { connection, to: 'agent' })
  }

  #pass(from: WebSocket, to: WebSocket, opened: Promise<unknown>, where: Pick<Passing, 'connection' | 'to'>): void {
    let index = 0
    from.on('message', (data: Buffer) => {
      const passing = { ...where, index: index++, bytes: new Uint8Array(data) }
      this.seen.push(passing)
      const forwarded = this.#meddle(passing)
      void opened.then(() => {
        for (const bytes of forwarded) if (to.readyState === WebSocket.OPEN) to.send(bytes)
      })
    })
    from.on('error', () => {})
    from.on('close', () => to.terminate())
  }
}
