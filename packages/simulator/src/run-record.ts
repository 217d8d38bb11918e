import * as z from 'zod/mini'

/**
 * What a measure came to in one run: a number in its unit, or so many of so many for a share. A run in which nothing
 * was there to be measured has none.
 */
const measured = z.union([z.number(), z.tuple([z.int(), z.int()])])

/** {@link QUANTILES} of a group's values at one time, least to greatest, at so many virtual ms. */
const sample = z.strictObject({ at: z.int(), of: z.int(), quantiles: z.array(z.number()) })

const scores = z.array(z.int())

/** How each of them stood when it was judged, by whether it was an attacker: what a detector would have had to go by. */
const judged = z.strictObject({ attackers: scores, honest: scores })

const graph = z.strictObject({
  at: z.int(),
  about: z.string(),
  agents: z.array(
    z.strictObject({ name: z.string(), group: z.string(), score: z.int(), tier: z.string(), status: z.string() }),
  ),
  /** Who said what of whom: numbers of agents, and −1000 to 1000. */
  attestations: z.array(z.tuple([z.int(), z.int(), z.int()])),
})

/** One run, as a line of `runs.ndjson`. Everything in it follows from the manifest. */
export const runRecord = z.strictObject({
  /** Which combination of a sweep, and which run of that. */
  point: z.int(),
  run: z.int(),
  seed: z.string(),
  settings: z.record(z.string(), z.union([z.number(), z.string()])),
  measures: z.record(z.string(), measured),
  series: z.record(z.string(), z.array(sample)),
  judged,
  graphs: z.array(graph),
  /** How long it took in virtual ms, and how many things happened in it. */
  virtualMs: z.int(),
  events: z.int(),
  /** All that happened, as one hash in hex. */
  trace: z.string(),
})

/** All that one run has recorded. */
export type RunRecord = z.infer<typeof runRecord>
/** A number, or so many of so many. */
export type Measured = z.infer<typeof measured>
/** The quantiles of a group at one time. */
export type Sample = z.infer<typeof sample>
/** Scores of attackers and of all others, when they were judged. */
export type Judged = z.infer<typeof judged>
/** Who said what of whom, at one time. */
export type TrustGraph = z.infer<typeof graph>

/** Which quantiles a sample keeps. */
export const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const
