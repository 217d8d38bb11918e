import type { SplitJoinUnderTest } from './joins.ts'
import { ResponderProcess } from './responder-process.ts'

/** The initiator's side of a split join: how to join a responder of which only its `info` is known. */
export interface Initiator {
  join(): Promise<void>
  prepare?(joins: number): Promise<void>
  stop?(): Promise<void>
}

/** What `splitJoin` is made of. */
export interface SplitJoinParts {
  name: string
  /** The built script of the responder; it calls `hostResponder`. */
  script: URL
  args?: readonly string[]
  /** Makes the initiator, once the responder is ready and has said its `info`. */
  initiator: (info: unknown) => Promise<Initiator> | Initiator
}

/** A join whose responder is a script in a process of its own and whose initiator is in this one. */
export function splitJoin({ name, script, args, initiator }: SplitJoinParts): SplitJoinUnderTest {
  let running: { responder: ResponderProcess; initiator: Initiator } | undefined
  const parts = (): { responder: ResponderProcess; initiator: Initiator } => {
    if (running === undefined) throw new Error(`${name} is not set up`)
    return running
  }
  return {
    name,
    setUp: async () => {
      const responder = await ResponderProcess.start(script, args)
      running = { responder, initiator: await initiator(responder.info) }
    },
    prepare: async (joins) => parts().initiator.prepare?.(joins),
    join: () => parts().initiator.join(),
    responderCpuMs: () => parts().responder.cpuMs(),
    tearDown: async () => {
      await parts().initiator.stop?.()
      await parts().responder.stop()
      running = undefined
    },
  }
}
