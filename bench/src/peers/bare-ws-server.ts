import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

/** A WebSocket server on 127.0.0.1 that sends each binary frame back, uncompressed; `greet` is called at each connection. */
export async function echoServer(greet?: () => void): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data))
    greet?.()
  })
  await once(server, 'listening', { signal: AbortSignal.timeout(10_000) })
  return server
}

/** The port that the system chose for it. */
export function portOf(server: WebSocketServer): number {
  return (server.address() as AddressInfo).port
}

/** Stops listening; resolves when the last connection is gone. */
export async function stopServer(server: WebSocketServer): Promise<void> {
  for (const client of server.clients) client.terminate()
  await new Promise<void>((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
  })
}
