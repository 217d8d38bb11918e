import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { madeResults } from '../../test/results.ts'
import { reportOf } from './report.ts'

const DAY_MS = 86_400_000
const HOSTILE = `</script></style><img src=x onerror=alert(1)>"'><svg/onload=alert(1)>\u202e\u0000`

describe(reportOf, () => {
  it('takes nothing that a scenario or an agent says for markup', () => {
    const elements = (page: string): string[] =>
      (page.match(/<[a-z!/][^<>]*/gi) ?? []).map((tag) => tag.split(/[\s>]/)[0] ?? '')
    const hostile = reportOf(madeResults({ text: HOSTILE }))
    expect(hostile).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(new Set(elements(hostile))).toEqual(new Set(elements(reportOf(madeResults({ text: 'harmless' })))))
    expect(hostile).not.toMatch(/<img|onload=alert\(1\)>|[\u202e\0]/)
  })

  it('allows its one script and its one style by their hashes, and nothing else', () => {
    const page = reportOf(madeResults())
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
    for (const name of ['script', 'style']) {
      const [[, text = ''] = [], ...others] = [...page.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))]
      expect(others).toEqual([])
      expect(policy).toContain(`${name}-src &#39;sha256-${createHash('sha256').update(text).digest('base64')}&#39;`)
    }
    expect(policy).toMatch(/^default-src &#39;none&#39;;/)
    expect(page).not.toMatch(/\s(?:style|on[a-z]+)="/)
  })

  it('asks for nothing from elsewhere', () => {
    expect(reportOf(madeResults())).not.toMatch(/\b(?:href|src)="(?!#)|@import|url\(/)
  })

  it('is the same for the same results', () => {
    const page = reportOf(madeResults())
    reportOf(madeResults({ runs: 2 }))
    expect(reportOf(madeResults())).toBe(page)
  })

  it('says where a claim fails', () => {
    const sweep = { halfLife: [DAY_MS, 7 * DAY_MS] }
    expect(reportOf(madeResults({ sweep }))).toContain('Every claim holds')
    const failed = reportOf(madeResults({ sweep, isHeld: false }))
    expect(failed).toContain('A claim does not hold')
    expect(failed).toContain('fails at 1 of 2 points: halfLife\u00a0=\u00a07d')
  })

  it('gives one run no interval, and says so', () => {
    expect(reportOf(madeResults({ runs: 1 }))).toContain('One run gives no interval to a mean.')
    expect(reportOf(madeResults())).not.toContain('One run gives no interval')
  })

  it('leaves out what was not measured', () => {
    const { records, scenario, ...results } = madeResults()
    const bare = records.map((record) => ({
      ...record,
      series: {},
      graphs: [],
      judged: { attackers: [1], honest: [] },
    }))
    const page = reportOf({ ...results, scenario: { ...scenario, parameters: {}, threats: [] }, records: bare })
    for (const id of ['distributions', 'detection', 'graph']) expect(page).not.toContain(`id="${id}"`)
    const points = results.points.map((point) => ({ ...point, summary: {} }))
    expect(reportOf({ ...results, scenario, records, points })).toContain('Nothing was there to be measured')
  })

  it('draws a map of two swept parameters, and a line of one', () => {
    const halfLife = [DAY_MS, 7 * DAY_MS]
    expect(reportOf(madeResults({ sweep: { halfLife, attackers: [5, 20] } }))).toContain(
      'Means over halfLife and attackers',
    )
    expect(reportOf(madeResults({ sweep: { halfLife } }))).not.toContain('Means over halfLife')
    const three = { halfLife, attackers: [5, 20], strategy: ['praise', 'slander'] }
    expect(reportOf(madeResults({ runs: 2, sweep: three }))).toContain('Shown for 4 of 8 points.')
  })
})
