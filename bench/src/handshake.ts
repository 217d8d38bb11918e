import type { Benchmark } from './benchmark.ts'
import { type JoinPlan, joinRows } from './join-rows.ts'
import { partsRows, peerPartsRows } from './parts-rows.ts'
import { bareWsJoin } from './peers/bare-ws.ts'
import { libp2pJoin } from './peers/libp2p.ts'
import { splitTrustMeshJoin, trustMeshJoin } from './subjects/trustmesh-join.ts'

/** The benchmark `handshake`: what it takes to join, Dids already seen unless the row says otherwise. */
export const run: Benchmark = async ({ rounds = 10, progress }) => {
  const plan: JoinPlan = { rounds, joins: 50, warmUpJoins: 2000, progress }
  const cheap: JoinPlan = { ...plan, joins: 250, warmUpJoins: 4000 }
  const seen = { identities: 'seen' } as const
  const fresh = { identities: 'fresh' } as const
  return {
    rows: [
      ...(await joinRows('joins-vs-libp2p', plan, trustMeshJoin(), libp2pJoin(seen))),
      ...(await joinRows('joins-vs-libp2p-fresh', plan, trustMeshJoin({ dids: 'fresh' }), libp2pJoin(fresh))),
      ...(await joinRows('resumes-vs-libp2p', plan, trustMeshJoin({ resumed: true }), libp2pJoin(seen))),
      ...(await joinRows('joins-vs-bare-ws', cheap, trustMeshJoin(), bareWsJoin())),
      ...(await partsRows('full-vs-parts', cheap, splitTrustMeshJoin())),
      ...(await partsRows('full-vs-parts-fresh', cheap, splitTrustMeshJoin({ dids: 'fresh' }))),
      ...(await peerPartsRows(cheap)),
    ],
  }
}
