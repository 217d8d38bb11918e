import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Question } from './host.ts'

/** Longer than anything that is asked takes. */
const deadlineMs = 300_000

/** A script in a process of its own, whose CPU and heap are therefore nobody else's; it answers as `host.ts` says. */
export class Hosted {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Forks `script` and waits until it is ready. */
  static async start(script: URL, args: readonly string[] = []): Promise<Hosted> {
    // The child's stdout is our stderr: on stdout stands the result and nothing else.
    const child = fork(script, args, { stdio: ['ignore', 2, 2, 'ipc'] })
    await answerOf(child)
    return new Hosted(child)
  }

  /** One question at a time. Rejects if the process fails, ends, or does not answer. */
  async ask(name: string, argument?: unknown): Promise<unknown> {
    const answer = answerOf(this.#child)
    this.#child.send({ name, argument } satisfies Question)
    return await answer
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit', { signal: AbortSignal.timeout(deadlineMs) })
    this.#child.send({ name: 'stop' } satisfies Question)
    await exit
  }
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
      finish()
    }
    const onMessage = (message: unknown): void =>
      settle(() => {
        const answer = message as Answer
        if ('error' in answer) reject(new Error(answer.error))
        else resolve(answer.value)
      })
    const onExit = (code: number | null): void => settle(() => reject(new Error(`hosted process exited with ${code}`)))
    const timer = setTimeout(() => settle(() => reject(new Error('hosted process does not answer'))), deadlineMs)
    child.on('message', onMessage).on('exit', onExit)
  })
}
