import { CLOSE_CODES } from '@trustmesh/protocol'
import type { Socket, SocketHandler } from '../platform/platform.ts'

/** The browser's own WebSocket. */
export function connectBrowser(url: string, handler: SocketHandler): Socket {
  const ws = new WebSocket(url)
  ws.binaryType = 'arraybuffer'
  ws.addEventListener('open', () => handler.open())
  ws.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) handler.message(new Uint8Array(data))
    else ws.close(CLOSE_CODES['session.closed'].ws)
  })
  ws.addEventListener('close', () => handler.closed())
  return {
    get backlog() {
      return ws.bufferedAmount
    },
    send: (message) => {
      if (ws.readyState === ws.OPEN) ws.send(message as Uint8Array<ArrayBuffer>)
    },
    // A page may close with 1000 or 3000 and above only.
    close: (code = 'session.closed') =>
      ws.close(Math.max(CLOSE_CODES[code].ws, 3000) === 3000 ? 1000 : CLOSE_CODES[code].ws),
  }
}
