import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { type Did, parseDid } from '@trustmesh/identity'
import { until } from '../e2e/until.ts'

/** A program of an example, and what it has said so far. */
export class Program implements AsyncDisposable {
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>

  constructor(path: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [path, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null)
  }

  /** What it says where that matches, once it does: the first group. Fails with all that it has said where it ends before. */
  async says(pattern: RegExp, where: 'stderr' | 'stdout' = 'stdout'): Promise<string> {
    const said = await until(() => {
      const found = pattern.exec(this[where])
      if (!found && this.#child.exitCode !== null) throw new Error(`it ended:\n${this.stdout}${this.stderr}`)
      return found
    })
    return said[1] ?? said[0]
  }

  /** As whom it has joined: each says `verb-ing as DID` once it has. */
  async did(): Promise<Did> {
    return parseDid(await this.says(/^\w+ as (did:key:\w+)$/m))
  }

  /** A line of input. */
  enter(text = ''): void {
    this.#child.stdin.write(`${text}\n`)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM')
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
