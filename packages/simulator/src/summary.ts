/** What a measure came to over all runs of one point. Each number has six significant digits: as it is written, it is claimed. */
export interface Estimate {
  readonly mean: number
  /** The ends of the 95 % interval; infinite where a single run gives none. */
  readonly lo: number
  readonly hi: number
  readonly min: number
  readonly max: number
  /** Runs in which it was there to be measured. */
  readonly runs: number
  /** For a share: how many of how many, over all runs. */
  readonly count?: number
  readonly of?: number
}

/** All measures, over all runs of one point. A measure that no run had is not there, and claims about it fail. */
export type Summary<M extends string = string> = Readonly<Record<M, Estimate>>

/** An estimate as a sentence has it, in its unit: `3.2 % (95 %: 1.1 to 7.4)`. */
export function told({ mean, lo, hi }: Estimate, unit: string): string {
  const isShare = unit === 'share'
  const shown = (value: number): string => grouped(Number((isShare ? 100 * value : value).toPrecision(3)))
  const interval = Number.isFinite(lo) ? `95 %: ${shown(lo)} to ${shown(hi)}` : 'one run: no interval'
  return `${shown(mean)} ${isShare ? '%' : unit} (${interval})`
}

/** In threes, as no locale of a machine decides. */
function grouped(value: number): string {
  const [whole = '', ...fraction] = String(value).split('.')
  return [whole.replace(/\B(?=(\d{3})+$)/g, ',').replace('-', '\u2212'), ...fraction].join('.')
}
