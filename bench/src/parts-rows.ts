import { pairedRow, peerRow, type Row } from './benchmark.ts'
import { type JoinPlan, withSubjects } from './join-rows.ts'
import { cpuMicrosPerJoin, measureResponder, type SplitJoinUnderTest } from './joins.ts'
import { compare, median, paired, repeated } from './paired.ts'
import { measureParts, sumOfParts } from './parts.ts'
import { splitBareWsJoin } from './peers/bare-ws.ts'

const unit = 'µs of CPU of the responder alone, less is better'

/**
 * The row `id`: what the responder of our handshake costs, beside the sum of its parts, measured in the
 * same round: a bare WebSocket connection accepted, one signature, one verification, one X25519 key and one agreement.
 */
export async function partsRows(id: string, plan: JoinPlan, ours: SplitJoinUnderTest): Promise<Row[]> {
  const bare = splitBareWsJoin({ echoBytes: 0 })
  return withSubjects([ours, bare], plan, async () => {
    const rounds = await paired(plan.rounds, {
      ours: () => responderMicros(ours, plan.joins),
      peer: async () => (await responderMicros(bare, plan.joins)) + sumOfParts(await measureParts()),
    })
    return [
      pairedRow(
        id,
        compare(rounds, (micros) => micros),
        unit,
      ),
    ]
  })
}

/** The parts alone: the bare connection without and with an echo, and the sum that `full-vs-parts` is held against. */
export async function peerPartsRows(plan: JoinPlan): Promise<Row[]> {
  const connect = splitBareWsJoin({ echoBytes: 0 })
  const echo = splitBareWsJoin()
  return withSubjects([connect, echo], plan, async () => {
    const samples = await repeated(plan.rounds, async () => ({
      connect: await responderMicros(connect, plan.joins),
      echo: await responderMicros(echo, plan.joins),
      crypto: sumOfParts(await measureParts()),
    }))
    const row = (id: string, figure: (sample: (typeof samples)[number]) => number): Row =>
      peerRow(id, median(samples.map(figure)), unit)
    return [
      row('ws-connect', (sample) => sample.connect),
      row('ws-connect-echo', (sample) => sample.echo),
      row('sum-of-parts', (sample) => sample.connect + sample.crypto),
    ]
  })
}

async function responderMicros(subject: SplitJoinUnderTest, joins: number): Promise<number> {
  return cpuMicrosPerJoin(await measureResponder(subject, joins))
}
