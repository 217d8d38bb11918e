/** `node trustmesh-hub.js`: a node of ours, as an operator runs it. */

import { startMember } from '../member-node.ts'
import { hostHub } from './hub.ts'
import { founding, receiver, sender } from './trustmesh-mesh.ts'

const roots = [sender.did, receiver.did]
const member = await startMember({ founding, roots })
const { net, root, authorities, threshold } = founding.mesh
hostHub({
  place: JSON.stringify({
    ...{ version: 1, ...member.peer, net: Buffer.from(net).toString('hex') },
    ...{ root, roots, authorities, threshold },
  }),
  stop: async () => member[Symbol.asyncDispose](),
})
