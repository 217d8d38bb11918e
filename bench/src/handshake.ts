import type { Benchmark } from './benchmark.ts'
import { type JoinPlan, peerJoinRows } from './join-rows.ts'
import { peerPartsRows } from './parts-rows.ts'
import { bareWsJoin } from './peers/bare-ws.ts'
import { libp2pJoin } from './peers/libp2p.ts'

/** The benchmark `handshake`: what it takes to join, Dids already seen unless the row says otherwise. */
export const run: Benchmark = async ({ rounds = 10, progress }) => {
  const plan: JoinPlan = { rounds, joins: 50, warmUpJoins: 1000, progress }
  const cheap: JoinPlan = { ...plan, joins: 250, warmUpJoins: 2000 }
  return {
    rows: [
      ...(await peerJoinRows('joins-libp2p', plan, libp2pJoin({ identities: 'seen' }))),
      ...(await peerJoinRows('joins-libp2p-fresh', { ...plan, warmUpJoins: 200 }, libp2pJoin({ identities: 'fresh' }))),
      ...(await peerJoinRows('joins-bare-ws', cheap, bareWsJoin())),
      ...(await peerPartsRows(cheap)),
    ],
  }
}
