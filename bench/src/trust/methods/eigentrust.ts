import type { History, Method } from '../method.ts'
import { startsAt, walk } from './random-walk.ts'

/** EigenTrust (Kamvar, Schlosser and Garcia-Molina, 2003), with the anchors as the peers that are trusted beforehand. */
export const eigenTrust: Method = ({ ratings, agents, anchors }) =>
  walk(ratings, startsAt(anchors, agents), ({ value }) => value)

/** So many agents as EigenTrust finds strongest where nobody is trusted beforehand; strongest first, equals by number. */
export function strongest(count: number, { ratings, agents }: Pick<History, 'ratings' | 'agents'>): number[] {
  const scores = walk(ratings, new Float64Array(agents).fill(1 / agents), ({ value }) => value)
  return [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number)).slice(0, count)
}
