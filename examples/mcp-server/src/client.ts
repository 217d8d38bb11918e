/** Uses the tools of an MCP server: `node client.js SERVER [CHAIN]`, its Did, and a chain for `search` if there is one. */

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { Chain, joinMesh, MeshError, parseDid } from '@trustmesh/sdk'
import { MeshClientTransport } from './mesh-client-transport.ts'

const [server, chain] = [parseDid(process.argv[2]), process.argv[3]]
await using mesh = await joinMesh({ name: 'mcp-client' })
console.log(`calling as ${mesh.did}`)

const client = new Client({ name: 'mcp-client', version: '1.0.0' })
try {
  await client.connect(new MeshClientTransport(mesh, server, chain ? { search: Chain.parse(chain) } : {}))
  const { tools } = await client.listTools()
  console.log(`tools: ${tools.map(({ name }) => name).join(', ')}`)
  for (const name of ['whoami', 'search']) {
    const { content, isError } = await client.callTool({ name, arguments: { query: 'trust' } })
    console.log(`${name}: ${isError ? 'denied ' : ''}${JSON.stringify(content)}`)
  }
  await client.close()
} catch (error) {
  if (!(error instanceof MeshError && error.denial)) throw error
  console.log(`denied: ${error.denial.code} → ${error.denial.fix}`)
  process.exitCode = 1
}
