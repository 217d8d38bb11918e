import { collectGarbage, cpuMsSoFar } from './cpu.ts'

/** What the process that joins asks of the one that is joined. */
export type Question = 'cpu' | 'stop'

/** What the process that is joined says: first `ready`, with what an initiator needs in order to find it. */
export type Answer = { kind: 'ready'; info: unknown } | { kind: 'cpu'; ms: number }

/** A responder that runs: what initiators must know of it (plain data), and how it ends. */
export interface Responder {
  info: unknown
  stop(): Promise<void>
}

/**
 * The whole main program of a script given to `ResponderProcess`: starts the responder, reports the CPU of this
 * process when asked, and ends when told to or when the process that asked is gone.
 */
export async function hostResponder(start: () => Promise<Responder>): Promise<void> {
  const responder = await start()
  const stop = async (): Promise<void> => {
    process.off('message', onQuestion)
    await responder.stop()
    if (process.connected) process.disconnect()
  }
  const onQuestion = (question: unknown): void => {
    if (question === 'stop') void stop()
    if (question === 'cpu') {
      collectGarbage()
      answer({ kind: 'cpu', ms: cpuMsSoFar() })
    }
  }
  process.on('message', onQuestion)
  process.once('disconnect', () => process.exit())
  answer({ kind: 'ready', info: responder.info })
}

function answer(message: Answer): void {
  process.send?.(message)
}
