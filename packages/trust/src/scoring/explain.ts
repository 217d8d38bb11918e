import type { Did } from '@trustmesh/identity'
import type { FlowGraph } from './flow-graph.ts'
import { CREDIT_ONE, type Evidence, NOTHING } from './model.ts'

/** At most this many raters are named. */
const NAMED = 16

/** What one rater adds to the evidence about somebody. */
export interface Contribution {
  readonly rater: Did
  /** Micro-units: what it adds to R, or, where it is negative, to S. */
  readonly share: number
  /** How much these words of the rater's count, in thousandths, rounded down. */
  readonly credit: number
  /** From a root to the rater: at each step back, whoever brought the most credit. A root's own is itself. */
  readonly path: readonly Did[]
}

/** Where the evidence about somebody comes from: the shares, with the rest, are R and S to the micro-unit. */
export interface Explanation extends Evidence {
  /** The largest first; of equal ones, by Did. */
  readonly contributions: readonly Contribution[]
  /** What all others add. */
  readonly rest: Evidence & { readonly raters: number }
}

/** Of somebody of whom nobody has said anything. */
export const OF_NOTHING: Explanation = { ...NOTHING, contributions: [], rest: { ...NOTHING, raters: 0 } }

/** Explains the evidence about a node of a settled graph, whose Dids are given by number. */
export function explanationOf(graph: FlowGraph, node: number, didOf: (node: number) => Did): Explanation {
  const shares = [...graph.edgesTo(node)].flatMap((edge) => {
    const share = graph.shareOf(edge)
    return share === 0 ? [] : [{ rater: graph.pairOf(edge)[0], share }]
  })
  const isBefore = (a: number, b: number): boolean => didOf(a) < didOf(b)
  const trail = new Trail(graph, isBefore)
  shares.sort((a, b) => Math.abs(b.share) - Math.abs(a.share) || (isBefore(a.rater, b.rater) ? -1 : 1))
  const others = shares.slice(NAMED)
  return {
    ...graph.evidenceOf(node),
    contributions: shares.slice(0, NAMED).map(({ rater, share }) => ({
      rater: didOf(rater),
      share,
      credit: Math.floor((1000 * (share > 0 ? graph.backingOf(rater) : graph.creditOf(rater))) / CREDIT_ONE),
      path: trail.pathTo(rater).map(didOf),
    })),
    rest: {
      raters: others.length,
      positive: others.reduce((sum, { share }) => sum + Math.max(share, 0), 0),
      negative: others.reduce((sum, { share }) => sum + Math.max(-share, 0), 0),
    },
  }
}

/** Finds, from the last round back, who brought whom the most credit. */
class Trail {
  readonly #graph: FlowGraph
  readonly #isBefore: (a: number, b: number) => boolean
  /** Found already: paths to many raters lead over the same few. */
  readonly #strongest = new Map<string, number>()

  constructor(graph: FlowGraph, isBefore: (a: number, b: number) => boolean) {
    this.#graph = graph
    this.#isBefore = isBefore
  }

  /** From a root to a rater with credit. */
  pathTo(rater: number): number[] {
    let path = [rater]
    for (let round = this.#graph.rounds; !this.#graph.isRoot(path[0] as number); round--) {
      const source = this.#strongestTo(path[0] as number, round)
      // Credit may have gone round in a circle: the way round it is no part of the path.
      path = [source, ...path.slice(path.indexOf(source) + 1)]
    }
    return path
  }

  /** Who brought a node the most credit in a round; of equals, the first. There is somebody, as it has credit. */
  #strongestTo(node: number, round: number): number {
    const key = `${node} ${round}`
    const known = this.#strongest.get(key)
    if (known !== undefined) return known
    let best = node
    let most = 0
    for (const edge of this.#graph.edgesTo(node)) {
      const flow = this.#graph.flowOf(edge, round)
      const [source] = this.#graph.pairOf(edge)
      if (flow === 0 || flow < most || (flow === most && this.#isBefore(best, source))) continue
      best = source
      most = flow
    }
    this.#strongest.set(key, best)
    return best
  }
}
