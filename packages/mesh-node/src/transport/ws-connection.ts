import { systemClock } from '@trustmesh/identity/node'
import { CLOSE_CODES, type CloseCode } from '@trustmesh/protocol'
import type { WebSocket } from 'ws'
import { TokenBucket } from '../token-bucket.ts'
import type { Accept, Connection } from './connection.ts'

/** What the library calls a length beyond ours, and one beyond any. */
const TOO_BIG: readonly string[] = ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH']

/** Pings and pongs of WebSocket that the other end may send: the protocol has its own, and a proxy needs one now and then. */
const CONTROLS = { perSecond: 4, atOnce: 32 }

const BINARY = { binary: true, fin: true } as const

type Origin = Pick<Connection, 'address' | 'proved'>

class WsConnection implements Connection {
  readonly address: string
  readonly proved: () => void
  readonly #ws: WebSocket

  constructor(ws: WebSocket, { address, proved }: Origin) {
    this.address = address
    this.proved = proved
    this.#ws = ws
  }

  get backlog(): number {
    return this.#ws.bufferedAmount
  }

  send(message: Uint8Array): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(message, BINARY)
  }

  close(code: CloseCode): void {
    // What came before, refusals above all, is still sent; whoever does not answer the close is cut off by the library.
    this.#ws.close(CLOSE_CODES[code].ws)
  }
}

/** Puts an open WebSocket into the hands of whoever takes connections, whichever end opened it. */
export function takeWs(ws: WebSocket, origin: Origin, accept: Accept): void {
  const connection = new WsConnection(ws, origin)
  const handler = accept(connection)
  ws.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return handler.message(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    connection.close('frame.text')
    handler.violation('frame.text')
  })
  const { monotonic } = systemClock
  const controls = new TokenBucket(CONTROLS.perSecond, monotonic(), CONTROLS.atOnce)
  const control = (): void => {
    if (ws.readyState !== ws.OPEN || controls.take(monotonic())) return
    connection.close('session.rate-limited')
    handler.violation('session.rate-limited')
    // Each would be answered still while the other end is waited for.
    ws.pause()
  }
  ws.on('ping', control)
  ws.on('pong', control)
  // The library has sent its close frame already.
  ws.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
    handler.violation(TOO_BIG.includes(code) ? 'frame.too-big' : 'frame.malformed'),
  )
  ws.on('close', () => handler.closed())
}
