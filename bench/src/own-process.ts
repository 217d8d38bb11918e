import { Hosted } from './hosted.ts'
import type { JoinSample, MeasuredJoin } from './joins.ts'

/** A subject as `subjects.ts` knows it, with both its ends in one process of their own and nobody else's code or heap there. */
export function inOwnProcess(subject: string, joins: number, options: object = {}): MeasuredJoin {
  const script = new URL('./subject.js', import.meta.url)
  let hosted: Hosted | undefined
  const running = (): Hosted => {
    if (!hosted) throw new Error(`${subject} is not set up`)
    return hosted
  }
  return {
    name: [subject, ...Object.values(options)].join(', '),
    joins,
    setUp: async () => {
      hosted = await Hosted.start(script, [subject, JSON.stringify(options)])
    },
    measure: () => running().ask('measure', joins) as Promise<JoinSample>,
    tearDown: () => running().stop(),
  }
}
