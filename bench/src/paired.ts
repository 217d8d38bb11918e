import { collectGarbage } from './cpu.ts'

/** One round: what our side and the peer gave, one right after the other. */
export interface Round<Sample> {
  ours: Sample
  peer: Sample
}

/** Medians of both sides over all rounds, and the median of the ratios of each round. */
export interface Summary {
  ours: number
  peer: number
  ratio: number
}

/**
 * Runs ours, peer, ours, peer, … for `rounds` rounds: a machine that slows down or is shared slows both sides of a
 * round alike, so the ratio of a round is worth more than either of its figures.
 */
export async function paired<Sample>(
  rounds: number,
  sides: { ours: () => Promise<Sample>; peer: () => Promise<Sample> },
): Promise<Round<Sample>[]> {
  return repeated(rounds, async () => {
    const ours = await sides.ours()
    collectGarbage()
    return { ours, peer: await sides.peer() }
  })
}

/** Runs a side that has no counterpart, `rounds` times. */
export async function repeated<Sample>(rounds: number, run: () => Promise<Sample>): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    collectGarbage()
    samples.push(await run())
  }
  return samples
}

/** Summarises rounds by one figure of each sample. The median of ratios is not the ratio of the medians. */
export function compare<Sample>(rounds: readonly Round<Sample>[], figure: (sample: Sample) => number): Summary {
  return {
    ours: median(rounds.map(({ ours }) => figure(ours))),
    peer: median(rounds.map(({ peer }) => figure(peer))),
    ratio: median(rounds.map(({ ours, peer }) => figure(ours) / figure(peer))),
  }
}

/** The middle value, or the mean of the two middle ones. Throws `RangeError` where there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new RangeError('the median of nothing')
  return (lower + upper) / 2
}

/** The least value that such a share of them does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (value === undefined) throw new RangeError('a quantile of nothing')
  return value
}
