import type { Graph } from './regular-graph.ts'

/**
 * When each node first has what one of them sends to all of its own, and each of these in turn to its own, in ms from the beginning: the
 * model of first passage by J. Hammersley and D. Welsh (1965). `delayMs` draws for each link that is used how long it takes, a whole
 * number.
 */
export function firstPassage(graph: Graph, origin: number, delayMs: () => number): number[] {
  const reachedAt = new Array<number>(graph.length).fill(Number.POSITIVE_INFINITY)
  const due: number[][] = [[origin]]
  for (let now = 0; now < due.length; now++) {
    // Grows while it is gone through, where something takes no time.
    for (const node of due[now] ?? []) {
      if ((reachedAt[node] as number) <= now) continue
      reachedAt[node] = now
      for (const other of graph[node] ?? []) {
        if ((reachedAt[other] as number) <= now) continue
        const at = now + delayMs()
        due[at] ??= []
        due[at].push(other)
      }
    }
  }
  return reachedAt
}

/** When so many of a hundred have been reached. */
export function reachedBy(times: readonly number[], percent: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] as number
}
