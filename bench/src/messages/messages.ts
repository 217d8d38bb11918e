import { type Benchmark, ownRow, pairedRow, type Row } from '../benchmark.ts'
import { compare, median, quantile, repeated } from '../paired.ts'
import { memoryRow } from './idle-sessions.ts'
import { hasNatsServer, LEFT_OUT } from './nats-server.ts'
import { type Relayed, Route, type RouteScripts } from './route.ts'

const OURS: RouteScripts = { hub: './trustmesh-hub.js', end: './trustmesh-end.js' }
const PEERS = {
  ws: { hub: './ws-hub.js', end: './ws-end.js' },
  'nats-signed': { hub: './nats-hub.js', end: './nats-end.js', args: ['signed'] },
  nats: { hub: './nats-hub.js', end: './nats-end.js' },
} as const satisfies Record<string, RouteScripts>
type Peer = keyof typeof PEERS
type Subject = 'ours' | Peer

/** For how long messages are sent in a sample, and how many requests are made. */
const SAMPLE = { ms: 600, requests: 200 }
/** Each process compiles its code for itself. */
const WARM_UP = { ms: 2_000, requests: 400 }

/** What came of a sample. */
interface Sample extends Relayed {
  /** Of a request and its reply, in ms; nothing where there is nobody who answers. */
  readonly latencies: readonly number[]
}

interface Figure {
  readonly name: string
  readonly of: (sample: Sample) => number
  readonly unit: string
}

const cpu = (whose: string): string => `µs of CPU of ${whose} for each message, less is better`
const MESSAGES: readonly Figure[] = [
  { name: 'relay', of: ({ perSecond }) => perSecond, unit: 'messages per second at the receiver, more is better' },
  { name: 'cpu', of: (each) => each.senderMicros + each.hubMicros + each.receiverMicros, unit: cpu('all three') },
  { name: 'sender-cpu', of: ({ senderMicros }) => senderMicros, unit: cpu('the sender') },
  { name: 'node-cpu', of: ({ hubMicros }) => hubMicros, unit: cpu('what is between them') },
  { name: 'receiver-cpu', of: ({ receiverMicros }) => receiverMicros, unit: cpu('the receiver') },
]
const REQUESTS: readonly Figure[] = [
  { name: 'p50', share: 0.5 },
  { name: 'p99', share: 0.99 },
].map(({ name, share }) => ({
  name: `request-${name}`,
  of: ({ latencies }) => quantile(latencies, share),
  unit: 'ms from a request to its reply, less is better',
}))
const COMPARED: Readonly<Record<Peer, readonly Figure[]>> = {
  ws: MESSAGES,
  'nats-signed': [...MESSAGES, ...REQUESTS],
  nats: [...MESSAGES, ...REQUESTS],
}

/**
 * The benchmark `messages`: 256 bytes from one agent to another through one node, sealed and gated, beside a bare relay over
 * `ws` and beside clients of NATS, that sign and verify and that do not; and the memory of a node for a session that is idle.
 */
export const run: Benchmark = async ({ rounds = 5, progress }) => {
  const hasNats = hasNatsServer()
  const peers = (Object.keys(PEERS) as Peer[]).filter((peer) => hasNats || peer === 'ws')
  progress(`ours, ${peers.join(', ')}: ${rounds} rounds of ${SAMPLE.ms} ms and ${SAMPLE.requests} requests each`)
  const samples = await samplesOf(['ours', ...peers], rounds)
  const rows = (Object.keys(PEERS) as Peer[]).flatMap((peer) =>
    COMPARED[peer].map(({ name, of, unit }): Row => {
      const id = `${name}-vs-${peer}`
      const isHere = peers.includes(peer)
      if (!isHere) return ownRow(id, median(samples.map((round) => of(round('ours')))), `${unit}; ${LEFT_OUT}`)
      const both = samples.map((round) => ({ ours: round('ours'), peer: round(peer) }))
      return pairedRow(id, compare(both, of), unit)
    }),
  )
  return { rows: [...rows, await memoryRow(hasNats, progress)] }
}

/** Round by round, a sample of each subject right after the other's. */
async function samplesOf(
  subjects: readonly Subject[],
  rounds: number,
): Promise<readonly ((subject: Subject) => Sample)[]> {
  const routes = new Map<Subject, Route>()
  const sample = async (subject: Subject, { ms, requests }: typeof SAMPLE): Promise<Sample> => {
    const route = routes.get(subject) as Route
    return { ...(await route.relay(ms)), latencies: subject === 'ws' ? [] : await route.latencies(requests) }
  }
  try {
    for (const subject of subjects) {
      routes.set(subject, await Route.start(subject === 'ours' ? OURS : PEERS[subject]))
      await sample(subject, WARM_UP)
    }
    return await repeated(rounds, async () => {
      const round = new Map<Subject, Sample>()
      for (const subject of subjects) round.set(subject, await sample(subject, SAMPLE))
      return (subject: Subject) => round.get(subject) as Sample
    })
  } finally {
    for (const route of routes.values()) await route.stop()
  }
}
