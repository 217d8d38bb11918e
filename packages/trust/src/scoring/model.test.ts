import { describe, expect, it } from 'vitest'
import { codeOf } from '../../test/cast.ts'
import { DEFAULT_MODEL, parseModel } from './model.ts'

describe('parseModel', () => {
  it.each([
    ['half-life of nothing', { ...DEFAULT_MODEL, halfLifeMs: 0 }],
    ['cap that sums are not exact for', { ...DEFAULT_MODEL, cap: 2 ** 22 }],
    ['relay that passes on all that there is', { ...DEFAULT_MODEL, relay: 1000 }],
    ['breadth below one', { ...DEFAULT_MODEL, breadth: 999 }],
    ['round too many', { ...DEFAULT_MODEL, rounds: 9 }],
    ['prior of nothing', { ...DEFAULT_MODEL, prior: 0 }],
    ['baseline that is no number', { ...DEFAULT_MODEL, baseline: Number.NaN }],
    ['severity below one', { ...DEFAULT_MODEL, severity: 0.5 }],
    ['parameter too many', { ...DEFAULT_MODEL, floor: 1 }],
    ['nothing', null],
  ])('refuses a %s', async (_, input) => {
    expect(await codeOf(() => parseModel(input))).toBe('model.malformed')
  })

  it('accepts what the mesh starts from', () => {
    expect(parseModel(DEFAULT_MODEL)).toEqual(DEFAULT_MODEL)
  })
})
