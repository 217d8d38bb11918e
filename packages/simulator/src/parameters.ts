/** Something that whoever runs a scenario can turn. Values are plain numbers and texts, so that a manifest can hold them. */
export interface Parameter<T extends ParameterValue = ParameterValue> {
  readonly about: string
  readonly default: T
  /** What people write: `a whole number from 1 to 10,000`. */
  readonly form: string
  /** The value of what somebody wrote; null where it is none. */
  readonly read: (text: string) => T | null
  /** As somebody would write it; {@link read} takes it. */
  write(value: T): string
}

/** What a parameter can be. */
export type ParameterValue = number | string

/** The parameters of a scenario, by name. */
export type Parameters = Readonly<Record<string, Parameter>>

/** A value for each parameter. */
export type Settings<P extends Parameters = Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never
}

const UNITS_MS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]

/** How many. */
export function count(about: string, byDefault: number, { min = 0, max = 1_000_000 } = {}): Parameter<number> {
  return {
    about,
    default: byDefault,
    form: `a whole number from ${min} to ${max}`,
    read: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
      return value >= min && value <= max ? value : null
    },
    write: String,
  }
}

/** Which part of a whole: 0 to 1, and more where `max` says so. */
export function share(about: string, byDefault: number, { max = 1 } = {}): Parameter<number> {
  return {
    about,
    default: byDefault,
    form: `a number from 0 to ${max}`,
    read: (text) => {
      const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN
      return value <= max ? value : null
    },
    write: String,
  }
}

/** How long: written `250ms`, `90s`, `30m`, `1h` or `7d`; the value is in ms. */
export function duration(about: string, byDefault: string): Parameter<number> {
  return {
    about,
    default: readDuration(byDefault) ?? Number.NaN,
    form: 'a time: 250ms, 90s, 30m, 1h or 7d',
    read: readDuration,
    write: writeDuration,
  }
}

/** One of a few. */
export function choice<const T extends string>(about: string, choices: readonly [T, ...T[]]): Parameter<T> {
  return {
    about,
    default: choices[0],
    form: `one of ${choices.join(', ')}`,
    read: (text) => choices.find((each) => each === text) ?? null,
    write: (value) => value,
  }
}

function readDuration(text: string): number | null {
  const [, digits, unit] = /^(\d{1,9})(ms|[dhms])$/.exec(text) ?? []
  const ms = UNITS_MS.find(([name]) => name === unit)?.[1]
  return digits && ms ? Number(digits) * ms : null
}

function writeDuration(value: number): string {
  const [unit, ms] = UNITS_MS.find(([, each]) => value % each === 0 && value >= each) ?? (['ms', 1] as const)
  return `${value / ms}${unit}`
}
