import { Hosted } from './hosted.ts'
import { type JoinUnderTest, type MeasuredJoin, measureResponder } from './joins.ts'

/** The initiator's side of a split join: how to join a responder of which only its `info` is known. */
export interface Initiator {
  join(): Promise<void>
  prepare?(joins: number): Promise<void>
  stop?(): Promise<void>
}

/** What `splitJoin` is made of. */
export interface SplitJoinParts {
  name: string
  /** How many joins make a sample. */
  joins: number
  /** The built script of the responder; it calls `hostResponder`. */
  script: URL
  args?: readonly string[]
  /** Makes the initiator, once the responder is ready and has said its `info`. */
  initiator: (info: unknown) => Promise<Initiator> | Initiator
}

/** Joins whose responder is a script in a process of its own, the only one that is measured, and whose initiator is in this one. */
export function splitJoin({ name, joins, script, args, initiator }: SplitJoinParts): MeasuredJoin {
  let running: { responder: Hosted; initiator: Initiator } | undefined
  const parts = (): { responder: Hosted; initiator: Initiator } => {
    if (running === undefined) throw new Error(`${name} is not set up`)
    return running
  }
  const subject: JoinUnderTest = {
    name,
    setUp: async () => {
      const responder = await Hosted.start(script, args)
      running = { responder, initiator: await initiator(await responder.ask('info')) }
    },
    prepare: async (joins) => parts().initiator.prepare?.(joins),
    join: () => parts().initiator.join(),
    tearDown: async () => {
      await parts().initiator.stop?.()
      await parts().responder.stop()
      running = undefined
    },
  }
  const responderCpuMs = (): Promise<number> => parts().responder.ask('cpu') as Promise<number>
  return { ...subject, joins, measure: () => measureResponder(subject, joins, responderCpuMs) }
}
