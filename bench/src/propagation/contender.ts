import { cpuMsSoFar } from '../cpu.ts'
import { host } from '../host.ts'

/** Nodes of one kind in one process, each at a place of its mesh. */
export interface Contender {
  /** Starts the node of a place, which connects to the nodes that are there already; says where it is to be found. */
  start(place: number, others: readonly string[]): Promise<string>
  /** Resolves when each node here is ready for a mesh of so many, in which so many messages are published. */
  ready(nodes: number, messages: number): Promise<void>
  /** Makes, signs and publishes the message of this number, of about so many bytes; resolves to how many it took. */
  publish(place: number, message: number, bytes: number): Promise<number>
  stop(): Promise<void>
}

/** When something happened to a message at a place, by the clock that all processes of a machine share, in ms. */
export type Mark = readonly [message: number, place: number, at: number]

/** One node's turn to publish. */
export interface Turn {
  readonly place: number
  /** The number of its first message. */
  readonly first: number
  readonly count: number
  readonly gapMs: number
  readonly bytes: number
}

/** A monotonic time in ms, the same in every process of this machine. */
function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** The whole main program of a process of a contender. `make` is given what its nodes call when a message has come. */
export function hostContender(make: (arrived: (message: number, place: number) => void) => Contender): void {
  let arrivals: Mark[] = []
  const contender = make((message, place) => void arrivals.push([message, place, sharedNow()]))
  const publish = async ({ place, first, count, gapMs, bytes }: Turn): Promise<{ sent: Mark[]; bytes: number }> => {
    const sent: Mark[] = []
    let size = bytes
    for (let message = first; message < first + count; message++) {
      sent.push([message, place, sharedNow()])
      size = await contender.publish(place, message, bytes)
      await new Promise((resolve) => setTimeout(resolve, gapMs))
    }
    return { sent, bytes: size }
  }
  host(
    {
      start: (argument) => {
        const { place, others } = argument as { place: number; others: readonly string[] }
        return contender.start(place, others)
      },
      ready: (argument) => {
        const { nodes, messages } = argument as { nodes: number; messages: number }
        return contender.ready(nodes, messages)
      },
      publish: (turn) => publish(turn as Turn),
      arrivals: () => {
        const those = arrivals
        arrivals = []
        return those
      },
      cpu: cpuMsSoFar,
    },
    () => contender.stop(),
  )
}
