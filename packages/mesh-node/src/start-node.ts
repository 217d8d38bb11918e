import { join } from 'node:path'
import type { Clock } from '@trustmesh/identity'
import { FileKeystore, openStatements, systemClock, systemRandom } from '@trustmesh/identity/node'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { createAdmin } from './admin/server.ts'
import { FileTokens } from './admin/tokens.ts'
import { FileAuditLog } from './audit/file.ts'
import type { NodeConfig } from './config.ts'
import { type JoinFile, joinFileOf, writeJoinFile } from './join-file.ts'
import { openMesh } from './membership/found-mesh.ts'
import { createMetrics } from './metrics.ts'
import { MeshNode } from './node.ts'
import { NodeError } from './node-error.ts'
import { LevelStore } from './store/level.ts'
import { systemTimers } from './timers.ts'
import type { Accept } from './transport/connection.ts'
import { Sockets } from './transport/sockets.ts'
import { listenWs } from './transport/ws.ts'
import { dialWs } from './transport/ws-dial.ts'

/** Where a node says what its operator should know. */
export interface NodeLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A node that is serving. */
export interface RunningNode extends AsyncDisposable {
  readonly node: MeshNode
  /** For agents, `ws://`. */
  readonly url: string
  /** For operators, `http://`. */
  readonly adminUrl: string
  /** Tokens of the admin API that this start has made; they are nowhere else, and are not shown again. */
  readonly newTokens: readonly { readonly name: string; readonly token: string }[]
  /** Tells the agents to go, answers what is under way, and lets go of the disk. */
  stop(): Promise<void>
}

/** A socket outlives the handshake's own deadline by this much, so that the other end is told why. */
const SOCKET_GRACE_MS = 1_000
/** Of what is wrong with a store. */
const MAX_FAULTS_LOGGED = 100

export interface StartOptions {
  readonly log: NodeLog
  /** For the keys; `null` leaves them unencrypted. */
  readonly passphrase: () => Promise<string | null>
  /** Goes on without what a damaged store has lost, though no other node has made it whole. */
  readonly acceptLoss?: boolean
  /** The system's unless told otherwise. */
  readonly clock?: Clock
}

interface Closable {
  close(): Promise<void>
}

/** Starts a node on a folder of its own. Where that has no mesh yet, the start makes one of which this node is the only member. */
export async function startNode(config: NodeConfig, options: StartOptions): Promise<RunningNode> {
  const open: Closable[] = []
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      const failures: unknown[] = []
      for (const closable of open.reverse()) await closable.close().catch((error: unknown) => failures.push(error))
      if (failures.length > 0) throw new NodeError('node.stop-failed', { cause: new AggregateError(failures) })
    })()
    return stopping
  }
  try {
    const parts = await openParts(config, options, (closable) => {
      open.push(closable)
      return closable
    })
    return { ...parts, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Each part is handed to `opened` as soon as it is open, so that it is closed again, last first, also if a later one fails. */
async function openParts(
  config: NodeConfig,
  { log, passphrase, acceptLoss = false, clock = systemClock }: StartOptions,
  opened: <T extends Closable>(part: T) => T,
): Promise<Pick<RunningNode, 'node' | 'url' | 'adminUrl' | 'newTokens'>> {
  const { dataDir, listen, admin: adminEndpoint, joinFile, limits, roots, allowedOrigins } = config
  const random = systemRandom
  const timers = systemTimers
  const keystore = new FileKeystore({
    directory: join(dataDir, 'keys'),
    random,
    passphrase,
    warn: (message) => log.warn({}, message),
  })
  const { file, keys, isNew } = await openMesh(dataDir, keystore, { clock, random })
  if (isNew) log.warn({ keys: join(dataDir, 'keys') }, 'a new mesh of one node: its root key is not in a safe place')
  const { mesh } = file

  const audit = opened(
    new FileAuditLog({
      directory: join(dataDir, 'audit'),
      clock,
      onError: (err) => log.error({ err }, 'the audit log cannot be written'),
    }),
  )
  const store = opened(
    await LevelStore.open({
      directory: dataDir,
      random,
      timers,
      alarm: (state, err) => {
        audit.record({ event: 'store.changed', code: `store.${state}` })
        if (state === 'read-only')
          log.error({ err }, 'the store cannot be written: only what cuts somebody off is taken')
        else log.info({}, 'the store can be written again')
      },
    }),
  )
  if (store.condition.length > 0) {
    const faults = store.condition.slice(0, MAX_FAULTS_LOGGED)
    for (const { code } of faults) audit.record({ event: 'store.damaged', code })
    log.error({ faults, count: store.condition.length }, 'the store is not whole')
    if (acceptLoss) {
      await store.acceptLoss()
      audit.record({ event: 'store.loss-accepted', detail: { faults: faults.length } })
    }
  }
  const metrics = createMetrics()
  const node = await MeshNode.open({
    mesh,
    keys,
    roots,
    peers: [...config.peers, ...file.peers],
    dial: dialWs,
    openStatements,
    limits,
    store,
    audit,
    metrics,
    clock,
    random,
    keyPair: generateKeyPair,
    timers,
  })

  const tokens = await FileTokens.open(join(dataDir, 'tokens.json'), random)
  const admin = opened(await createAdmin({ control: node.control, tokens, metrics, audit, log, ...adminEndpoint }))
  const sockets = new Sockets({
    timers,
    maxUnauthenticated: limits.maxUnauthenticated,
    maxUnauthenticatedPerAddress: limits.maxUnauthenticatedPerAddress,
    deadlineMs: limits.handshakeTimeoutMs + SOCKET_GRACE_MS,
    refused: (code, peer) => {
      metrics.handshake(code)
      audit.record({ event: 'handshake.refused', code, peer })
    },
  })
  const howToJoin = (url: string): JoinFile =>
    joinFileOf({
      url,
      node: node.did,
      net: node.net,
      root: mesh.root,
      roots: node.roots,
      authorities: node.authorities,
      threshold: mesh.threshold,
    })
  const accept: Accept = (connection) => node.accept(connection)
  const listener = opened(await listenWs({ ...listen, accept, sockets, allowedOrigins, joinFile: howToJoin }))
  opened({ close: async () => node.drain() })

  await writeJoinFile(joinFile, howToJoin(listener.url))
  // Last, because it is shown once: a start that fails must not have made the only token.
  const newTokens = tokens.isEmpty ? [{ name: 'operator', token: await tokens.issue('operator', 'operator') }] : []
  return { node, url: listener.url, adminUrl: admin.url, newTokens }
}
