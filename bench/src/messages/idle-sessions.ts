import { ownRow, pairedRow, type Row } from '../benchmark.ts'
import type { Usage } from './hub.ts'
import { LEFT_OUT } from './nats-server.ts'
import { Processes } from './processes.ts'

const SESSIONS = 5_000
/** Sessions that are there before: what the first ones cost, in code and in tables, is not what each costs. */
const SESSIONS_BEFORE = 500
const SETTLE_MS = 2_000

/** The row `memory-per-session-kib`: by how much sessions that are idle make a node grow, and a NATS server. */
export async function memoryRow(hasNats: boolean, progress: (text: string) => void): Promise<Row> {
  const id = 'memory-per-session-kib'
  const unit = `KiB resident in what agents join, for each of ${SESSIONS} idle sessions, less is better, at most 20`
  progress(`${SESSIONS} idle sessions`)
  const ours = await kibPerSession('trustmesh')
  if (!hasNats) return ownRow(id, ours, `${unit}; ${LEFT_OUT}`)
  const peer = await kibPerSession('nats')
  return pairedRow(id, { ours, peer, ratio: ours / peer }, unit)
}

async function kibPerSession(subject: 'trustmesh' | 'nats'): Promise<number> {
  const processes = new Processes()
  try {
    const hub = await processes.start(`./${subject}-hub.js`)
    const crowd = await processes.start(`./${subject}-crowd.js`, (await hub.ask('place')) as string)
    const rssKibWith = async (more: number): Promise<number> => {
      await crowd.ask('grow', more)
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      return ((await hub.ask('usage')) as Usage).rssKib
    }
    const before = await rssKibWith(SESSIONS_BEFORE)
    return ((await rssKibWith(SESSIONS)) - before) / SESSIONS
  } finally {
    await processes.stop()
  }
}
