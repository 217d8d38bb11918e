/**
 * One agent, in a process of its own: `node agent.js NAME`. It joins the mesh whose node runs on this machine, serves
 * `task` to whoever is trusted, and does what its parent asks over IPC.
 */

import { joinMesh, type Mesh, MeshError } from '@trustmesh/sdk'
import type { Order, Report } from './orders.ts'

const name = process.argv[2] ?? 'agent'
let mesh = await join()

process.on('message', (order: Order) => void carryOut(order))
process.on('disconnect', () => process.exit(0))
report({ type: 'joined', did: mesh.did })

async function join(): Promise<Mesh> {
  const joined = await joinMesh({ name })
  joined.on('task', { minTier: 'trusted' }, (task, peer) => ({ done: task as string, for: peer.did }))
  void joined
    .closed()
    .then((reason) => report({ type: 'closed', reason, atMs: performance.timeOrigin + performance.now() }))
  return joined
}

async function carryOut(order: Order): Promise<void> {
  try {
    report({ type: 'done', answer: await perform(order) })
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
    const { code, denial } = error
    report({ type: 'failed', code, ...(denial ? { denial } : {}) })
  }
}

async function perform(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'ask':
      return await mesh.request(order.whom, 'task', order.task)
    case 'attest':
      return await mesh.attest(order.whom, { value: order.value })
    case 'rejoin':
      mesh = await join()
      return mesh.did
  }
}

function report(what: Report): void {
  process.send?.(what)
}
