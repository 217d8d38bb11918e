import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Did, Identity } from '@trustmesh/identity'
import { FileKeystore, systemRandom } from '@trustmesh/identity/node'
import { loadConfig, type MeshNode, type PartialConfig, type RunningNode, startNode } from '@trustmesh/mesh-node'
import type { MeshEvent } from '../../packages/mesh-node/src/events/event.ts'
import type { Webhooks } from '../../packages/mesh-node/src/webhooks/webhooks.ts'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { type AuditLine, auditLinesIn } from './audit-lines.ts'
import { until } from './until.ts'

const HOST = '127.0.0.1'

/** A real node in this process: on sockets, on a folder of its own, with the admin API that its operator uses. */
export class TestNode implements AsyncDisposable {
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>
  readonly #overrides: PartialConfig
  #running: RunningNode | undefined
  #token = ''
  /** What a join file says now: what `joinMesh` takes. */
  joinFile: JoinFile = { url: '', node: '' as Did, net: '' }

  private constructor(folder: Awaited<ReturnType<typeof temporaryFolder>>, overrides: PartialConfig) {
    this.#folder = folder
    this.#overrides = overrides
  }

  static async start(overrides: PartialConfig = {}): Promise<TestNode> {
    const node = new TestNode(await temporaryFolder(), overrides)
    await node.#start(await freePort())
    return node
  }

  get node(): MeshNode {
    return this.#serving.node
  }

  get url(): string {
    return this.#serving.url
  }

  /** What has happened since it was started, of all kinds unless told otherwise. */
  events(kind?: string): readonly MeshEvent[] {
    const all = this.#serving.events.since(0)
    return kind === undefined ? all : all.filter((event) => event.kind === kind)
  }

  get webhooks(): Webhooks {
    return this.#serving.webhooks
  }

  /** Where its operators connect. */
  get adminUrl(): string {
    return this.#serving.adminUrl
  }

  /** What its first start has shown: an admin's. */
  get token(): string {
    return this.#token
  }

  get dataDir(): string {
    return join(this.#folder.path, 'node')
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
    this.#running = undefined
  }

  /** On the folder and the port that {@link stop} has left behind. */
  async startAgain(): Promise<void> {
    await this.#start(Number(new URL(this.joinFile.url).port))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.#folder[Symbol.asyncDispose]()
  }

  /** A key that the node holds. */
  async key(name: 'authority' | 'node' | 'root'): Promise<Identity> {
    const keys = {
      directory: join(this.dataDir, 'keys'),
      random: systemRandom,
      passphrase: async () => null,
      warn: () => {},
    }
    return (await new FileKeystore(keys).load(name)) as Identity
  }

  /** As the operator. */
  async call(
    path: string,
    body?: object,
    token: string = this.#token,
  ): Promise<{ status: number; text: string; json: unknown }> {
    const response = await fetch(`${this.#serving.adminUrl}${path}`, {
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    return {
      status: response.status,
      text,
      json: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null,
    }
  }

  async revoke(did: Did): Promise<unknown> {
    const { status, json } = await this.call('/v1/revocations', { did, reason: 'a test' })
    if (status !== 201) throw new Error(`the revocation was answered by ${status}`)
    return json
  }

  /** How often something was counted: `counted('trustmesh_handshakes_total', 'ok')`. */
  async counted(name: string, label: string): Promise<number> {
    const { text } = await this.call('/metrics')
    return Number(new RegExp(`^${name}\\{[a-z]+="${label}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  }

  /** The audit log, up to everything that has happened by now. */
  async audit(): Promise<AuditLine[]> {
    const marks = async (): Promise<[AuditLine[], number]> => {
      const lines = await this.#auditLines()
      const others = lines.filter(({ code }) => code !== 'admin.unauthenticated')
      return [others, lines.length - others.length]
    }
    const [, before] = await marks()
    await this.call('/livez', undefined, '')
    return await until(async () => {
      const [lines, after] = await marks()
      return after > before && lines
    })
  }

  /** What is durable of it: the entries of the bundles, and those in the journal. */
  async #auditLines(): Promise<AuditLine[]> {
    return await auditLinesIn(join(this.dataDir, 'audit'))
  }

  get #serving(): RunningNode {
    if (!this.#running) throw new Error('the node is stopped')
    return this.#running
  }

  async #start(port: number): Promise<void> {
    const { listen, admin, ...overrides } = this.#overrides
    const config = await loadConfig({
      overrides: {
        dataDir: this.dataDir,
        joinFile: join(this.#folder.path, 'join.json'),
        listen: { host: HOST, ...listen, port },
        // Tests cut off as many as they like.
        admin: { host: HOST, secondOperatorAbove: 1_000_000, ...admin, port: 0 },
        ...overrides,
      },
    })
    const log = { info: () => {}, warn: () => {}, error: () => {} }
    this.#running = await startNode(config, { log, passphrase: async () => null })
    this.#token = this.#running.newTokens[0]?.token ?? this.#token
    this.joinFile = JSON.parse(await readFile(config.joinFile, 'utf8')) as JoinFile
  }
}

/** The part of a join file that these tests look at. */
export interface JoinFile {
  readonly url: string
  readonly node: Did
  readonly net: string
}
