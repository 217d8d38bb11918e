/** `node ws-end.js ROLE PLACE`: a client of the bare relay: no identity, no encryption, no batches. */

import { once } from 'node:events'
import { WebSocket } from 'ws'
import { CONTENT, hostEnd, WINDOW } from './end.ts'

await hostEnd(async (role, place, arrived) => {
  const socket = new WebSocket(`${place}/${role}`, { perMessageDeflate: false })
  socket.on('message', arrived)
  await once(socket, 'open')
  return {
    async send(isOver) {
      let sent = 0
      // What has been written is settled: there is nobody who would acknowledge it.
      for (; !isOver(); sent += WINDOW) {
        for (let i = 1; i < WINDOW; i++) socket.send(CONTENT)
        await new Promise((resolve) => socket.send(CONTENT, resolve))
      }
      return sent
    },
    stop: async () => socket.terminate(),
  }
})
