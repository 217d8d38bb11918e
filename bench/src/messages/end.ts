import { cpuMsSoFar } from '../cpu.ts'
import { host } from '../host.ts'

/** Who an end of a route is: a process of a subject whose name is this. */
export type Role = 'sender' | 'receiver'

/** What each message carries. */
export const CONTENT: Uint8Array = Uint8Array.from({ length: 256 }, (_, i) => i)
/** Messages that a sender has sent and that are not settled yet: no subject may have more on their way. */
export const WINDOW = 1_000

/** One end of a route, by whatever it is joined. */
export interface End {
  /** Sends messages until `isOver`, a window of them at a time; resolves to how many, when the last is settled. */
  send(isOver: () => boolean): Promise<number>
  /** Sends a message that is answered with as many bytes, and waits for the answer; not at all where a subject has no such thing. */
  request?(): Promise<void>
  stop(): Promise<void>
}

/** Longer than what is on its way when a sender is done ever takes. */
const LATE_MS = 30_000

/** The whole main program of an end: `node X-end.js ROLE PLACE`. `join` is given what it calls for each message that has come and been checked. */
export async function hostEnd(join: (role: Role, place: string, arrived: () => void) => Promise<End>): Promise<void> {
  const [role = '', place = ''] = process.argv.slice(2)
  const arrivals = new Arrivals()
  const end = await join(role as Role, place, () => arrivals.add())
  host(
    {
      send: (ms) => {
        const until = performance.now() + (ms as number)
        return end.send(() => performance.now() >= until)
      },
      request: (count) => latencies(end, count as number),
      received: (count) => arrivals.take(count as number),
      cpu: cpuMsSoFar,
    },
    () => end.stop(),
  )
}

/** How long each of so many requests took, one after the other, in ms. */
async function latencies(end: End, count: number): Promise<number[]> {
  const each: number[] = []
  while (each.length < count) {
    const at = performance.now()
    await end.request?.()
    each.push(performance.now() - at)
  }
  return each
}

/** Messages that have come to this end since they were last asked for. */
class Arrivals {
  #count = 0
  #firstAt = 0
  #lastAt = 0

  add(): void {
    this.#lastAt = performance.now()
    if (this.#count++ === 0) this.#firstAt = this.#lastAt
  }

  /** Resolves once there are so many, to the ms from the first to the last. */
  async take(count: number): Promise<number> {
    for (const lateAt = performance.now() + LATE_MS; this.#count < count; ) {
      if (performance.now() > lateAt) throw new Error(`${count - this.#count} of ${count} did not arrive`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    if (this.#count > count) throw new Error(`${this.#count} arrived of ${count}`)
    this.#count = 0
    return this.#lastAt - this.#firstAt
  }
}
