import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { JoinFile } from '../e2e/kit.ts'

/** Debian's, which has the modules; other installations of Python usually do not. */
export const PYTHON = '/usr/bin/python3'
const DEADLINE_MS = 30_000

/** Whether Python and its modules are here. Where they must be (in CI), absence is an error. */
export function hasPython(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import cryptography, msgpack, websockets'], { stdio: 'ignore' })
    return true
  } catch {
    const what = `${PYTHON} with python3-cryptography, python3-msgpack and python3-websockets`
    if (process.env['CI'] === 'true') throw new Error(`${what} is absent`)
    console.warn(`left out: the client in Python, because ${what} is absent`)
    return false
  }
}

/** What the program says, one line of JSON an event. */
export type PythonEvent = { readonly event: string } & Readonly<Record<string, unknown>>

/** An agent in Python, written from `docs/spec` alone: commands go in, events come out. */
export class PythonAgent implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #input: Writable
  readonly #events: PythonEvent[] = []
  readonly #exited: Promise<unknown>
  #stderr = ''
  #wake: () => void = () => {}

  /** Joins with the key of the 32-byte seed. */
  static async start(file: JoinFile, seed: Uint8Array, folder: string): Promise<PythonAgent> {
    const path = join(folder, 'join.json')
    await writeFile(path, JSON.stringify(file))
    const program = fileURLToPath(new URL('./agent.py', import.meta.url))
    const child = spawn(PYTHON, ['-B', program, path, Buffer.from(seed).toString('hex')], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    return new PythonAgent(child, child.stdin, child.stdout, child.stderr)
  }

  private constructor(child: ChildProcess, input: Writable, output: Readable, errors: Readable) {
    this.#child = child
    this.#input = input
    this.#exited = once(child, 'exit').then(() => this.#wake())
    errors.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text
    })
    createInterface({ input: output }).on('line', (line) => {
      this.#events.push(JSON.parse(line) as PythonEvent)
      this.#wake()
    })
  }

  do(command: object): void {
    this.#input.write(`${JSON.stringify(command)}\n`)
  }

  /** The next event of that name that was not asked for before; what comes ahead of it stays. */
  async next(name: string): Promise<PythonEvent> {
    const deadline = Date.now() + DEADLINE_MS
    while (true) {
      const at = this.#events.findIndex(({ event }) => event === name)
      const [found] = at === -1 ? [] : this.#events.splice(at, 1)
      if (found) return found
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`no "${name}" from Python; it said ${JSON.stringify(this.#events)} and ${this.#stderr}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** The events of that name that were said so far and not asked for. */
  said(name: string): PythonEvent[] {
    return this.#events.filter(({ event }) => event === name)
  }

  /** The code with which the program ended by itself. */
  async exit(): Promise<number | null> {
    await this.#exited
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill()
    await this.#exited
  }
}
