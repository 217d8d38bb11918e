import { join } from 'node:path'
import { formatKeyChains, LOG } from '@trustmesh/audit'
import type { Clock, Did } from '@trustmesh/identity'
import { FileKeystore, openStatements, systemClock, systemRandom } from '@trustmesh/identity/node'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { createAdmin } from './admin/server.ts'
import { FileTokens } from './admin/tokens.ts'
import { Cosigning } from './audit/cosigning.ts'
import { AuditExchange } from './audit/exchange.ts'
import { FileAuditLog } from './audit/file.ts'
import { LogKeys } from './audit/log-keys.ts'
import type { AuditReader } from './audit/reader.ts'
import { Witness } from './audit/witness.ts'
import { Witnessed } from './audit/witnessed.ts'
import { inNetworks } from './config/networks.ts'
import type { NodeConfig } from './config.ts'
import { AnnouncedAuditLog } from './events/announced-audit-log.ts'
import { type Events, RecentEvents } from './events/events.ts'
import { type JoinFile, joinFileOf, writeJoinFile } from './join-file.ts'
import type { NodeLog } from './log.ts'
import { keepFirstWords, openMesh } from './membership/found-mesh.ts'
import { createMetrics } from './metrics.ts'
import { MeshNode } from './node.ts'
import { NodeError } from './node-error.ts'
import { FileJournal } from './operations/journal.ts'
import { FIRST_TOKEN } from './production/facts.ts'
import { refuseUnfit } from './production/refuse-unfit.ts'
import { LevelStore } from './store/level.ts'
import { systemTimers } from './timers.ts'
import { ServedCertificate } from './tls/served-certificate.ts'
import type { Accept } from './transport/connection.ts'
import { Sockets } from './transport/sockets.ts'
import { listenWs } from './transport/ws.ts'
import { dialWs } from './transport/ws-dial.ts'
import { NodeWebhooks } from './webhooks/node-webhooks.ts'
import type { Webhooks } from './webhooks/webhooks.ts'

/** A node that is serving. */
export interface RunningNode extends AsyncDisposable {
  readonly node: MeshNode
  /** For agents, `ws://` or, with a certificate, `wss://`. */
  readonly url: string
  /** For operators, `http://` or `https://`. */
  readonly adminUrl: string
  /** Tokens of the admin API that this start has made; they are nowhere else, and are not shown again. */
  readonly newTokens: readonly { readonly name: string; readonly token: string }[]
  /** What happens here, and where it is sent. */
  readonly events: Events
  /** What the audit log shows of itself. */
  readonly auditReader: AuditReader
  readonly webhooks: Webhooks
  /** Tells the agents to go, answers what is under way, and lets go of the disk. */
  stop(): Promise<void>
}

/** A socket outlives the handshake's own deadline by this much, so that the other end is told why. */
const SOCKET_GRACE_MS = 1_000
const DAY_MS = 24 * 3_600_000
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
  /** Path of the config file, if there is one: in production nobody else may write to it. */
  readonly configFile?: string | undefined
}

interface Closable {
  close(): Promise<void>
}

/**
 * Starts a node on a folder of its own. Where that has no mesh yet, the start makes one of which this node is the only member.
 * In production it rejects with {@link NodeError} `production.refused`, before it has touched anything, unless all is fit for that.
 */
export async function startNode(config: NodeConfig, options: StartOptions): Promise<RunningNode> {
  const { passphrase, clock = systemClock, configFile } = options
  const { env, execArgv } = process
  const uid = process.getuid?.() ?? null
  await refuseUnfit(config, { env, execArgv, uid, nowMs: clock.now(), configFile, passphrase })
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
): Promise<Pick<RunningNode, 'node' | 'url' | 'adminUrl' | 'newTokens' | 'events' | 'auditReader' | 'webhooks'>> {
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

  const metrics = createMetrics()
  const events = new RecentEvents({ clock })
  events.subscribe(({ kind }) => metrics.event(kind))
  const logKeys = await LogKeys.open(keystore, keys.node, { net: mesh.net, clock, random })
  let keyChains = async (): Promise<string> => formatKeyChains([[...keys.chain, await logKeys.linkTo(LOG)]])
  const auditLog = opened(
    await FileAuditLog.open({
      directory: join(dataDir, 'audit'),
      key: logKeys.log,
      keyChains: async () => await keyChains(),
      maxBytes: config.audit.maxBytes,
      keepMs: config.audit.keepDays * DAY_MS,
      ...{ clock, random, timers },
      onError: (err) => {
        log.error({ err }, 'the audit log cannot be written')
        events.publish({ kind: 'audit.unavailable' })
      },
    }),
  )
  const audit = new AnnouncedAuditLog({ log: auditLog, events, clock })
  if (auditLog.tampering.length > 0) log.error({ faults: auditLog.tampering }, 'the audit log was tampered with')
  for (const { code, index } of auditLog.tampering.slice(0, MAX_FAULTS_LOGGED)) {
    audit.record({ event: 'audit.tampered', code, ...(index !== undefined && { detail: { index } }) })
  }
  const witnessed = await Witnessed.open(dataDir)
  let members = (): readonly Did[] | null => null
  const aboutLogs = { net: mesh.net, keys: logKeys, audit, clock }
  const cosigning = new Cosigning({ ...aboutLogs, log: auditLog })
  const exchange = new AuditExchange(cosigning, new Witness({ ...aboutLogs, witnessed, members: () => members() }))
  const { allowLoopback } = config.webhooks
  const webhooks = opened(
    await NodeWebhooks.open({
      directory: dataDir,
      node: keys.node.did,
      tried: (outcome) => metrics.webhook(outcome),
      ...{ events, clock, random, timers, allowLoopback },
    }),
  )
  metrics.watchWebhooks(() => webhooks.waiting)
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
  await keepFirstWords(dataDir, file, store)
  const certificate =
    config.tls &&
    opened(
      await ServedCertificate.open({
        files: config.tls,
        clock,
        timers,
        served: ({ notAfterMs }) => {
          metrics.certificateEnds(notAfterMs)
          log.info({ notAfterMs }, 'serving a certificate')
        },
        refused: (faults) => log.error({ faults }, 'the new certificate is refused: the old one is served on'),
      }),
    )
  const isProxy = inNetworks(config.trustProxy)
  const front = { isProxy, ...(certificate && { certificate }) }
  let url: string | null = null
  const node = await MeshNode.open({
    mesh,
    keys,
    roots,
    peers: [...config.peers, ...file.peers],
    dial: dialWs,
    openStatements,
    limits,
    store,
    journal: new FileJournal(join(dataDir, 'operations'), (file) => {
      log.error({ file }, 'an operation cannot be read back')
      audit.record({ event: 'store.damaged', code: 'operation.damaged' })
    }),
    secondOperatorAbove: adminEndpoint.secondOperatorAbove,
    url: () => url,
    audit,
    exchange,
    metrics,
    clock,
    random,
    keyPair: generateKeyPair,
    timers,
  })
  keyChains = async () => {
    const chainOf = (did: Did): readonly Uint8Array[] => node.chainOf(did)
    const own = [...(chainOf(node.did).length > 0 ? chainOf(node.did) : keys.chain), await logKeys.linkTo(LOG)]
    return formatKeyChains([own, ...[...cosigning.witnesses].map(([did, link]) => [...chainOf(did), link])])
  }
  members = () => (node.state === 'serving' ? node.members.map(({ did }) => did) : null)
  metrics.watchChecks(() => node.control.checks())

  const tokens = await FileTokens.open(join(dataDir, 'tokens.json'), { random, clock })
  const admin = opened(
    await createAdmin({
      ...{ control: node.control, tokens, metrics, audit, auditReader: auditLog, events, webhooks, timers },
      identity: {
        did: node.did,
        net: node.net,
        root: mesh.root,
        knowledge: node.knowledge,
        standingOf: (did) => node.standingOf(did),
      },
      ...{ clock, random, log, ...adminEndpoint, ...front },
    }),
  )
  const sockets = new Sockets({
    timers,
    maxUnauthenticated: limits.maxUnauthenticated,
    maxUnauthenticatedPerAddress: limits.maxUnauthenticatedPerAddress,
    deadlineMs: limits.handshakeTimeoutMs + SOCKET_GRACE_MS,
    isProxy,
    refused: (code, peer) => {
      metrics.handshake(code)
      audit.record({ event: 'handshake.refused', code, peer })
    },
  })
  const howToJoin = (url: string): JoinFile =>
    joinFileOf({
      url: config.publicUrl ?? url,
      node: node.did,
      net: node.net,
      root: mesh.root,
      roots: node.roots,
      authorities: node.authorities,
      threshold: mesh.threshold,
    })
  const accept: Accept = (connection) => node.accept(connection)
  const listener = opened(await listenWs({ ...listen, ...front, accept, sockets, allowedOrigins, joinFile: howToJoin }))
  opened({ close: async () => node.drain() })

  url = howToJoin(listener.url).url
  await writeJoinFile(joinFile, howToJoin(listener.url))
  // Last, because it is shown once: a start that fails must not have made the only token.
  // In production an operator signs in with a key of their own.
  const isFirst = tokens.isEmpty && config.mode === 'development'
  const newTokens = isFirst ? [{ name: FIRST_TOKEN, token: await tokens.issue(FIRST_TOKEN, 'admin') }] : []
  return { node, url: listener.url, adminUrl: admin.url, newTokens, events, auditReader: auditLog, webhooks }
}
