import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Did } from '@trustmesh/identity'
import { transform } from 'esbuild'
import type { Announcement, Answer, NodeView, Question } from './node-program.ts'

export interface ChaosNodeOptions {
  readonly place: number
  readonly did: Did
  readonly dataDir: string
  readonly joinFile: string
  /** The port that it listens on from now on, or none. */
  readonly moved: (port: number | undefined) => void
  /** It has ended though nobody has ended it. */
  readonly died: (what: string) => void
}

/** What a revocation came to: how sure it is; nothing where no answer came. */
export type Revoked = 'durable' | 'in-force' | null

type Ask = Question extends infer Q ? (Q extends unknown ? Omit<Q, 'id'> : never) : never

const HERE = fileURLToPath(new URL('.', import.meta.url))
const REVOKE_MS = 5_000
const ANSWER_MS = 30_000
const MAX_STDERR = 4_096

/** A node in a process of its own, to which anything may happen. */
export class ChaosNode implements AsyncDisposable {
  readonly place: number
  readonly did: Did
  readonly dataDir: string
  /** How wrong its clock is. */
  aheadMs = 0
  /** Starts so far. */
  starts = 0
  readonly #options: ChaosNodeOptions
  readonly #waiting = new Map<number, (value: unknown) => void>()
  #asked = 0
  #child: ChildProcess | undefined
  #pauser: ChildProcess | undefined
  #said: Announcement | undefined
  #token: string | undefined

  constructor(options: ChaosNodeOptions) {
    this.#options = options
    this.place = options.place
    this.did = options.did
    this.dataDir = options.dataDir
  }

  get isUp(): boolean {
    return this.#child !== undefined
  }

  get isPaused(): boolean {
    return this.#pauser !== undefined
  }

  /** Resolves once it can be reached; rejects with what it wrote where it does not come to that. */
  async start(): Promise<void> {
    const { dataDir, joinFile, moved, died } = this.#options
    const source = await readFile(`${HERE}node-program.ts`, 'utf8')
    const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20' })
    const args = ['--input-type=module', '-e', code, dataDir, joinFile, `${this.aheadMs}`]
    const child = spawn(process.execPath, args, { cwd: HERE, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#child = child
    this.starts++
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr = (stderr + text).slice(-MAX_STDERR)
    })
    child.on('message', ({ id, value }: Answer) => this.#settle(id, value))
    const said = new Promise((resolve) => this.#waiting.set(0, resolve))
    const ended = once(child, 'close').then(([exitCode, signal]) => {
      const isKilled = this.#child !== child
      if (!isKilled) this.#forget()
      return isKilled ? '' : `node ${this.place} ended with ${exitCode ?? signal}: ${stderr}`
    })
    const first = await Promise.race([said, ended])
    if (first === null || typeof first === 'string') throw new Error((await ended) || 'killed as it started')
    void ended.then((what) => what && died(what))
    this.#said = first as Announcement
    this.#token ??= this.#said.token
    moved(Number(new URL(this.#said.url).port))
  }

  /** As when the power fails, but for what the kernel still holds. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child) return
    const exited = once(child, 'exit')
    this.#forget()
    child.kill('SIGKILL')
    await exited
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    const exited = once(child, 'exit')
    await this.#ask({ ask: 'stop' })
    this.#forget()
    await exited
  }

  /** Stops for as long as another process lives, so that it goes on should this one be gone. */
  pause(): void {
    const pid = this.#child?.pid
    if (!pid || this.isPaused) return
    const script = 'kill -STOP "$1"; read -r _; kill -CONT "$1"'
    this.#pauser = spawn('sh', ['-c', script, 'sh', `${pid}`], { stdio: ['pipe', 'ignore', 'ignore'] })
  }

  async resume(): Promise<void> {
    const pauser = this.#pauser
    if (!pauser) return
    this.#pauser = undefined
    const exited = once(pauser, 'exit')
    pauser.stdin?.end()
    await exited
  }

  async jump(aheadMs: number): Promise<void> {
    this.aheadMs = aheadMs
    if (this.isUp && !this.isPaused) await this.#ask({ ask: 'jump', aheadMs })
  }

  /** Nothing where it has ended meanwhile, or does not answer. */
  async view(dids: Iterable<Did>): Promise<NodeView | null> {
    return (await this.#ask({ ask: 'view', dids: [...dids] })) as NodeView | null
  }

  /** By its operator. */
  async revoke(did: Did): Promise<Revoked> {
    try {
      const response = await fetch(`${this.#said?.admin}/v1/revocations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ did, reason: 'a test' }),
        signal: AbortSignal.timeout(REVOKE_MS),
      })
      const { durable } = (await response.json()) as { readonly durable?: boolean }
      return durable === undefined ? null : durable ? 'durable' : 'in-force'
    } catch {
      return null
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #ask(question: Ask): Promise<unknown> {
    const child = this.#child
    if (!child?.connected) return Promise.resolve(null)
    const id = ++this.#asked
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      setTimeout(() => this.#settle(id, null), ANSWER_MS).unref()
      child.send({ ...question, id })
    })
  }

  #settle(id: number, value: unknown): void {
    this.#waiting.get(id)?.(value)
    this.#waiting.delete(id)
  }

  #forget(): void {
    this.#child = undefined
    this.#pauser?.stdin?.end()
    this.#pauser = undefined
    this.#options.moved(undefined)
    for (const id of [...this.#waiting.keys()]) this.#settle(id, null)
  }
}
