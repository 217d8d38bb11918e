import { WebSocket, type WebSocketServer } from 'ws'
import type { JoinUnderTest, MeasuredJoin } from '../joins.ts'
import { type Initiator, splitJoin } from '../split-join.ts'
import { echoServer, portOf, stopServer } from './bare-ws-server.ts'

/** How much a bare join says before it closes. */
export interface BareWsOptions {
  /** Size of the one binary frame that is sent and echoed; 0 for none: connect, accept, close. */
  echoBytes?: number
  /** Whether the server does the cryptography of a handshake at each connection: one of each part, and nothing with it. */
  parts?: boolean
}

/**
 * The floor under every join over WebSocket: `ws` with no identity, no encryption and no compression. Connect,
 * accept, one binary frame of 256 bytes there and back, close. Both ends are in this process, so both are counted.
 */
export function bareWsJoin(options: BareWsOptions = {}): JoinUnderTest {
  let server: WebSocketServer | undefined
  let initiator: Initiator | undefined
  return {
    name: 'bare ws',
    setUp: async () => {
      server = await echoServer()
      initiator = bareWsInitiator(portOf(server), options)
    },
    join: async () => initiator?.join(),
    tearDown: async () => {
      if (server !== undefined) await stopServer(server)
    },
  }
}

/** The same join with the server in a process of its own, so that the server's CPU can be told from the client's. */
export function splitBareWsJoin(options: BareWsOptions = {}): MeasuredJoin {
  return splitJoin({
    name: 'bare ws, server alone',
    joins: 250,
    script: new URL('./bare-ws-responder.js', import.meta.url),
    args: options.parts ? ['parts'] : [],
    initiator: (info) => bareWsInitiator(Number(info), options),
  })
}

function bareWsInitiator(port: number, { echoBytes = 256 }: BareWsOptions): Initiator {
  const payload = Buffer.alloc(echoBytes, 7)
  return {
    join: () =>
      new Promise((resolve, reject) => {
        let usable = false
        const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
        const onUsable = (): void => {
          usable = true
          socket.close()
        }
        socket.on('open', () => (echoBytes === 0 ? onUsable() : socket.send(payload)))
        socket.on('message', onUsable)
        socket.on('error', reject)
        socket.on('close', (code) => (usable ? resolve() : reject(new Error(`closed with ${code} before the echo`))))
      }),
  }
}
