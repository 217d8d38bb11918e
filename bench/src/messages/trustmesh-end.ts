/** `node trustmesh-end.js ROLE PLACE`: an agent of ours by the public SDK, that lets nobody reach a handler but whom it trusts. */

import { CONTENT, hostEnd, WINDOW } from './end.ts'
import { join, receiver } from './trustmesh-mesh.ts'

await hostEnd(async (role, place, arrived) => {
  const mesh = await join(role, place)
  mesh.on('note', { minTier: 'trusted' }, arrived)
  mesh.on('echo', { minTier: 'trusted' }, (content) => content)
  return {
    async send(isOver) {
      let sent = 0
      // Each goes on as soon as its own message is settled: what is settled in one turn is followed by as many in that turn.
      const lane = async (): Promise<void> => {
        for (; !isOver(); sent++) await mesh.send(receiver.did, 'note', CONTENT)
      }
      await Promise.all(Array.from({ length: WINDOW }, lane))
      return sent
    },
    async request() {
      await mesh.request(receiver.did, 'echo', CONTENT)
    },
    stop: () => mesh[Symbol.asyncDispose](),
  }
})
