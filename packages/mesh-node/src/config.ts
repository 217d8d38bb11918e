import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Did, isDid } from '@trustmesh/identity'
import { userFolders } from '@trustmesh/identity/node'
import * as z from 'zod'
import { type Peer, peerSchema } from './membership/peer.ts'
import { NodeError, type Problem } from './node-error.ts'

/** Where somebody can connect. Port 0 takes any that is free. */
export interface Endpoint {
  readonly host: string
  readonly port: number
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

/** How a node is set up. */
export interface NodeConfig {
  /** Folder of the keys, the store, the audit log and the tokens. */
  readonly dataDir: string
  /** For agents and other nodes. */
  readonly listen: Endpoint
  /** For operators. */
  readonly admin: Endpoint
  /** Where programs on this machine learn how to join: the node's URL, its Did and the mesh. */
  readonly joinFile: string
  /** Dids from which trust starts, besides the root of the mesh. */
  readonly roots: readonly Did[]
  /** Nodes that this one dials, besides those that it came to know when it joined. */
  readonly peers: readonly Peer[]
  /** Values of `Origin` that may open a session: those of the pages whose agents run in browsers. */
  readonly allowedOrigins: readonly string[]
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
  /** Path of a JSON file, which must be there if it is named. */
  readonly file?: string | undefined
  /** The environment: `TRUSTMESH_LISTEN_PORT` for `listen.port`, and so on; lists with commas. Empty ones do not count. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** From the command line, or from a program. */
  readonly overrides?: PartialConfig
}

const integer = (min: number, max: number) => z.int().min(min).max(max)
const endpoint = z.strictObject({ host: z.string().min(1).max(255), port: integer(0, 65_535) })

// Timers beyond 2^31 − 1 ms fire at once (threat F6): every number has a ceiling far below.
const schema: z.ZodType<NodeConfig> = z.strictObject({
  dataDir: z.string().min(1),
  listen: endpoint,
  admin: endpoint,
  joinFile: z.string().min(1),
  roots: z.array(z.custom<Did>(isDid, 'not a canonical did:key')).max(1000),
  peers: z.array(peerSchema).max(64),
  allowedOrigins: z.array(z.string().min(1).max(255)).max(100),
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

/** The config of a node. Rejects with {@link NodeError} `config.invalid`, which lists every problem. */
export async function loadConfig({ file, env = {}, overrides }: ConfigSources = {}): Promise<NodeConfig> {
  const defaults = defaultConfig(env)
  const layers = [file === undefined ? undefined : await readJson(file), fromEnvironment(defaults, env), overrides]
  const parsed = schema.safeParse(layers.reduce(merged, defaults))
  if (!parsed.success) throw new NodeError('config.invalid', { problems: parsed.error.issues.flatMap(problemsOf) })
  return parsed.data
}

function defaultConfig(env: NonNullable<ConfigSources['env']>): NodeConfig {
  const folders = userFolders(env)
  return {
    dataDir: folders.data,
    listen: { host: '127.0.0.1', port: 4210 },
    admin: { host: '127.0.0.1', port: 4211 },
    joinFile: join(folders.config, 'join.json'),
    roots: [],
    peers: [],
    allowedOrigins: [],
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

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new NodeError('config.invalid', { cause, problems: [{ path: '', problem: `cannot read ${file} as JSON` }] })
  }
}

/** What the environment says, if anything, with the names made from the shape of a complete config. */
function fromEnvironment(
  shape: object,
  env: NonNullable<ConfigSources['env']>,
  prefix = 'TRUSTMESH',
): object | undefined {
  const found: [string, unknown][] = Object.entries(shape).map(([key, value]) => {
    const name = `${prefix}_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`
    const text = env[name] || undefined
    if (Array.isArray(value)) return [key, text?.split(',')]
    if (typeof value === 'object') return [key, fromEnvironment(value, env, name)]
    return [key, typeof value === 'number' && text && /^\d{1,15}$/.test(text) ? Number(text) : text]
  })
  const said = found.filter(([, value]) => value !== undefined)
  return said.length > 0 ? Object.fromEntries(said) : undefined
}

/** Objects field by field, everything else whole. Made from entries, so that a field `__proto__` is a field and gets refused. */
function merged(base: unknown, over: unknown): unknown {
  if (over === undefined) return base
  if (!isObject(base) || !isObject(over)) return over
  const fields = Object.entries(over).map(([key, value]) => [
    key,
    merged(Object.hasOwn(base, key) ? base[key] : undefined, value),
  ])
  return { ...base, ...Object.fromEntries(fields) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), problem: 'unknown' }))
  }
  return [{ path: issue.path.join('.'), problem: issue.message }]
}
