import { Command, type CommandUnknownOpts, InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { CommanderError } from 'commander'

export { InvalidArgumentError, Option }

/** A command of any arguments and options. */
export type AnyCommand = CommandUnknownOpts

/** A command without arguments and options yet. */
export function command(name: string, summary: string): Command {
  return new Command(name).description(summary)
}

/** Whether this is how the parser says that it was misused. */
export function isMisuse(error: unknown): error is CommanderError {
  return error instanceof CommanderError
}

/** Whether it only ends what has been answered: help, or the version. */
export function isAnswered(error: unknown): boolean {
  return isMisuse(error) && ['commander.helpDisplayed', 'commander.version'].includes(error.code)
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Timers beyond 2^31 − 1 ms fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Milliseconds of `90s`, `30m`, `1h` or `7d`, as an argument. */
export function duration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (!(ms > 0)) throw new InvalidArgumentError('A time is 90s, 30m, 1h or 7d.')
  return ms
}

/** As {@link duration}, for what is waited for. */
export function waiting(text: string): number {
  return Math.min(duration(text), MAX_TIMER_MS)
}

/** An integer from `min` to `max`, as an argument. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= min && number <= max)) throw new InvalidArgumentError(`It is an integer from ${min} to ${max}.`)
    return number
  }
}

/** Any document in JSON, as an argument. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It is no JSON. Text stands in quotes: \'"hello"\'.')
  }
}
