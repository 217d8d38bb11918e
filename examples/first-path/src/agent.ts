/**
 * One agent, in a process of its own: `node agent.js NAME`. It joins the mesh whose node runs on this machine, serves
 * `task` to whoever is trusted and `search` to whoever shows a chain for it, and does what its parent asks over IPC.
 */

import { Chain, joinMesh, type Mesh, MeshError } from '@trustmesh/sdk'
import { crowd } from './crowd.ts'
import type { Order, Report } from './orders.ts'

const name = process.argv[2] ?? 'agent'
let mesh = await join()
/** The chains that this agent lent, and the one that was lent to it. */
const lent: Chain[] = []
let borrowed: Chain | undefined

process.on('message', (order: Order) => void carryOut(order))
process.on('disconnect', () => process.exit(0))
report({ type: 'joined', did: mesh.did })

async function join(): Promise<Mesh> {
  const joined = await joinMesh({ name })
  joined.on('task', { minTier: 'trusted' }, (task, peer) => ({ done: task as string, for: peer.did }))
  joined.on('search', { can: '/tool/search' }, (_, peer) => ({
    found: 3,
    for: peer.did,
    over: peer.chain?.links.length ?? 0,
  }))
  joined.on('lend', {}, (chain) => {
    borrowed = Chain.from(chain)
  })
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
    case 'search':
      return await mesh.request(order.whom, 'search', { corpus: order.corpus }, borrowed ? { chain: borrowed } : {})
    case 'attest':
      return await mesh.attest(order.whom, { value: order.value })
    case 'lend': {
      const where = order.corpus ? [{ op: 'eq' as const, at: ['corpus'], value: order.corpus }] : []
      const terms = borrowed ? { from: borrowed, where } : { depth: 1, where }
      const chain = await mesh.delegate(order.whom, { can: '/tool/search', ...terms })
      lent.push(chain)
      await mesh.request(order.whom, 'lend', chain.links)
      return null
    }
    case 'take-back':
      return lent[0] && (await mesh.revoke(lent[0], 'no longer needed'))
    case 'crowd':
      return await crowd(order)
    case 'rejoin':
      mesh = await join()
      return mesh.did
  }
}

function report(what: Report): void {
  process.send?.(what)
}
