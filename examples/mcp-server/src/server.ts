/**
 * An MCP server whose callers are Dids. Whoever is known can see its tools; `search` is for whoever is trusted, or acts on
 * behalf of somebody who may.
 */

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { type Caller, type Did, joinMesh } from '@trustmesh/sdk'
import { z } from 'zod'
import { MeshServerTransport } from './mesh-server-transport.ts'

const MAX_SESSIONS = 1_000
const CAN = '/tool/search'

await using mesh = await joinMesh({ name: 'mcp-server' })
const forTrusted = mesh.gate({ minTier: 'trusted' }, { kind: 'tools/call search' })
const forChains = mesh.gate({ can: CAN }, { kind: 'tools/call search' })
/** One of each caller, the oldest first. */
const sessions = new Map<Did, MeshServerTransport>()

mesh.on('mcp', { minTier: 'known' }, async (message, peer) => (await sessionOf(peer.did)).receive(message, peer))
mesh.on(CAN, { can: CAN }, async (message, peer) => (await sessionOf(peer.did)).receive(message, peer))
mesh.on('borrow', { minTier: 'trusted' }, async (_, peer) => {
  return (await mesh.delegate(peer.did, { can: CAN, depth: 1, ttlMs: 3_600_000 })).links
})

function server(): McpServer {
  const server = new McpServer({ name: 'mcp-server', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Who you are to this server' }, ({ authInfo }) => {
    return text(`${authInfo?.clientId}`)
  })
  const inputSchema = { query: z.string().max(256) }
  server.registerTool('search', { description: 'Searches', inputSchema }, async ({ query }, { authInfo }) => {
    const caller = authInfo?.extra?.['caller'] as Caller
    const ruling = await (caller.chain ? forChains : forTrusted).decide(caller)
    if (!ruling.allow) return { ...text(JSON.stringify(ruling.denial)), isError: true }
    return text(`3 results for ${query}`)
  })
  return server
}

async function sessionOf(caller: Did): Promise<MeshServerTransport> {
  const known = sessions.get(caller)
  if (known) return known
  const [oldest] = sessions
  if (oldest && sessions.size === MAX_SESSIONS) {
    sessions.delete(oldest[0])
    await oldest[1].close()
  }
  const transport = new MeshServerTransport()
  sessions.set(caller, transport)
  await server().connect(transport)
  return transport
}

function text(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] }
}

console.log(`serving as ${mesh.did}`)
await mesh.closed()
