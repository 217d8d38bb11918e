import { describe, expect, it } from 'vitest'
import { bob } from '../../test/cast.ts'
import { FAULTS } from '../../test/faults.ts'
import { outcomeOf, play, plot } from '../../test/plot.ts'
import { CHAIN_CODES } from './chain-fault.ts'

/** Faults of the use, or of the chain as a whole: no link has them. */
const WHOLE = /^chain\.(length|args|stale|invocation.*)$/
/** The link that is named: the audience is the leaf's, and standing is had by everybody alike in these plots. */
const placeOf = (code: string, at: number): string => {
  if (WHOLE.test(code)) return '-'
  if (code === 'chain.peer') return '2'
  return code === 'chain.standing' ? '0' : `${at}`
}

describe('the order of the checks', () => {
  it('has a plot for each code', () => {
    expect(FAULTS.map(([code]) => code)).toEqual(Object.values(CHAIN_CODES).flat())
  })

  it('allows what nothing is wrong with, having made every check', async () => {
    const verdict = await play(plot())
    expect(outcomeOf(verdict)).toBe('allowed')
    expect(new Set(verdict.trace.map(({ check }) => check))).toEqual(new Set(Object.keys(CHAIN_CODES)))
    expect(verdict.trace.every(({ ok }) => ok)).toBe(true)
  })

  it.each(FAULTS)('names %s, and the link', async (code, spoil) => {
    const told = plot()
    spoil(told, 1)
    expect(outcomeOf(await play(told))).toBe(`${code} ${placeOf(code, 1)}`)
  })

  it('names the first of any two faults, even where the later one is in an earlier link', async () => {
    for (const [i, [first, spoilFirst]] of FAULTS.entries()) {
      for (const [second, spoilSecond] of FAULTS.slice(i + 1)) {
        // Inside the window of a link that has ended nothing is yet to begin.
        if (first === 'chain.early' && second === 'chain.expired') continue
        const told = plot()
        spoilSecond(told, 1)
        spoilFirst(told, 2)
        expect(outcomeOf(await play(told)), `${first} before ${second}`).toBe(`${first} ${placeOf(first, 2)}`)
      }
    }
  })

  it('keeps a trace of every check up to the one that failed', async () => {
    const told = plot()
    told.knowledge.revoked.add(bob.did)
    const { trace } = await play(told)
    expect(trace.at(-1)).toEqual({ check: 'revocation', ok: false, code: 'chain.revoked', link: 0 })
    expect(trace.slice(0, -1).map(({ check, ok }) => [check, ok])).toEqual(
      Object.keys(CHAIN_CODES)
        .slice(0, Object.keys(CHAIN_CODES).indexOf('revocation'))
        .map((check) => [check, true]),
    )
  })
})
