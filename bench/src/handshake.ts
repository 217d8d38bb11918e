import type { Benchmark } from './benchmark.ts'
import { type JoinPlan, joinRows } from './join-rows.ts'
import type { MeasuredJoin } from './joins.ts'
import { inOwnProcess } from './own-process.ts'
import { partsRows, peerPartsRows } from './parts-rows.ts'
import type { Libp2pOptions } from './peers/libp2p.ts'
import { splitTrustMeshJoin, type TrustMeshJoinOptions } from './subjects/trustmesh-join.ts'

/** The benchmark `handshake`: what it takes to join, Dids already seen unless the row says otherwise. */
export const run: Benchmark = async ({ rounds = 10, progress }) => {
  const plan: JoinPlan = { rounds, warmUpSamples: 20, progress }
  // Samples that cost about as much, so that while one side is measured the other's caches do not go cold for longer.
  const ours = (options: TrustMeshJoinOptions = {}): MeasuredJoin => inOwnProcess('TrustMesh', 400, options)
  const libp2p = (options: Libp2pOptions = { identities: 'seen' }): MeasuredJoin => inOwnProcess('libp2p', 80, options)
  return {
    rows: [
      ...(await joinRows('joins-vs-libp2p', plan, ours(), libp2p())),
      ...(await joinRows('joins-vs-libp2p-fresh', plan, ours({ dids: 'fresh' }), libp2p({ identities: 'fresh' }))),
      ...(await joinRows('resumes-vs-libp2p', plan, ours({ resumed: true }), libp2p())),
      ...(await joinRows('joins-vs-bare-ws', plan, ours(), inOwnProcess('bare ws', 1000))),
      ...(await partsRows('full-vs-parts', plan, splitTrustMeshJoin())),
      ...(await partsRows('full-vs-parts-fresh', plan, splitTrustMeshJoin({ dids: 'fresh' }))),
      ...(await peerPartsRows(plan)),
    ],
  }
}
