import { CLOSE_CODES, LIMITS } from '@trustmesh/protocol'
import { type ClientOptions, WebSocket } from 'ws'
import type { Socket, SocketHandler } from '../platform/platform.ts'

/** No redirects (threat M11), no compression (M9), nothing larger than the protocol's messages (M5), no waiting for the mute. A certificate is checked whatever the environment says. */
const OPTIONS: ClientOptions & { readonly closeTimeout: number } = {
  followRedirects: false,
  maxRedirects: 0,
  perMessageDeflate: false,
  maxPayload: LIMITS.messageBytes,
  handshakeTimeout: LIMITS.handshakeMs,
  closeTimeout: 2_000,
  skipUTF8Validation: true,
  rejectUnauthorized: true,
  minVersion: 'TLSv1.2',
}

/** A WebSocket to a node. */
export function connectWs(url: string, handler: SocketHandler): Socket {
  const ws = new WebSocket(url, OPTIONS)
  ws.on('open', () => handler.open())
  ws.on('message', (data: Buffer, isBinary) => {
    if (isBinary) handler.message(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    else handler.text()
  })
  // Whatever it was, a close follows.
  ws.on('error', () => {})
  ws.on('close', () => handler.closed())
  return {
    get backlog() {
      return ws.bufferedAmount
    },
    send: (message) => {
      if (ws.readyState === ws.OPEN) ws.send(message, { binary: true })
    },
    close: (code = 'session.closed') => {
      if (ws.readyState === ws.CONNECTING) ws.terminate()
      else ws.close(CLOSE_CODES[code].ws)
    },
  }
}
