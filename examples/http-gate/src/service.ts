/** Serves a report by HTTP to whoever is trusted, by what the mesh holds of them at that moment. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { joinMesh } from '@trustmesh/sdk'
import { Passes } from './passes.ts'

await using mesh = await joinMesh({ name: 'service' })
const passes = new Passes()
const gate = mesh.gate({ minTier: 'trusted' }, { kind: 'GET /report' })

// Who asks over the mesh has proved its Did, end to end: a pass is given to nobody else.
mesh.on('pass', { minTier: 'known' }, (_, peer) => passes.issue(peer.did))

async function answerTo(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  if (request.url !== '/report') return { status: 404, body: { code: 'http.not-found' } }
  const [, pass = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
  const did = passes.holderOf(pass)
  if (!did) return { status: 401, body: { code: 'http.no-pass', fix: `ask ${mesh.did} for a pass, over the mesh` } }
  // Each time: a pass says who it is, and never whether they may.
  const ruling = await gate.decide(did)
  return ruling.allow ? { status: 200, body: { report: 42, for: did } } : { status: 403, body: ruling.denial }
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answerTo(request)
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

const server = createServer((request, response) => void serve(request, response))
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  console.log(`serving as ${mesh.did}`)
  console.log(`at http://127.0.0.1:${(server.address() as AddressInfo).port}/report`)
})
await mesh.closed()
server.close()
