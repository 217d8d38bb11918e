import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { buildProjects } from '../e2e/node-process.ts'
import type { Envelope, Said } from './terminal.ts'

const program = fileURLToPath(new URL('../../packages/cli/bin/trustmesh.js', import.meta.url))

/** Brings the program that these tests start up to date. */
export async function buildProgram(): Promise<void> {
  await buildProjects('packages/cli')
}

/** The program as people start it: a process for each command, in a home; what goes on ends with the block. */
export class Machine implements AsyncDisposable {
  readonly home: string
  readonly #running: ChildProcess[] = []

  constructor(home: string) {
    this.home = home
  }

  async run(...args: readonly string[]): Promise<Said> {
    const child = this.#start(args)
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text
      })
    }
    const [exitCode] = await once(child, 'close')
    return { ...said, exitCode: exitCode as number }
  }

  /** What a command answers with `--json`, and what it ends with. */
  async json(
    ...args: readonly string[]
  ): Promise<{ readonly exitCode: number; readonly kind: string; readonly data: Data }> {
    const { stdout, stderr, exitCode } = await this.run(...args, '--json')
    try {
      const { kind, data, error } = JSON.parse(stdout) as Envelope
      return { exitCode, kind, data: { ...(data as object), ...error } as Data }
    } catch (cause) {
      throw new Error(`trustmesh ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`, { cause })
    }
  }

  /** Starts what goes on until it is ended; resolves to its first envelope, and all that come. */
  async begin(...args: readonly string[]): Promise<{ readonly first: Data; readonly lines: Data[] }> {
    const child = this.#start([...args, '--json'])
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    this.#running.push(child)
    const lines: Data[] = []
    const read = createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      lines.push((JSON.parse(line) as Envelope).data as Data)
    })
    const ended = once(child, 'close').then(() => {
      throw new Error(`trustmesh ${args.join(' ')} has ended:\n${stderr}`)
    })
    ended.catch(() => {})
    await Promise.race([once(read, 'line'), ended])
    return { first: lines[0] as Data, lines }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const closed = once(child, 'close')
      child.kill('SIGTERM')
      await closed
    }
  }

  #start(args: readonly string[]): ChildProcess {
    const env = {
      ...{ PATH: process.env['PATH'], HOME: this.home, TRUSTMESH_HOME: this.home },
      ...{ TRUSTMESH_LISTEN_PORT: '0', TRUSTMESH_ADMIN_PORT: '0' },
    }
    return spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  }
}

/** What an envelope holds: tests look at what they know is there. */
// biome-ignore lint/suspicious/noExplicitAny: The schemas are those of the API, which has tests of its own.
export type Data = any
