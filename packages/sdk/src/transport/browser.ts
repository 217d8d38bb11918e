import { CLOSE_CODES } from '@trustmesh/protocol'
import type { Socket, SocketHandler } from '../platform/platform.ts'

/** The browser's own WebSocket. */
export function connectBrowser(url: string, handler: SocketHandler): Socket {
  const ws = new WebSocket(url)
  ws.binaryType = 'arraybuffer'
  ws.addEventListener('open', () => handler.open())
  ws.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) handler.message(new Uint8Array(data))
    else handler.text()
  })
  ws.addEventListener('close', () => handler.closed())
  return {
    get backlog() {
      return ws.bufferedAmount
    },
    send: (message) => {
      if (ws.readyState === ws.OPEN) ws.send(message as Uint8Array<ArrayBuffer>)
    },
    // A page may close with 1000 or 3000 and above only; ours above that begin at 4000.
    close: (code = 'session.closed') => {
      const { ws: number } = CLOSE_CODES[code]
      ws.close(number < 4000 ? 1000 : number)
    },
  }
}
