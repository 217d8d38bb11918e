import { collectGarbage, cpuMsSoFar } from './cpu.ts'
import { type JoinUnderTest, measureJoins } from './joins.ts'

/** What a hosted process answers, by the name of the question: plain data in, plain data out. */
export type Answers = Readonly<Record<string, (argument: unknown) => unknown>>

/** What travels between a hosted process and the one that asks. `stop` is a question that every host answers. */
export interface Question {
  name: string
  argument?: unknown
}
export type Answer = { value: unknown } | { error: string }

/** A responder that runs: what initiators must know of it (plain data), and how it ends. */
export interface Responder {
  info: unknown
  stop(): Promise<void>
}

/** The whole main program of a script given to `Hosted`: a responder that reports the CPU of its process when asked. */
export async function hostResponder(start: () => Promise<Responder>): Promise<void> {
  const responder = await start()
  const cpu = (): number => {
    collectGarbage()
    return cpuMsSoFar()
  }
  host({ info: () => responder.info, cpu }, () => responder.stop())
}

/** The same of a subject with both its ends in this process, and nothing else: no other subject's heap, no other's code. */
export async function hostSubject(subject: JoinUnderTest): Promise<void> {
  await subject.setUp()
  host({ measure: (joins) => measureJoins(subject, joins as number) }, () => subject.tearDown())
}

/** Answers until told to stop, or until the process that asked is gone. */
export function host(answers: Answers, stop: () => Promise<void>): void {
  const answer = async ({ name, argument }: Question): Promise<void> => {
    try {
      if (name === 'stop') return await end()
      say({ value: await answers[name]?.(argument) })
    } catch (error) {
      say({ error: String(error) })
    }
  }
  const onQuestion = (question: Question): void => void answer(question)
  const end = async (): Promise<void> => {
    process.off('message', onQuestion)
    await stop()
    if (process.connected) process.disconnect()
  }
  process.on('message', onQuestion)
  process.once('disconnect', () => process.exit())
  say({ value: 'ready' })
}

function say(answer: Answer): void {
  process.send?.(answer)
}
