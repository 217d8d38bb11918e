import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const LONGEST_MS = 30_000
const KILL_MS = 5_000

/** A process of the story. Whatever is awaited of it comes, or is an error: when it ends, or when its time is up. */
export class Child {
  readonly name: string
  readonly #process: ChildProcess
  readonly #ended: Promise<string>

  constructor(name: string, process: ChildProcess) {
    this.name = name
    this.#process = process
    this.#ended = once(process, 'exit').then(
      ([code, signal]) => `ended with ${code ?? signal}`,
      (error: unknown) => `failed: ${error}`,
    )
  }

  async await<T>(report: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, LONGEST_MS, `did not answer within ${LONGEST_MS / 1000} s`)
    })
    const failed = Promise.race([this.#ended, late]).then((what) => {
      throw new Error(`${this.name} ${what}`)
    })
    try {
      return await Promise.race([report, failed])
    } finally {
      clearTimeout(timer)
      failed.catch(() => {})
    }
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), KILL_MS)
    await this.#ended
    clearTimeout(timer)
  }
}
