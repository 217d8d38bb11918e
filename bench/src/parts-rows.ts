import { pairedRow, peerRow, type Row } from './benchmark.ts'
import { type JoinPlan, withSubjects } from './join-rows.ts'
import { cpuMicrosPerJoin, type MeasuredJoin } from './joins.ts'
import { compare, median, paired, repeated } from './paired.ts'
import { measureParts, sumOfParts } from './parts.ts'
import { splitBareWsJoin } from './peers/bare-ws.ts'

const unit = 'µs of CPU of the responder alone, less is better'

/**
 * Two rows of what the responder of our handshake costs. `id`: beside a bare WebSocket server that does, at each connection,
 * one signature, one verification, one X25519 key and one agreement; the parts run where ours do, between system calls.
 * `id-apart`: beside the sum of a bare connection and of those parts timed in loops of their own, where they are fastest.
 */
export async function partsRows(id: string, plan: JoinPlan, ours: MeasuredJoin): Promise<Row[]> {
  const bare = splitBareWsJoin({ echoBytes: 0 })
  const whole = splitBareWsJoin({ echoBytes: 0, parts: true })
  return withSubjects([ours, bare, whole], plan, async () => {
    const rounds = await paired(plan.rounds, {
      ours: async () => {
        const micros = await responderMicros(ours)
        return { together: micros, apart: micros }
      },
      peer: async () => ({
        together: await responderMicros(whole),
        apart: (await responderMicros(bare)) + sumOfParts(await measureParts()),
      }),
    })
    return [
      pairedRow(
        id,
        compare(rounds, ({ together }) => together),
        unit,
      ),
      pairedRow(
        `${id}-apart`,
        compare(rounds, ({ apart }) => apart),
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
      connect: await responderMicros(connect),
      echo: await responderMicros(echo),
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

async function responderMicros(subject: MeasuredJoin): Promise<number> {
  return cpuMicrosPerJoin(await subject.measure())
}
