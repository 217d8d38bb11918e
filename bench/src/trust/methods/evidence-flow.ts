import { DEFAULT_MODEL, FlowGraph, stepOf } from '@trustmesh/trust'
import type { History, Method } from '../method.ts'

/** One unit of evidence, in micro-units. */
const UNIT = 1_000_000

/** TrustMesh's own scores, by the product's own engine: the anchors are roots, each rating is one unit of evidence. */
export const evidenceFlow: Method = (history) => scoresIn(graphOf(history), history)

/**
 * The same, but each anchor has the score that the other anchors give it. A root's is 1000 because its verifier says
 * so, whatever is known of it: that is an axiom, and no prediction.
 */
export const earnedEvidenceFlow: Method = (history) => {
  const graph = graphOf(history)
  const scores = scoresIn(graph, history)
  for (const anchor of history.anchors) {
    graph.setRoot(anchor, false)
    graph.settle()
    scores[anchor] = graph.opinionOf(anchor).score
    graph.setRoot(anchor, true)
  }
  return scores
}

function graphOf({ ratings, agents, anchors, now }: History): FlowGraph {
  const graph = new FlowGraph(DEFAULT_MODEL)
  const stepAt = (ms: number): number => stepOf(ms, DEFAULT_MODEL.halfLifeMs)
  for (let agent = 0; agent < agents; agent++) graph.addNode()
  for (const anchor of anchors) graph.setRoot(anchor, true)
  for (const { rater, subject, value, at } of ratings) {
    graph.setEdge(rater, subject, Math.sign(value) * UNIT, stepAt(at))
  }
  graph.moveTo(stepAt(now))
  graph.settle()
  return graph
}

function scoresIn(graph: FlowGraph, { agents }: History): Float64Array {
  return new Float64Array(agents).map((_, agent) => graph.opinionOf(agent).score)
}
