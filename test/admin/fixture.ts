import { connect } from 'node:net'
import { type Did, generateIdentity, type StatementId } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { AdminControl, AgentView, Check, RevocationRequest } from '../../packages/mesh-node/src/admin/control.ts'
import { type Admin, createAdmin } from '../../packages/mesh-node/src/admin/server.ts'
import { FileTokens } from '../../packages/mesh-node/src/admin/tokens.ts'
import type { AuditLine } from '../../packages/mesh-node/src/audit/log.ts'
import { MemoryAuditLog } from '../../packages/mesh-node/src/audit/memory.ts'
import { createMetrics, type Metrics } from '../../packages/mesh-node/src/metrics.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

export function someDid(): Did {
  return generateIdentity(systemRandom).did
}

export function agent(did: Did): AgentView {
  return {
    did,
    name: 'alice',
    connected: true,
    status: 'active',
    score: 300,
    tier: 'probation',
    confidence: 500,
    sessions: 1,
  }
}

/** Stands in for the node: remembers what it was asked to do. */
export class FakeControl implements AdminControl {
  readonly asked: RevocationRequest[] = []
  list: AgentView[] = []
  state: Check[] = [{ name: 'store', ok: true }]
  /** Comes before a revocation: to hold it up, or to fail it. */
  before: () => Promise<void> = async () => {}

  agents(): readonly AgentView[] {
    return this.list
  }

  async revoke(request: RevocationRequest) {
    await this.before()
    const created = !this.asked.some(({ did }) => did === request.did)
    this.asked.push(request)
    const statement = Buffer.from(request.did.slice(-32)).toString('hex') as StatementId
    return { statement, did: request.did, sessionsClosed: created ? 2 : 0, durable: true, created } as const
  }

  checks(): readonly Check[] {
    return this.state
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

/** A real admin server before a fake node, with one token of each role. */
export class AdminFixture {
  readonly control: FakeControl
  readonly audit: MemoryAuditLog
  readonly metrics: Metrics
  readonly admin: Admin
  readonly tokens: { readonly viewer: string; readonly operator: string }
  readonly logged: object[]

  private constructor(fields: Omit<AdminFixture, 'call' | 'raw' | 'stop' | 'lastAudit'>) {
    this.control = fields.control
    this.audit = fields.audit
    this.metrics = fields.metrics
    this.admin = fields.admin
    this.tokens = fields.tokens
    this.logged = fields.logged
  }

  static async start(): Promise<AdminFixture> {
    await using folder = await temporaryFolder()
    const file = await FileTokens.open(`${folder.path}/tokens.json`, systemRandom)
    const tokens = { viewer: await file.issue('vera', 'viewer'), operator: await file.issue('otto', 'operator') }
    const control = new FakeControl()
    const metrics = createMetrics()
    const audit = new MemoryAuditLog({ clock: { now: () => 0, monotonic: () => 0 } })
    const logged: object[] = []
    const log = { error: (fields: object) => void logged.push(fields) }
    const at = { host: '127.0.0.1', port: 0, hosts: ['mesh.example'] }
    const admin = await createAdmin({ control, tokens: file, metrics, audit, log, ...at })
    return new AdminFixture({ control, metrics, audit, admin, tokens, logged })
  }

  stop(): Promise<void> {
    return this.admin.close()
  }

  /** As an operator, unless told otherwise. A body is sent as JSON, a string as it is. */
  async call(
    path: string,
    { method = 'GET', token = this.tokens.operator, headers = {}, body }: Call = {},
  ): Promise<Answer> {
    const response = await fetch(this.admin.url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      headers: new Map(response.headers),
      text,
      json: isJson ? JSON.parse(text) : undefined,
    }
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

  lastAudit(): AuditLine | undefined {
    return this.audit.lines.at(-1)
  }
}
