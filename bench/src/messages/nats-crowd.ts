/** `node nats-crowd.js PLACE`: clients of a NATS server, each with a subject of its own, so that it can be reached. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { hostCrowd } from './crowd.ts'

hostCrowd(async (n, place) => {
  const { hostname, port } = new URL(`nats://${place}`)
  const socket: Socket = connect({ host: hostname, port: Number(port) })
  socket.on('data', (data) => {
    if (data.includes('PING\r\n')) socket.write('PONG\r\n')
  })
  await once(socket, 'data')
  socket.write(`CONNECT {"verbose":false,"pedantic":false,"lang":"node","protocol":1}\r\nSUB idle.${n} 1\r\nPING\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (!answer.includes('PONG')) throw new Error(`the server says ${answer}`)
})
