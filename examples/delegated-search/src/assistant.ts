/** Looks things up for whoever is known, with the tool that it is lent for that. */

import { Chain, joinMesh, MeshError } from '@trustmesh/sdk'

await using mesh = await joinMesh({ name: 'assistant' })

mesh.on('look-up', { minTier: 'known' }, async (job, peer) => {
  const { query, links } = job as { query: string; links: unknown }
  const chain = Chain.from(links)
  try {
    // Whose tool it is: the chain begins there.
    return await mesh.request(chain.root, 'search', { corpus: 'public', query }, { chain, signal: peer.signal })
  } catch (error) {
    if (error instanceof MeshError && error.denial) return { refused: error.denial.code }
    throw error
  }
})

console.log(`assisting as ${mesh.did}`)
await mesh.closed()
