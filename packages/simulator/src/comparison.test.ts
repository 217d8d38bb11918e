import { describe, expect, it } from 'vitest'
import { type Compared, comparisonOf } from './comparison.ts'
import type { Manifest } from './manifest.ts'
import type { Measured } from './run-record.ts'

function compared(seed: string, values: readonly Record<string, Measured>[], more: Partial<Manifest> = {}): Compared {
  const manifest: Manifest = {
    ...{ apiVersion: 'trustmesh/v1', kind: 'Simulation', scenario: { name: 'rain', sha256: 'ab' } },
    ...{ simulator: '0.1.0', seed, runs: values.length, settings: { agents: '20' }, sweep: {} },
    ...more,
  }
  const rest = { settings: {}, series: {}, judged: { attackers: [], honest: [] }, graphs: [], virtualMs: 1, events: 1 }
  const records = values.map((measures, run) => ({
    ...rest,
    point: 0,
    run,
    seed: `${seed}-${run}`,
    measures,
    trace: '',
  }))
  return { manifest, records }
}

const depths = (...values: number[]): { depth: number }[] => values.map((depth) => ({ depth }))

describe(comparisonOf, () => {
  it('refuses two that have no measure in common', () => {
    expect(() => comparisonOf(compared('1', depths(1)), compared('1', [{ wet: [1, 2] }]))).toThrow(
      expect.objectContaining({ code: 'comparison.nothing' }),
    )
  })

  it('finds no difference between the same', () => {
    const one = compared('1', depths(1, 5, 9, 2, 7, 4))
    const { differing, differences } = comparisonOf(one, one)
    expect(differing).toEqual([])
    expect(differences).toEqual([
      expect.objectContaining({ difference: 0, interval: [0, 0], p: 1, adjusted: 1, runs: [6, 6] }),
    ])
  })

  it('holds runs of the same seed against each other, and so sees what lies far below how much they vary', () => {
    const before = [10, 500, 90, 260, 710, 40, 333, 810]
    const [some, others] = [depths(...before), depths(...before.map((value, n) => value + 3 + (n % 2)))]
    const paired = comparisonOf(compared('1', some), compared('1', others))
    expect(paired).toMatchObject({ isPaired: true, differences: [{ difference: 3.5, p: 2 / 256 }] })
    const apart = comparisonOf(compared('1', some), compared('2', others))
    expect(apart).toMatchObject({ isPaired: false, differing: ['seed'], differences: [{ difference: 3.5 }] })
    expect(apart.differences[0]?.p).toBeGreaterThan(0.9)
  })

  it('has Welch’s interval where seeds differ', () => {
    // Means 2 and 6, variances 1 and 4 of three each: 2.9 degrees of freedom, so those of 2.
    const { differences } = comparisonOf(compared('1', depths(1, 2, 3)), compared('2', depths(4, 6, 8)))
    expect(differences[0]).toMatchObject({ a: 2, b: 6, difference: 4, interval: [-1.5547, 9.5547] })
  })

  it('adjusts for as many measures as there are', () => {
    const two = (...values: number[]): { depth: number; wet: number }[] =>
      values.map((each) => ({ depth: each, wet: each }))
    const { differences } = comparisonOf(
      compared('1', two(1, 2, 3, 4, 5, 6, 7)),
      compared('1', two(2, 4, 6, 8, 10, 12, 14)),
    )
    expect(differences.map(({ p, adjusted }) => [p, adjusted])).toEqual([
      ...[
        [2 / 128, 4 / 128],
        [2 / 128, 4 / 128],
      ],
    ])
  })

  it('says nothing of chance where there is one run', () => {
    const { differences } = comparisonOf(compared('1', depths(1)), compared('1', depths(2)))
    expect(differences).toEqual([expect.objectContaining({ difference: 1, interval: null, p: null, adjusted: null })])
  })

  it('leaves out runs in which one of the two had nothing to measure, and names what else differs', () => {
    const some = compared('1', [{ wet: [1, 2] }, { wet: [0, 0] }, { wet: [1, 4] }])
    const others = compared('1', [{ wet: [2, 2] }, { wet: [1, 1] }, { wet: [1, 4] }], {
      settings: { agents: '40' },
      simulator: '0.2.0',
    })
    const { differing, differences } = comparisonOf(some, others)
    expect(differing).toEqual(['simulator', 'agents'])
    expect(differences[0]).toMatchObject({ a: 0.375, b: 0.625, runs: [2, 2] })
  })
})
