import type { Measured, RunRecord, Sample } from '../run-record.ts'
import { quantilesOf } from './quantiles.ts'

/** What a run has come to so far. Throws where a scenario says something that cannot be recorded. */
export class Findings {
  readonly #measures = new Map<string, Measured>()
  readonly #series = new Map<string, Sample[]>()

  /** In the order of their names: whatever came first. */
  get measures(): RunRecord['measures'] {
    return byName(this.#measures)
  }

  get series(): RunRecord['series'] {
    return byName(this.#series)
  }

  measure(name: string, value: number): void {
    if (this.#measures.has(name)) throw new Error(`"${name}" is measured once a run`)
    if (!Number.isFinite(value)) throw new Error(`"${name}" came to ${value}`)
    this.#measures.set(name, value)
  }

  tally(name: string, did: boolean): void {
    const known = this.#measures.get(name) ?? [0, 0]
    if (typeof known === 'number') throw new Error(`"${name}" is measured and tallied`)
    const [count, of] = known
    this.#measures.set(name, [count + Number(did), of + 1])
  }

  sample(name: string, at: number, values: readonly number[]): void {
    const samples = this.#series.get(name) ?? []
    samples.push({ at, of: values.length, quantiles: quantilesOf(values) })
    this.#series.set(name, samples)
  }
}

function byName<T>(values: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1)))
}
