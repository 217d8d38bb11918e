import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Played } from '../play.ts'
import { SimulatorError } from '../simulator-error.ts'
import type { Answer, Order } from './message.ts'

/** How much is kept of what a process says before it ends by itself. */
const KEPT_CHARACTERS = 4_000

const program = new URL('./worker.js', import.meta.url)

/** A process of its own that plays runs, one at a time. */
export class Player {
  readonly #child: ChildProcess
  #said = ''

  constructor() {
    this.#child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-KEPT_CHARACTERS)
    })
  }

  /** Plays a run. Rejects with `run.failed`, or with `run.timeout` where it is not over in time: end the process then. */
  play(order: Order, limitMs: number): Promise<Played> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const failed = (
        message: string,
        why: readonly string[] = [],
        code: 'run.failed' | 'run.timeout' = 'run.failed',
      ) => settle(() => reject(new SimulatorError(code, message, { why })))
      const answered = (answer: Answer) => {
        if ('played' in answer) settle(() => resolve(answer.played))
        else failed(answer.failure.message, answer.failure.stack?.split('\n').slice(1, 6))
      }
      const ended = (code: number | null, signal: string | null) =>
        failed(`its process ended with ${signal ?? code}`, this.#said.trim().split('\n').slice(-5))
      const broken = (error: Error) => failed(error.message)
      const timer = setTimeout(() => failed(`it was not over after ${limitMs / 1_000} s`, [], 'run.timeout'), limitMs)
      const settle = (say: () => void) => {
        clearTimeout(timer)
        child.off('message', answered).off('close', ended).off('error', broken)
        say()
      }
      child.on('message', answered).on('close', ended).on('error', broken)
      if (child.connected) child.send(order, (error) => error && failed(error.message))
      else failed('its process is gone')
    })
  }

  /** Resolves once it has ended, whatever it is doing. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}
