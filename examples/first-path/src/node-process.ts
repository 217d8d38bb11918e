import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Child } from './child.ts'

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

  private constructor(address: NodeAddress) {
    this.address = address
  }

  /** Starts the process, says so, and waits until it serves. */
  static async start(env: NodeJS.ProcessEnv, log: number, started: (child: Child) => void): Promise<NodeProcess> {
    const program = createRequire(import.meta.url).resolve('@trustmesh/mesh-node/main')
    const process = spawn(execPath, [program], { env, stdio: ['ignore', 'pipe', log] })
    const child = new Child('the node', process)
    started(child)
    const [line] = await child.await(once(createInterface({ input: process.stdout as Readable }), 'line'))
    return new NodeProcess(JSON.parse(line as string) as NodeAddress)
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
}
