import { join } from 'node:path'
import { type Did, isDid } from '@trustmesh/identity'
import { userFolders } from '@trustmesh/identity/node'
import * as z from 'zod'
import { fileLayer } from './config/config-file.ts'
import { type Environment, environmentLayer } from './config/environment.ts'
import { parseFlags } from './config/flags.ts'
import { deciderOf, type Layer, merged, mergeLayers, valueAt } from './config/layer.ts'
import { isNetwork } from './config/networks.ts'
import { type Setting, settingsOf } from './config/settings.ts'
import { type Peer, peerSchema } from './membership/peer.ts'
import { NodeError, type Problem } from './node-error.ts'

/** Where somebody can connect. Port 0 takes any that is free. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Where operators connect, and what they may do alone. */
export interface AdminConfig extends Endpoint {
  /** Names beside `host` and the loopback's by which the admin API may be addressed. */
  readonly hosts: readonly string[]
  /** How many sessions, delegations and tiers an act may touch before a second operator has to approve it. */
  readonly secondOperatorAbove: number
}

/** Paths of a certificate, with those between it and its root, and of its key, both PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** What a node allows the others, all integers. */
export interface NodeLimits {
  readonly maxSessions: number
  /** Sockets that have not finished their handshake: of everybody, and of one network address. */
  readonly maxUnauthenticated: number
  readonly maxUnauthenticatedPerAddress: number
  /** For the whole handshake, not one step of it. */
  readonly handshakeTimeoutMs: number
  readonly handshakesPerSecondPerAddress: number
  readonly messagesPerSecondPerDid: number
  readonly statementsPerSecondPerDid: number
  /** Statements that are kept, of at most 4 KiB each but for revocations; those of authorities are kept all the same. The same throughout a mesh. */
  readonly maxStatements: number
}

/** How much of the audit log is kept. */
export interface AuditConfig {
  /** Bytes of entries; the oldest go where there are more. */
  readonly maxBytes: number
  /** So long at least an entry is kept, whatever others do: what they cause is left out, and counted, where there is too much of it. */
  readonly keepDays: number
}

/** How a node is set up. */
export interface NodeConfig {
  /** In production a node does not start where something is not as it has to be there. */
  readonly mode: 'development' | 'production'
  /** Folder of the keys, the store, the audit log and the tokens. */
  readonly dataDir: string
  /** For agents and other nodes. */
  readonly listen: Endpoint
  /** For operators. */
  readonly admin: AdminConfig
  readonly audit: AuditConfig
  /** For both; `null` listens without TLS. Read again when the files change. */
  readonly tls: TlsFiles | null
  /** A proxy in front terminates TLS, and nobody gets past it. */
  readonly behindProxy: boolean
  /** Networks in CIDR notation of the proxies whose `X-Forwarded-For` is believed (threat P11). */
  readonly trustProxy: readonly string[]
  /** Where agents and nodes find this node, if not where it listens: behind a proxy, or under the name in its certificate. */
  readonly publicUrl: string | null
  /** Where programs on this machine learn how to join: the node's URL, its Did and the mesh. */
  readonly joinFile: string
  /** Dids from which trust starts, besides the root of the mesh. */
  readonly roots: readonly Did[]
  /** Nodes that this one dials, besides those that it came to know when it joined. */
  readonly peers: readonly Peer[]
  /** Values of `Origin` that may open a session: those of the pages whose agents run in browsers. */
  readonly allowedOrigins: readonly string[]
  readonly webhooks: {
    /** Delivers to this machine too, which is for development only (threat P7). */
    readonly allowLoopback: boolean
  }
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
  readonly limits: NodeLimits
}

/** Some of a config. What is `undefined` is as if it were not there. */
export type PartialConfig = {
  readonly [K in keyof NodeConfig]?:
    | (NodeConfig[K] extends string | readonly unknown[] ? NodeConfig[K] : Partial<NodeConfig[K]>)
    | undefined
}

/** Where a config comes from, each winning over the one before. */
export interface ConfigSources {
  /** Path of a YAML or JSON file, which must be there if it is named. */
  readonly file?: string | undefined
  /** The environment: `TRUSTMESH_LISTEN_PORT` for `listen.port`, and so on; lists with commas. Empty ones do not count. */
  readonly env?: Environment
  /** From the command line: `listen.port=4210`, the value in YAML. */
  readonly flags?: readonly string[] | undefined
  /** From a program. */
  readonly overrides?: PartialConfig
}

/** A value of a config, and where it comes from. */
export interface ConfigValue {
  /** `listen.port` */
  readonly path: string
  /** `null` where there is none. */
  readonly value: unknown
  /** `default`, `FILE:LINE`, `env NAME` or `flag`. */
  readonly origin: string
}

/** A config, and the origin of everything in it. */
export interface ExplainedConfig {
  readonly config: NodeConfig
  readonly values: readonly ConfigValue[]
}

const integer = (min: number, max: number) => z.int().min(min).max(max)
const endpoint = { host: z.string().min(1).max(255), port: integer(0, 65_535) }
const path = z.string().min(1).max(4096)

// Timers beyond 2^31 − 1 ms fire at once (threat F6): every number has a ceiling far below.
const schema: z.ZodType<NodeConfig> = z.strictObject({
  mode: z.enum(['development', 'production']),
  dataDir: path,
  listen: z.strictObject(endpoint),
  admin: z.strictObject({
    ...endpoint,
    hosts: z.array(z.string().min(1).max(255)).max(100),
    secondOperatorAbove: integer(0, 1_000_000),
  }),
  audit: z.strictObject({ maxBytes: integer(1_048_576, 1_099_511_627_776), keepDays: integer(1, 3650) }),
  tls: z.nullable(z.strictObject({ cert: path, key: path })),
  behindProxy: z.boolean(),
  trustProxy: z.array(z.string().refine(isNetwork, 'not a network like 10.0.0.0/8')).max(64),
  publicUrl: z.nullable(z.url({ protocol: /^wss?$/ }).max(2048)),
  joinFile: path,
  roots: z.array(z.custom<Did>(isDid, 'not a canonical did:key')).max(1000),
  peers: z.array(peerSchema).max(64),
  allowedOrigins: z.array(z.string().min(1).max(255)).max(100),
  webhooks: z.strictObject({ allowLoopback: z.boolean() }),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']) }),
  limits: z.strictObject({
    maxSessions: integer(1, 1_000_000),
    maxUnauthenticated: integer(1, 100_000),
    maxUnauthenticatedPerAddress: integer(1, 100_000),
    handshakeTimeoutMs: integer(100, 60_000),
    handshakesPerSecondPerAddress: integer(1, 100_000),
    messagesPerSecondPerDid: integer(1, 1_000_000),
    statementsPerSecondPerDid: integer(1, 100_000),
    maxStatements: integer(1, 10_000_000),
  }),
})

/** Every setting there is. */
export const SETTINGS: readonly Setting[] = settingsOf(schema)

/** The config of a node. Rejects with {@link NodeError} `config.invalid`, which lists every problem, and where it is. */
export async function loadConfig(sources: ConfigSources = {}): Promise<NodeConfig> {
  return (await explainConfig(sources)).config
}

/** The config of a node, and where each value comes from. Rejects as {@link loadConfig} does. */
export async function explainConfig(sources: ConfigSources = {}): Promise<ExplainedConfig> {
  const layers = await layersOf(sources)
  const parsed = schema.safeParse(mergeLayers(layers))
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, layers))
    throw new NodeError('config.invalid', { problems })
  }
  const values = SETTINGS.map(({ path }) => ({
    path: path.join('.'),
    value: valueAt(parsed.data, path) ?? null,
    origin: deciderOf(layers, path)?.originOf(path) ?? 'default',
  }))
  return { config: parsed.data, values }
}

async function layersOf({ file, env = {}, flags = [], overrides }: ConfigSources): Promise<Layer[]> {
  const isProduction = env['NODE_ENV'] === 'production'
  return [
    { said: defaultConfig(env), originOf: () => 'default' },
    { said: isProduction ? { mode: 'production' } : undefined, originOf: () => 'env NODE_ENV' },
    ...(file === undefined ? [] : [await fileLayer(file)]),
    environmentLayer(SETTINGS, env),
    { said: merged(parseFlags(flags), overrides), originOf: () => 'flag' },
  ]
}

function defaultConfig(env: Environment): NodeConfig {
  const folders = userFolders(env)
  return {
    mode: 'development',
    dataDir: folders.data,
    listen: { host: '127.0.0.1', port: 4210 },
    admin: { host: '127.0.0.1', port: 4211, hosts: [], secondOperatorAbove: 25 },
    audit: { maxBytes: 268_435_456, keepDays: 30 },
    tls: null,
    behindProxy: false,
    trustProxy: [],
    publicUrl: null,
    joinFile: join(folders.config, 'join.json'),
    roots: [],
    peers: [],
    allowedOrigins: [],
    webhooks: { allowLoopback: false },
    log: { level: 'info' },
    limits: {
      maxSessions: 10_000,
      maxUnauthenticated: 1024,
      maxUnauthenticatedPerAddress: 128,
      handshakeTimeoutMs: 5000,
      handshakesPerSecondPerAddress: 200,
      messagesPerSecondPerDid: 1000,
      statementsPerSecondPerDid: 100,
      maxStatements: 1_000_000,
    },
  }
}

function problemsOf(issue: z.core.$ZodIssue, layers: readonly Layer[]): Problem[] {
  const problemAt = (path: readonly PropertyKey[], problem: string): Problem => {
    const decider = deciderOf(layers, path)
    const at = (decider?.positionOf ?? decider?.originOf)?.(path)
    return { ...(at && { at }), path: path.join('.'), problem }
  }
  if (issue.code !== 'unrecognized_keys') return [problemAt(issue.path, issue.message)]
  return issue.keys.map((key) => problemAt([...issue.path, key], 'unknown'))
}
