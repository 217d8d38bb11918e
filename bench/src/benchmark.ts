/**
 * One line of a result. `ratio` is ours ÷ peer, in rates where more is better and in costs where less is: `unit`
 * says which. A row that stands with one side alone, or is held against an absolute limit, has no ratio.
 */
export interface Row {
  id: string
  ours: number | null
  peer: number | null
  ratio: number | null
  unit: string
}

/** What a benchmark measured; `seed` is what its inputs were drawn from, if any were drawn. */
export interface Result {
  rows: Row[]
  seed?: number
}

/** A result of a shape of its own, and the same as a table for people. */
export interface OwnResult {
  figures: object
  table: string
  seed?: number
}

/** What a benchmark was given is not to be used: the message says why, and is all that the person has to see. */
export class UnusableInput extends Error {
  override readonly name = 'UnusableInput'
}

/** What the command line asks of a benchmark. */
export interface BenchmarkOptions {
  /** How many rounds to take the medians of; without it the benchmark's own number, good for under a minute. */
  rounds: number | undefined
  /** Draw inputs from this seed, so that a run can be repeated. */
  seed: number | undefined
  /** The file to measure on, where there is one. */
  data: string | undefined
  /** Tells the person who waits; never on stdout. */
  progress: (text: string) => void
}

/** What each file in the table of `main.ts` exports as `run`. */
export type Benchmark = (options: BenchmarkOptions) => Promise<Result | OwnResult>

/** A row of a run that had both sides, from the summary that `compare` makes. */
export function pairedRow(id: string, summary: { ours: number; peer: number; ratio: number }, unit: string): Row {
  return { id, ours: rounded(summary.ours), peer: rounded(summary.peer), ratio: rounded(summary.ratio), unit }
}

/** A row of a peer, or of a part, with nothing of ours beside it. */
export function peerRow(id: string, peer: number, unit: string): Row {
  return { id, ours: null, peer: rounded(peer), ratio: null, unit }
}

/** A row of ours that stands alone. */
export function ownRow(id: string, ours: number, unit: string): Row {
  return { id, ours: rounded(ours), peer: null, ratio: null, unit }
}

/** Four significant digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
