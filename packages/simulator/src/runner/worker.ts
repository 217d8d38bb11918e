/** The program of a process that plays runs, one after the other, until whoever started it is gone or ends it. */

import { scenarioIn } from '../loaded-scenario.ts'
import { play } from '../play.ts'
import type { Answer, Order } from './message.ts'

// Ctrl-C reaches all processes of a terminal: the one that started this ends it.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(1))
process.on('message', (order: Order) => {
  void answerTo(order).then((answer) => process.send?.(answer))
})

async function answerTo({ module, settings, seed }: Order): Promise<Answer> {
  try {
    return { played: await play(await scenarioIn(new URL(module)), settings, seed) }
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    return { failure: { message, stack } }
  }
}
