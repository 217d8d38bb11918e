/**
 * A program for the tests of this folder: `DATA_DIR JOIN_FILE AHEAD_MS`, a node as an operator runs it, whose clock is as
 * wrong as it is told. Says over IPC where it is, then answers questions; ends with whoever has started it.
 */

import type { Did } from '@trustmesh/identity'
import { systemClock } from '@trustmesh/identity/node'
import { loadConfig, startNode } from '@trustmesh/mesh-node'

/** What a node says once it can be reached. */
export interface Announcement {
  readonly url: string
  readonly admin: string
  /** Of the operator; shown at the first start alone. */
  readonly token: string | undefined
}

/** What a node is at one moment. */
export interface NodeView {
  readonly state: string
  readonly linked: number
  readonly fingerprint: string
  readonly count: number
  /** Agents that are here. */
  readonly sessions: readonly Did[]
  /** Of those who were asked about. */
  readonly revoked: readonly Did[]
  /** How much time this process has had: one that gets none has not let any pass. */
  readonly ticks: number
}

export type Question = { readonly id: number } & (
  | { readonly ask: 'view'; readonly dids: readonly Did[] }
  | { readonly ask: 'jump'; readonly aheadMs: number }
  | { readonly ask: 'stop' }
)
/** The first has no question. */
export type Answer = { readonly id: number; readonly value: unknown }

const TICK_MS = 100
const LOOPBACK = { host: '127.0.0.1', port: 0 }

const [dataDir = '', joinFile = '', ahead] = process.argv.slice(-3)
let aheadMs = Number(ahead)
let ticks = 0
process.once('disconnect', () => process.exit())
setInterval(() => ticks++, TICK_MS)

const quiet = (): void => {}
const running = await startNode(
  await loadConfig({
    overrides: { dataDir, joinFile, listen: LOOPBACK, admin: { ...LOOPBACK, secondOperatorAbove: 1_000_000 } },
  }),
  {
    log: { info: quiet, warn: quiet, error: quiet },
    passphrase: async () => null,
    clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
  },
)
const { node } = running

function viewFor(dids: readonly Did[]): NodeView {
  return {
    state: node.state,
    linked: node.members.filter(({ isLinked }) => isLinked).length,
    fingerprint: node.fingerprint,
    count: node.statementCount,
    sessions: [...node.sessions].map(({ did }) => did),
    revoked: dids.filter((did) => node.standingOf(did).status === 'revoked'),
    ticks,
  }
}

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'view':
      return viewFor(question.dids)
    case 'jump':
      aheadMs = question.aheadMs
      return
    case 'stop':
      return await running.stop()
  }
}

const say = (word: Answer): void => void process.send?.(word)
process.on('message', (question: Question) => {
  void answer(question).then((value) => {
    say({ id: question.id, value })
    if (question.ask === 'stop') process.disconnect()
  })
})
const [token] = running.newTokens
say({ id: 0, value: { url: running.url, admin: running.adminUrl, token: token?.token } satisfies Announcement })
