/** Asks for a greeting: `node visitor.js DID`, the Did of the greeter. */

import { joinMesh, MeshError, parseDid } from '@trustmesh/sdk'

const greeter = parseDid(process.argv[2])
await using mesh = await joinMesh({ name: 'visitor' })
console.log(`asking as ${mesh.did}`)

try {
  console.log(await mesh.request(greeter, 'greet', 'visitor'))
} catch (error) {
  if (!(error instanceof MeshError && error.denial)) throw error
  const { code, why, fix } = error.denial
  console.log(`denied: ${code}\n  why  ${why.join('; ')}\n  fix  ${fix}`)
  process.exitCode = 1
}
