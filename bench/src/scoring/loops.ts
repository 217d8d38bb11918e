import { DEFAULT_MODEL } from '@trustmesh/trust'
import type { Crowd } from './crowd.ts'

/** Over the edges, once for each round of both passes and once for the evidence of each. */
export const SWEEPS = 2 * (DEFAULT_MODEL.rounds + 1)

/**
 * What any scorer of this kind cannot do without: the same sweeps over the same edges, one multiply-add an edge, with
 * nothing decided, rounded or decayed in between.
 */
export function bareLoops({ source, subject, value, size, dids }: Crowd): () => void {
  const weight = Float64Array.from(value)
  let from = new Float64Array(dids.length).fill(0.5)
  let to = new Float64Array(dids.length)
  return () => {
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      to.fill(0)
      for (let edge = 0; edge < size; edge++) {
        const subjectOf = subject[edge] as number
        to[subjectOf] = (to[subjectOf] as number) + (from[source[edge] as number] as number) * (weight[edge] as number)
      }
      ;[from, to] = [to, from]
    }
    from.fill(0.5)
  }
}
