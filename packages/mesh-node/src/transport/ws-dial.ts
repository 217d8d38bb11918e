import { LIMITS } from '@trustmesh/protocol'
import { type ClientOptions, WebSocket } from 'ws'
import type { Dial } from './connection.ts'
import { takeWs } from './ws-connection.ts'

/** How long the other end may take until it speaks WebSocket: a path that drops packets is not waited for. */
const OPEN_MS = 2_000

/**
 * No redirects (threat M11), no compression (M9), nothing larger than the protocol's messages (M5). A certificate is checked
 * whatever the environment says; private authorities are named by `NODE_EXTRA_CA_CERTS`.
 */
const OPTIONS: ClientOptions & { readonly closeTimeout: number } = {
  followRedirects: false,
  maxRedirects: 0,
  perMessageDeflate: false,
  maxPayload: LIMITS.messageBytes,
  handshakeTimeout: OPEN_MS,
  closeTimeout: 2_000,
  skipUTF8Validation: true,
  rejectUnauthorized: true,
  minVersion: 'TLSv1.2',
}

/** Opens a WebSocket to another node. */
export const dialWs: Dial = (url, { opened, failed }) => {
  const ws = new WebSocket(url, OPTIONS)
  let isSettled = false
  const fail = (): void => {
    if (isSettled) return
    isSettled = true
    failed()
  }
  const address = new URL(url).hostname
  // A message may come with the answer to the upgrade: whoever takes it has to be there before.
  ws.once('open', () => {
    if (isSettled) return ws.terminate()
    isSettled = true
    takeWs(ws, { address, proved: () => {} }, opened)
  })
  // Whatever it was, a close follows.
  ws.on('error', () => {})
  ws.once('close', fail)
  return () => {
    if (isSettled) return
    isSettled = true
    ws.terminate()
  }
}
