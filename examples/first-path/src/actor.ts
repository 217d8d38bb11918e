import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Did } from '@trustmesh/identity'
import { Child } from './child.ts'
import type { Order, Report } from './orders.ts'

type Outcome = Extract<Report, { type: 'done' | 'failed' }>
type Joined = Extract<Report, { type: 'joined' }>
type Closed = Extract<Report, { type: 'closed' }>

/** An agent's process, as the story sees it. */
export class Actor {
  readonly name: string
  readonly did: Did
  readonly #child: Child
  readonly #process: ChildProcess
  readonly #closed: Promise<Closed>

  private constructor(child: Child, process: ChildProcess, did: Did, closed: Promise<Closed>) {
    this.name = child.name
    this.did = did
    this.#child = child
    this.#process = process
    this.#closed = closed
  }

  /** Starts the process, says so, and waits until it has joined. */
  static async start(
    name: string,
    env: NodeJS.ProcessEnv,
    log: number,
    started: (child: Child) => void,
  ): Promise<Actor> {
    const program = fileURLToPath(new URL('./agent.js', import.meta.url))
    const process = fork(program, [name], { env, stdio: ['ignore', log, log, 'ipc'] })
    const child = new Child(name, process)
    started(child)
    const closed = reportOf(process, ({ type }) => type === 'closed') as Promise<Closed>
    const joined = reportOf(process, ({ type }) => type === 'joined') as Promise<Joined>
    const { did } = await child.await(joined)
    return new Actor(child, process, did, closed)
  }

  async perform(order: Order): Promise<Outcome> {
    const outcome = reportOf(this.#process, ({ type }) => type === 'done' || type === 'failed') as Promise<Outcome>
    // That it cannot be sent to a process that has ended is told by its end.
    this.#process.send(order, () => {})
    return await this.#child.await(outcome)
  }

  /** When and why the agent's session ended for good. */
  async closed(): Promise<Closed> {
    return await this.#child.await(this.#closed)
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
