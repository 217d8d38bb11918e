/** `node ws-hub.js`: a bare relay. What the sender sends, in frames of its own, goes to the receiver, each in a frame of its own. */

import { once } from 'node:events'
import { type WebSocket, WebSocketServer } from 'ws'
import { portOf, stopServer } from '../peers/bare-ws-server.ts'
import { hostHub } from './hub.ts'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
let receiver: WebSocket | undefined
server.on('connection', (socket, { url }) => {
  if (url === '/receiver') receiver = socket
  else socket.on('message', (data) => receiver?.send(data))
})
await once(server, 'listening')
hostHub({ place: `ws://127.0.0.1:${portOf(server)}`, stop: () => stopServer(server) })
