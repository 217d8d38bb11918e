import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Question } from './responder-host.ts'

const deadlineMs = 30_000

/** A responder in a process of its own, whose CPU is therefore nobody else's. */
export class ResponderProcess {
  readonly #child: ChildProcess
  /** What the responder says that initiators must know; the script and its caller agree on the shape. */
  readonly info: unknown

  private constructor(child: ChildProcess, info: unknown) {
    this.#child = child
    this.info = info
  }

  /** Forks `script`, which calls `hostResponder`, and waits until it is ready. */
  static async start(script: URL, args: readonly string[] = []): Promise<ResponderProcess> {
    // The child's stdout is our stderr: on stdout stands the result and nothing else.
    const child = fork(script, args, { stdio: ['ignore', 2, 2, 'ipc'] })
    const answer = await answerOf(child)
    if (answer.kind !== 'ready') throw new Error(`responder said ${answer.kind} before it was ready`)
    return new ResponderProcess(child, answer.info)
  }

  /** CPU that the process has used since it started, in ms. */
  async cpuMs(): Promise<number> {
    const answer = await ask(this.#child, 'cpu')
    if (answer.kind !== 'cpu') throw new Error(`responder answered ${answer.kind}`)
    return answer.ms
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit', { signal: AbortSignal.timeout(deadlineMs) })
    this.#child.send('stop' satisfies Question)
    await exit
  }
}

function ask(child: ChildProcess, question: Question): Promise<Answer> {
  const answer = answerOf(child)
  child.send(question)
  return answer
}

function answerOf(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
      finish()
    }
    const onMessage = (message: unknown): void => settle(() => resolve(message as Answer))
    const onExit = (code: number | null): void => settle(() => reject(new Error(`responder exited with ${code}`)))
    const timer = setTimeout(() => settle(() => reject(new Error('responder does not answer'))), deadlineMs)
    child.on('message', onMessage).on('exit', onExit)
  })
}
