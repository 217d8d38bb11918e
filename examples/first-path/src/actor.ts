import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Did } from '@trustmesh/identity'
import type { Order, Report } from './orders.ts'

type Outcome = Extract<Report, { type: 'done' | 'failed' }>
type Closed = Extract<Report, { type: 'closed' }>

/** An agent's process, as the story sees it. */
export class Actor {
  readonly name: string
  readonly did: Did
  readonly #child: ChildProcess
  /** When and why the agent's session ended for good. */
  readonly closed: Promise<Closed>

  private constructor(name: string, did: Did, child: ChildProcess, closed: Promise<Closed>) {
    this.name = name
    this.did = did
    this.#child = child
    this.closed = closed
  }

  /** Starts the process and waits until it has joined. */
  static async start(name: string, env: NodeJS.ProcessEnv, log: number): Promise<Actor> {
    const program = fileURLToPath(new URL('./agent.js', import.meta.url))
    const child = fork(program, [name], { env, stdio: ['ignore', log, log, 'ipc'] })
    const closed = reportOf(child, (report) => report.type === 'closed') as Promise<Closed>
    const joined = reportOf(child, (report) => report.type === 'joined')
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${name} ended before it had joined`)
    })
    const report = (await Promise.race([joined, ended])) as Extract<Report, { type: 'joined' }>
    ended.catch(() => {})
    return new Actor(name, report.did, child, closed)
  }

  async perform(order: Order): Promise<Outcome> {
    const outcome = reportOf(this.#child, ({ type }) => type === 'done' || type === 'failed') as Promise<Outcome>
    this.#child.send(order)
    return await outcome
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill()
    await exited
  }
}

function reportOf(child: ChildProcess, matches: (report: Report) => boolean): Promise<Report> {
  return new Promise((resolve) => {
    const listener = (report: Report): void => {
      if (!matches(report)) return
      child.off('message', listener)
      resolve(report)
    }
    child.on('message', listener)
  })
}
