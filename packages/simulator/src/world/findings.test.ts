import { describe, expect, it } from 'vitest'
import { Findings } from './findings.ts'
import { quantilesOf } from './quantiles.ts'

describe(Findings, () => {
  it('refuses what cannot be written down, and what is measured and tallied', () => {
    const findings = new Findings()
    expect(() => findings.measure('ratio', Number.NaN)).toThrow('NaN')
    findings.measure('ratio', 1)
    expect(() => findings.tally('ratio', true)).toThrow('tallied')
  })

  it('counts who did, of all that there were', () => {
    const findings = new Findings()
    for (const did of [true, false, true]) findings.tally('served', did)
    expect(findings.measures).toEqual({ served: [2, 3] })
  })

  it('says the same in whatever order things were found', () => {
    const [one, other] = [new Findings(), new Findings()]
    for (const name of ['a', 'b']) one.measure(name, 1)
    for (const name of ['b', 'a']) other.measure(name, 1)
    expect(JSON.stringify(other.measures)).toBe(JSON.stringify(one.measures))
  })
})

describe(quantilesOf, () => {
  it('has none of nothing', () => {
    expect(quantilesOf([])).toEqual([])
  })

  it('lies between the two nearest values, whatever their order', () => {
    expect(quantilesOf([40, 0, 30, 10, 20])).toEqual([0, 2, 10, 20, 30, 38, 40])
  })
})
