import type { Benchmark } from '../benchmark.ts'
import { chainRows } from './chains.ts'
import { decisionRow } from './decisions.ts'

/** The benchmark `gate`: what it costs to decide, and to verify the chain that somebody acts by. */
export const run: Benchmark = async (options) => ({
  rows: [await decisionRow(options), ...(await chainRows(options))],
})
