import { NodeError } from '../node-error.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `90s`, `30m`, `1h` or `7d`. Throws {@link NodeError} `config.invalid`. */
export function durationMs(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (!(ms > 0))
    throw new NodeError('config.invalid', { problems: [{ path: '', problem: 'a time is 90s, 30m, 1h or 7d' }] })
  return ms
}
