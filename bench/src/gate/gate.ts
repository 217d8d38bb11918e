import type { Benchmark } from '../benchmark.ts'
import { chainRows } from './chains.ts'
import { decisionRow } from './decisions.ts'

/** The benchmark `gate`: what it costs to decide, and to verify the chain that somebody acts by. */
export const run: Benchmark = async (options) => ({
  // Chains first: the peer of the decisions keeps a log in memory, and whoever comes after it pays for collecting it.
  rows: [...(await chainRows(options)), await decisionRow(options)],
})
