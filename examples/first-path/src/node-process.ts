import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** What a node says once it serves. */
export interface NodeAddress {
  readonly url: string
  readonly admin: string
  readonly did: string
  readonly tokens: { readonly operator: string }
}

/** A node's process: the same program that an operator starts. */
export class NodeProcess {
  readonly address: NodeAddress
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, address: NodeAddress) {
    this.#child = child
    this.address = address
  }

  static async start(env: NodeJS.ProcessEnv, log: number): Promise<NodeProcess> {
    const program = createRequire(import.meta.url).resolve('@trustmesh/mesh-node/main')
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', log] })
    const lines = createInterface({ input: child.stdout as Readable })
    const first = once(lines, 'line').then(([line]) => JSON.parse(line as string) as NodeAddress)
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the node ended with ${code}`)
    })
    const address = await Promise.race([first, ended])
    ended.catch(() => {})
    return new NodeProcess(child, address)
  }

  /** What an operator does with curl. */
  async post(path: string, body: object): Promise<unknown> {
    const { admin, tokens } = this.address
    const response = await fetch(`${admin}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.operator}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return await response.json()
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }
}
