import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Did, Identity } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import {
  type Applicant,
  type Established,
  type Frame,
  HandshakeConduct,
  LIMITS,
  type Refusal,
  responder,
  Session,
  stepResponder,
  type Welcome,
} from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { type WebSocket, WebSocketServer } from 'ws'
import type { JoinFile } from './test-node.ts'

export type Say = (...frames: readonly Frame[]) => void

export interface LyingNodeOptions {
  /** The node that it stands in for, and whose key it holds. */
  readonly instead: JoinFile
  readonly identity: Identity
  /** What it says to whoever has proved who it is; `tries` counts from 1. */
  readonly admit?: (applicant: Applicant, tries: number) => Welcome | Refusal
  /** What it says to whoever it has let in. */
  readonly greet?: (say: Say, tries: number, agent: Did) => void
  /** What it says to each frame of whoever it has let in. */
  readonly replies?: (frame: Frame, agent: Did) => readonly Frame[]
  /** Reads nothing any more once it has let somebody in, and so does not answer a close either. */
  readonly isDeaf?: boolean
}

export const WELCOME: Welcome = { limits: { messageBytes: LIMITS.messageBytes, idleMs: LIMITS.idleMs } }

/** A node that has a node's key, and says with it what it likes. */
export class LyingNode implements AsyncDisposable {
  readonly #server: WebSocketServer
  readonly #options: LyingNodeOptions
  readonly #agents = new WeakMap<WebSocket, Did>()
  #tries = 0

  static async start(options: LyingNodeOptions): Promise<LyingNode> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    return new LyingNode(server, options)
  }

  private constructor(server: WebSocketServer, options: LyingNodeOptions) {
    this.#server = server
    this.#options = options
    server.on('connection', (ws) => this.#receive(ws))
  }

  get joinFile(): JoinFile {
    return { ...this.#options.instead, url: `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}` }
  }

  /** How many have proved to it who they are. */
  get tries(): number {
    return this.#tries
  }

  /** Loses an agent, or everybody; they may come back. */
  drop(agent?: Did): void {
    for (const client of this.#server.clients) {
      if (agent === undefined || this.#agents.get(client) === agent) client.terminate()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #receive(ws: WebSocket): void {
    const { instead, identity, admit = () => WELCOME } = this.#options
    const state = responder({
      net: Buffer.from(instead.net, 'hex'),
      did: identity.did,
      ephemeral: generateKeyPair,
      challenge: systemRandom(32),
      attachments: [],
      deadline: systemClock.monotonic() + LIMITS.handshakeMs,
    })
    const conduct = new HandshakeConduct(state, stepResponder, {
      send: (bytes) => ws.send(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => systemClock.monotonic(),
      admit: async (applicant) => admit(applicant, ++this.#tries),
      conclude: (outcome) => {
        if (outcome.type === 'established') this.#greet(ws, outcome.established)
        else ws.close()
      },
    })
    ws.on('message', (data: Buffer) => conduct.receive(new Uint8Array(data)))
    ws.on('error', () => {})
  }

  #greet(ws: WebSocket, established: Established): void {
    this.#agents.set(ws, established.peer)
    if (this.#options.isDeaf) ws.pause()
    const session = new Session({ established, role: 'responder', at: systemClock.monotonic() })
    const { greet, replies } = this.#options
    const say: Say = (...frames) => {
      for (const frame of frames) session.push(frame)
      for (const message of session.flush(systemClock.monotonic())) ws.send(message)
    }
    greet?.(say, this.#tries, established.peer)
    if (!replies) return
    ws.on('message', (data: Buffer) => {
      for (const frame of session.open(new Uint8Array(data))) say(...replies(frame, established.peer))
    })
  }
}
