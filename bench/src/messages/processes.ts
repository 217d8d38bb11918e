import { Hosted } from '../hosted.ts'

/** Scripts of this folder that run together, each in a process of its own, and end together. */
export class Processes {
  readonly #started: Hosted[] = []

  async start(script: string, ...args: readonly string[]): Promise<Hosted> {
    const one = await Hosted.start(new URL(script, import.meta.url), args)
    this.#started.push(one)
    return one
  }

  /** Whichever was started last ends first. */
  async stop(): Promise<void> {
    for (const one of this.#started.splice(0).reverse()) await one.stop()
  }
}
