import { CLOSE_CODES, type CloseCode } from '@trustmesh/protocol'
import type { WebSocket } from 'ws'
import type { Accept, Connection } from './connection.ts'

/** What the library calls a length beyond ours, and one beyond any. */
const TOO_BIG: readonly string[] = ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH']

/** Puts an open WebSocket into the hands of whoever takes connections, whichever end opened it. */
export function takeWs(
  ws: WebSocket,
  { address, proved }: Pick<Connection, 'address' | 'proved'>,
  accept: Accept,
): void {
  const handler = accept({
    address,
    proved,
    get backlog() {
      return ws.bufferedAmount
    },
    send(message) {
      if (ws.readyState === ws.OPEN) ws.send(message, { binary: true, fin: true })
    },
    close(code) {
      // What came before, refusals above all, is still sent; whoever does not answer the close is cut off by the library.
      ws.close(CLOSE_CODES[code].ws)
    },
  })
  const violation = (code: CloseCode): void => {
    ws.close(CLOSE_CODES[code].ws)
    handler.violation(code)
  }
  ws.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return violation('frame.text')
    handler.message(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  })
  // The library has sent its close frame already.
  ws.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
    handler.violation(TOO_BIG.includes(code) ? 'frame.too-big' : 'frame.malformed'),
  )
  ws.on('close', () => handler.closed())
}
