import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Did } from '@trustmesh/identity'
import { auditTextsIn } from './audit-lines.ts'
import type { JoinFile } from './test-node.ts'

const scripts = new URL('../../scripts/', import.meta.url)

/** Brings the `dist` of projects up to date with their source, one build of this checkout at a time. */
export async function buildProjects(...projects: readonly string[]): Promise<void> {
  const program = `
    const { locked } = await import('${new URL('lock.mjs', scripts)}')
    const { node } = await import('${new URL('child.mjs', scripts)}')
    const args = ['-b', ...process.argv.slice(1)]
    const { code } = await locked(() => node('node_modules/typescript/bin/tsc', args))
    process.exitCode = code`
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, ...projects])
}

export async function buildNode(): Promise<void> {
  await buildProjects('packages/mesh-node')
}

/** What a node says in its one line once it serves. */
interface Announcement {
  readonly admin: string
  readonly joinFile: string
  readonly tokens: { readonly operator: string }
}

export interface NodeProcessOptions {
  /** Its home: keys, store, logs and join file. */
  readonly home: string
  /** More of its environment: `TRUSTMESH_LIMITS_MAX_SESSIONS` and so on. */
  readonly env?: Readonly<Record<string, string>>
  /** Its options. */
  readonly args?: readonly string[]
  /** Path of the program; that of this checkout unless told otherwise. */
  readonly program?: string
}

/** The program that an operator starts, as a process of its own. */
export class NodeProcess implements AsyncDisposable {
  readonly joinFile: JoinFile
  readonly #child: ChildProcess
  readonly #home: string
  readonly #said: Announcement
  readonly #wrote: { readonly stdout: () => string; readonly stderr: () => string }

  /** Resolves once it serves; rejects with its exit code and what it wrote to stderr if it does not. */
  static async start({ home, env, args = [], program }: NodeProcessOptions): Promise<NodeProcess> {
    const path = program ?? createRequire(import.meta.url).resolve('@trustmesh/mesh-node/main')
    const child = spawn(process.execPath, [path, ...args], {
      env: { TRUSTMESH_HOME: home, TRUSTMESH_LISTEN_PORT: '0', TRUSTMESH_ADMIN_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    const said = once(createInterface({ input: child.stdout }), 'line').then(
      ([line]) => JSON.parse(line as string) as Announcement,
    )
    const ended = once(child, 'close').then(([code]) => {
      throw new EndedEarly(code as number | null, stderr)
    })
    ended.catch(() => {})
    const announcement = await Promise.race([said, ended])
    const joinFile = JSON.parse(await readFile(announcement.joinFile, 'utf8')) as JoinFile
    return new NodeProcess(child, home, announcement, joinFile, { stdout: () => stdout, stderr: () => stderr })
  }

  private constructor(
    child: ChildProcess,
    home: string,
    said: Announcement,
    joinFile: JoinFile,
    wrote: { readonly stdout: () => string; readonly stderr: () => string },
  ) {
    this.#child = child
    this.#home = home
    this.#said = said
    this.joinFile = joinFile
    this.#wrote = wrote
  }

  /** Where its operators connect, and the token that they begin with: none where it has been started before. */
  get operator(): { readonly url: string; readonly token: string } {
    const { admin, tokens } = this.#said
    return { url: admin, token: tokens.operator }
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Everything that it has written to stderr so far. */
  get stderr(): string {
    return this.#wrote.stderr()
  }

  /** Everything that it has written to stdout so far, behind the line in which it says that it serves. */
  get stdout(): string {
    const text = this.#wrote.stdout()
    return text.slice(text.indexOf('\n') + 1)
  }

  async get(path: string): Promise<string> {
    return await this.#call(path, {})
  }

  /** As the operator; resolves once that is on disk and in force. */
  async revoke(did: Did): Promise<void> {
    const body = JSON.stringify({ did, reason: 'a test' })
    await this.#call('/v1/revocations', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  }

  /** The audit log as it is on disk: whole once the process has ended. */
  async audit(): Promise<string> {
    return (await auditTextsIn(join(this.#home, 'node', 'audit'))).join('\n')
  }

  /** Asks it to end, as an operator does; gives its exit code. */
  async stop(): Promise<number | null> {
    if (this.isRunning) {
      const closed = once(this.#child, 'close')
      this.#child.kill('SIGTERM')
      await closed
    }
    return this.#child.exitCode
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #call(path: string, { headers, ...init }: RequestInit): Promise<string> {
    const { admin, tokens } = this.#said
    const authorization = `Bearer ${tokens.operator}`
    const response = await fetch(admin + path, { ...init, headers: { authorization, ...headers } })
    return await response.text()
  }
}

/** A node that did not come to serve. */
export class EndedEarly extends Error {
  readonly exitCode: number | null
  readonly stderr: string

  constructor(exitCode: number | null, stderr: string) {
    super(`the node ended with ${exitCode}`)
    this.exitCode = exitCode
    this.stderr = stderr
  }
}
