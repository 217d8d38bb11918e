/** Borrows the server's search and hands it on: `node borrow.js SERVER WHOM`, their Dids. Prints the chain. */

import { Chain, joinMesh, parseDid } from '@trustmesh/sdk'

const [server, whom] = [parseDid(process.argv[2]), parseDid(process.argv[3])]
await using mesh = await joinMesh({ name: 'mcp-borrower' })
console.log(`borrowing as ${mesh.did}`)

const own = Chain.from(await mesh.request(server, 'borrow'))
const where = [{ op: 'eq', at: ['params', 'arguments', 'query'], value: 'trust' }] as const
console.log(`chain ${await mesh.delegate(whom, { can: '/tool/search', from: own, where })}`)
