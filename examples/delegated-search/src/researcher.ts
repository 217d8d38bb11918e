/**
 * Has a search tool. Lends it to whoever is trusted, for a job: two searches of what is public. Once the helper says that the
 * job is done, that is taken back, with everything that has gone on from it.
 */

import { type Chain, type Did, joinMesh } from '@trustmesh/sdk'

const PAPERS = [
  { corpus: 'public', title: 'Trust among strangers' },
  { corpus: 'public', title: 'Trust, and how it is lost' },
  { corpus: 'private', title: 'Trust me: a diary' },
]

await using mesh = await joinMesh({ name: 'researcher' })
const lent = new Map<Did, Chain>()

mesh.on('borrow', { minTier: 'trusted' }, async (_, peer) => {
  const chain = await mesh.delegate(peer.did, {
    can: '/tool/search',
    where: [
      { op: 'eq', at: ['corpus'], value: 'public' },
      // Whoever counts has to be named.
      { op: 'executors', dids: [mesh.did] },
      { op: 'maxCalls', limit: 2 },
    ],
    depth: 1,
    ttlMs: 3_600_000,
  })
  lent.set(peer.did, chain)
  return chain.links
})

// For chains that begin with this agent. That what is asked is within each link of the chain has been checked by now.
mesh.on('search', { can: '/tool/search' }, (question, peer) => {
  const { corpus, query } = question as { corpus: string; query: string }
  console.log(`${peer.did} searches for "${query}" over ${peer.chain?.links.length} links`)
  return PAPERS.filter((paper) => paper.corpus === corpus && paper.title.startsWith(query)).map(({ title }) => title)
})

mesh.on('done', { minTier: 'trusted' }, async (_, peer) => {
  const chain = lent.get(peer.did)
  if (chain) await mesh.revoke(chain, 'the job is done')
})

console.log(`lending as ${mesh.did}`)
for await (const { code, peer } of mesh.denials()) console.log(`refused ${peer.did}: ${code}`)
