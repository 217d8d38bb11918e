import type { Dice } from './dice.ts'
import type { History } from './method.ts'
import type { Rating } from './ratings.ts'

const SYBILS = 100
const VICTIMS = 200
/** An agent with so many ratings, none of them negative, is honest. */
const HONEST_RATINGS = 5
/** All of the attack happens within so long before now. */
const WINDOW_MS = 30 * 24 * 3_600_000

/** A history that has been attacked. Sybils have numbers from the first free one on; the first of them leads. */
export interface Attack {
  readonly attacked: History
  /** The same without the crowd: a newcomer whom the same agents rated, at the same times. */
  readonly alone: History
  readonly leader: number
  readonly sybils: readonly number[]
  readonly victims: readonly number[]
}

/**
 * Sybils rate each other +10 and each of them rates every victim −10; `fooled` honest agents rate the leader +3. Victims
 * and fooled are drawn from the honest, the fooled from those who are no anchors.
 */
export function attackOn(history: History, fooled: number, dice: Dice): Attack {
  const honest = honestIn(history)
  const victims = dice.draw(VICTIMS, honest)
  const gullible = honest.filter((agent) => !history.anchors.includes(agent))
  const leader = history.agents
  const sybils = Array.from({ length: SYBILS }, (_, number) => leader + number)

  const rate = (rater: number, subject: number, value: number): Rating => {
    return { rater, subject, value, at: history.now - dice.next() * WINDOW_MS }
  }
  const lies = dice.draw(fooled, gullible).map((agent) => rate(agent, leader, 0.3))
  const crowd = sybils.flatMap((sybil) => [
    ...sybils.filter((other) => other !== sybil).map((other) => rate(sybil, other, 1)),
    ...victims.map((victim) => rate(sybil, victim, -1)),
  ])
  const after = (added: readonly Rating[]): History => {
    return { ...history, agents: leader + SYBILS, ratings: [...history.ratings, ...added].sort((a, b) => a.at - b.at) }
  }
  return { attacked: after([...lies, ...crowd]), alone: after(lies), leader, sybils, victims }
}

/** Agents with five ratings or more, none of them negative. */
function honestIn({ ratings, agents }: History): number[] {
  const [received, blamed] = [new Uint32Array(agents), new Uint8Array(agents)]
  for (const { subject, value } of ratings) {
    received[subject] = (received[subject] as number) + 1
    if (value < 0) blamed[subject] = 1
  }
  return [...received.keys()].filter((agent) => (received[agent] as number) >= HONEST_RATINGS && blamed[agent] === 0)
}
