import { connect } from 'node:net'
import {
  type Clock,
  type Did,
  encode,
  generateIdentity,
  type Identity,
  meshIdOf,
  toBase64url,
} from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { CONTRACTS, type Contract, OPERATOR, problem, ROLES, type Role } from '@trustmesh/mesh-node/admin'
import { generateKeyPair } from '@trustmesh/protocol/node'
import {
  type Delegation,
  type Issuance,
  issueDelegation,
  issueInvocation,
  type NewInvocation,
  parseDelegation,
} from '@trustmesh/trust'
import { expect } from 'vitest'
import type { AdminControl } from '../../packages/mesh-node/src/admin/control.ts'
import { type Admin, type AdminOptions, createAdmin } from '../../packages/mesh-node/src/admin/server.ts'
import { FileTokens } from '../../packages/mesh-node/src/admin/tokens.ts'
import type { AuditLine } from '../../packages/mesh-node/src/audit/log.ts'
import { MemoryAuditLog } from '../../packages/mesh-node/src/audit/memory.ts'
import type { AuditReader } from '../../packages/mesh-node/src/audit/reader.ts'
import { loadConfig } from '../../packages/mesh-node/src/config.ts'
import { RecentEvents } from '../../packages/mesh-node/src/events/events.ts'
import { issueMembership } from '../../packages/mesh-node/src/membership/certificate.ts'
import { createMetrics, type Metrics } from '../../packages/mesh-node/src/metrics.ts'
import { MeshNode } from '../../packages/mesh-node/src/node.ts'
import { MemoryStore } from '../../packages/mesh-node/src/store/memory.ts'
import type { Timers } from '../../packages/mesh-node/src/timers.ts'
import { NodeWebhooks } from '../../packages/mesh-node/src/webhooks/node-webhooks.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

export function someDid(): Did {
  return generateIdentity(systemRandom).did
}

/** Time that stands still until a test moves it on. */
export class TestTime implements Clock, Timers {
  #now = Date.UTC(2030, 0, 1)
  #monotonic = 0
  readonly #waiting = new Set<{ readonly at: number; readonly act: () => void }>()

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.#monotonic + ms, act }
    this.#waiting.add(timer)
    return () => this.#waiting.delete(timer)
  }

  soon(act: () => void): void {
    setImmediate(act)
  }

  pass(ms: number): void {
    this.#now += ms
    this.#monotonic += ms
    for (const timer of [...this.#waiting]) {
      if (timer.at <= this.#monotonic && this.#waiting.delete(timer)) timer.act()
    }
  }
}

export interface Call {
  readonly method?: string
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface Answer {
  readonly status: number
  readonly headers: Map<string, string>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what it is, is what the tests are about.
  readonly json: any
}

/** An operator who signs in with a key. */
export interface Operator {
  readonly identity: Identity
  readonly links: readonly Delegation[]
  readonly chain: readonly string[]
}

type Overridden = { -readonly [K in keyof AdminControl]?: AdminControl[K] }

type Field =
  | 'admin'
  | 'audit'
  | 'events'
  | 'logged'
  | 'metrics'
  | 'node'
  | 'options'
  | 'overridden'
  | 'root'
  | 'time'
  | 'tokens'

/** A real admin server before a real node without sockets, with a static token of each role. */
export class AdminFixture implements AsyncDisposable {
  readonly root: Identity
  readonly time: TestTime
  readonly node: MeshNode
  readonly audit: MemoryAuditLog
  readonly events: RecentEvents
  readonly metrics: Metrics
  readonly admin: Admin
  readonly options: AdminOptions
  readonly tokens: Readonly<Record<Role, string>>
  readonly logged: object[]
  /** What the node does otherwise than it would. */
  readonly overridden: Overridden
  readonly #close: () => Promise<void>

  private constructor(fields: Pick<AdminFixture, Field>, close: () => Promise<void>) {
    this.root = fields.root
    this.time = fields.time
    this.node = fields.node
    this.audit = fields.audit
    this.events = fields.events
    this.metrics = fields.metrics
    this.admin = fields.admin
    this.options = fields.options
    this.tokens = fields.tokens
    this.logged = fields.logged
    this.overridden = fields.overridden
    this.#close = close
  }

  static async start(more: Partial<AdminOptions> = {}): Promise<AdminFixture> {
    const folder = await temporaryFolder()
    const time = new TestTime()
    const random = systemRandom
    const [root, authority, self] = [0, 1, 2].map(() => generateIdentity(random)) as [Identity, Identity, Identity]
    const net = meshIdOf(root.did)
    const chain = await issueMembership({ root, authority, node: self.did }, { net, clock: time, random })
    const audit = new MemoryAuditLog({ clock: time })
    const metrics = createMetrics()
    const { limits } = await loadConfig({ overrides: { dataDir: folder.path } })
    const node = await MeshNode.open({
      mesh: { net, root: root.did, authorities: [authority.did], threshold: 1, admission: 'open' },
      keys: { node: self, authority, chain },
      roots: [],
      url: () => 'ws://127.0.0.1:4210',
      ...{ limits, store: new MemoryStore(), audit, metrics, clock: time, random, timers: time },
      keyPair: generateKeyPair,
    })
    const overridden: Overridden = {}
    const control = new Proxy(node.control, {
      get: (real, name: keyof AdminControl) => overridden[name] ?? real[name].bind(real),
    })
    const file = await FileTokens.open(`${folder.path}/tokens.json`, { random, clock: time })
    const tokens = {
      viewer: await file.issue('vera', 'viewer'),
      operator: await file.issue('otto', 'operator'),
      admin: await file.issue('ada', 'admin'),
    }
    const events = new RecentEvents({ clock: time })
    const webhooks = await NodeWebhooks.open({
      ...{ directory: folder.path, node: node.did, events, clock: time, random, timers: time },
      resolve: async () => [],
    })
    const logged: object[] = []
    const standingOf = (did: Did) => node.standingOf(did)
    const options: AdminOptions = {
      ...{ control, tokens: file, metrics, audit, events, webhooks, timers: time, clock: time, random },
      auditReader: new LinesReader(audit),
      identity: { did: node.did, net, root: root.did, knowledge: node.knowledge, standingOf },
      log: { error: (fields) => void logged.push(fields) },
      ...{ host: '127.0.0.1', port: 0, hosts: ['mesh.example'] },
      ...more,
    }
    const admin = await createAdmin(options)
    const close = async (): Promise<void> => {
      await admin.close()
      await webhooks.close()
      node.drain()
      await folder[Symbol.asyncDispose]()
    }
    const fields = { root, time, node, audit, events, metrics, admin, options, tokens, logged, overridden }
    return new AdminFixture(fields, close)
  }

  stop(): Promise<void> {
    return this.#close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  get issuance(): Issuance {
    return { net: this.node.net, clock: this.time, random: systemRandom }
  }

  /** As the admin, unless told otherwise. A body is sent as JSON, a string as it is. What is answered is what the API says. */
  async call(
    path: string,
    { method = 'GET', token = this.tokens.admin, headers = {}, body }: Call = {},
  ): Promise<Answer> {
    const response = await fetch(this.admin.url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(method === 'GET' || body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    const json: unknown = isJson ? JSON.parse(text) : undefined
    conforms(method, path, response.status, json)
    return { status: response.status, headers: new Map(response.headers), text, json }
  }

  async post(path: string, body: unknown, more: Call = {}): Promise<Answer> {
    return await this.call(path, { method: 'POST', body, ...more })
  }

  /** For what `fetch` would not send: the lines of the head, and the body; gives the whole answer. */
  raw(head: readonly string[], body = ''): Promise<string> {
    const { hostname, port } = new URL(this.admin.url)
    const length = body && `Content-Length: ${Buffer.byteLength(body)}\r\n`
    return new Promise((resolve, reject) => {
      let text = ''
      const socket = connect(Number(port), hostname, () => socket.end(`${head.join('\r\n')}\r\n${length}\r\n${body}`))
      socket.on('data', (bytes) => {
        text += bytes
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
  }

  /** Approved by somebody else than the admin, whom the root has made one. */
  async approve({ json: { id } }: Answer): Promise<Answer> {
    const token = (await this.signIn(await this.operator())).json.token
    return await this.post(`/v1/operations/${id}/approval`, {}, { token })
  }

  lastAudit(): AuditLine | undefined {
    return this.audit.lines.at(-1)
  }

  /** Makes somebody an operator by a link of the root's own, or by one of another operator. */
  async operator(
    can: string = OPERATOR.admin,
    { by, ttlMs = 86_400_000, identity = generateIdentity(systemRandom) }: Appointment = {},
  ): Promise<Operator> {
    const parent = by?.links.at(-1)
    const exp = Math.min(this.time.now() + ttlMs, parent?.exp ?? Number.POSITIVE_INFINITY)
    const depth = parent ? parent.depth - 1 : 3
    const statement = await issueDelegation(
      by?.identity ?? this.root,
      { aud: identity.did, can, depth, exp, ...(parent && { parent }) },
      this.issuance,
    )
    const chain = [...(by?.chain ?? []), toBase64url(statement.bytes)]
    return { identity, chain, links: [...(by?.links ?? []), parseDelegation(statement)] }
  }

  /** What an operator sends to sign in; by default for this node, with a challenge of its own. */
  async signInOf({ identity, chain, links }: Operator, wrong: Partial<SignedWrong> = {}): Promise<object> {
    const { did } = identity
    const challenge =
      wrong.challenge ?? (await this.post('/v1/login/challenge', { did }, { token: null })).json.challenge
    const leaf = links.at(-1) as Delegation
    const { node = this.node.did, net = this.node.net, aud = this.node.did, can = leaf.can, ...more } = wrong
    const args = encode({ challenge, net, node })
    const invocation = await issueInvocation(
      identity,
      { aud, leaf, can, args, ...(more.ttlMs && { ttlMs: more.ttlMs }) },
      { ...this.issuance, net },
    )
    return { did, chain, invocation: toBase64url(invocation.bytes) }
  }

  /** The answer to a sign-in that is as it should be. */
  async signIn(operator: Operator): Promise<Answer> {
    return await this.post('/v1/login', await this.signInOf(operator), { token: null })
  }
}

interface Appointment {
  readonly by?: Operator
  readonly ttlMs?: number
  readonly identity?: Identity
}

/** What somebody may sign otherwise than they should. */
interface SignedWrong extends Pick<NewInvocation, 'aud' | 'can'> {
  readonly challenge: string
  readonly node: Did
  readonly net: Uint8Array
  readonly ttlMs: number
}

const ROUTES: readonly Contract[] = Object.values(CONTRACTS)

/** The path of a contract, with parameters that have the right form. */
export function pathOf({ path }: Contract): string {
  const id = path.includes('statements') ? 'a'.repeat(64) : 'a'.repeat(32)
  return path
    .replace(':did', someDid())
    .replace(':id', id)
    .replace(':name', 'nobody')
    .replace(':file', 'page.js')
    .replace('*', '0/000')
}

export const roles: readonly Role[] = ROLES

/** Holds every answer against the schema that the API publishes for it. */
function conforms(method: string, path: string, status: number, json: unknown): void {
  if (status >= 400) return void expect(problem.safeParse(json).error).toBeUndefined()
  const route = ROUTES.find((each) => each.method === method && patternOf(each).test(path.split('?')[0] ?? ''))
  expect(route?.statuses, `${method} ${path}`).toContain(status)
  const { answer } = route as Contract
  if (answer !== null && typeof answer !== 'string') expect(answer.safeParse(json).error).toBeUndefined()
}

function patternOf({ path }: Contract): RegExp {
  return new RegExp(`^${path.replace(/:\w+/g, '[^/]+').replace('*', '.+')}$`)
}

/** The lines of a log in memory, as a log on disk shows its own. Trees have tests of their own. */
class LinesReader implements AuditReader {
  readonly #log: MemoryAuditLog
  readonly first = 0

  constructor(log: MemoryAuditLog) {
    this.#log = log
  }

  get size(): number {
    return this.#log.lines.length
  }

  async entries(from: number, limit: number) {
    return this.#log.lines.slice(from, from + limit).map((line, place) => ({ index: from + place, line }))
  }

  checkpoint(): string {
    return 'log\n0\n'
  }

  async inclusionProof() {
    return [new Uint8Array(32)]
  }

  async consistencyProof() {
    return [new Uint8Array(32)]
  }

  /** Whatever it is asked for but one: what is refused is so before that. */
  async file(path: string) {
    return path === 'tile/entries/x001/067.p/5' ? null : new Uint8Array(1)
  }
}
