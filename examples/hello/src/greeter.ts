/** Greets whoever the mesh knows. Of everybody else it learns that they were turned away, and why. */

import { joinMesh } from '@trustmesh/sdk'

await using mesh = await joinMesh({ name: 'greeter' })

mesh.on('greet', { minTier: 'known' }, (name, peer) => `Hello ${name}! I know you as ${peer.did}`)
console.log(`greeting as ${mesh.did}`)

for await (const { code, peer } of mesh.denials()) console.log(`turned away ${peer.did}: ${code}`)
