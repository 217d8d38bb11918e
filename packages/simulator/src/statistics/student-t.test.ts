import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { studentQuantile, studentWithin } from './student-t.ts'

describe(studentQuantile, () => {
  it.each([
    // Two-sided, as printed in the tables of textbooks.
    ...[
      [0.95, 1, 12.706],
      [0.95, 2, 4.303],
      [0.95, 3, 3.182],
      [0.95, 4, 2.776],
      [0.95, 5, 2.571],
      [0.95, 9, 2.262],
    ],
    ...[
      [0.95, 10, 2.228],
      [0.95, 19, 2.093],
      [0.95, 29, 2.045],
      [0.95, 30, 2.042],
      [0.95, 60, 2],
      [0.95, 120, 1.98],
    ],
    ...[
      [0.9, 1, 6.314],
      [0.9, 7, 1.895],
      [0.99, 1, 63.657],
      [0.99, 2, 9.925],
      [0.99, 10, 3.169],
      [0.999, 5, 6.869],
    ],
  ] as [number, number, number][])(
    'holds %f of the distribution with %i degrees of freedom within ±%f',
    (within, degrees, t) => {
      expect(studentQuantile(within, degrees)).toBeCloseTo(t, 3)
    },
  )

  it('is what a normal distribution has, with very many degrees of freedom', () => {
    expect(studentQuantile(0.95, 1_000_000)).toBeCloseTo(1.959964, 5)
  })

  it('is the inverse', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 400 }), (thousandths, degrees) => {
        expect(studentWithin(studentQuantile(thousandths / 1_000, degrees), degrees)).toBeCloseTo(
          thousandths / 1_000,
          12,
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('has nothing to say of half a degree of freedom, or of all of the distribution', () => {
    for (const [within, degrees] of [
      [0.95, 0],
      [0.95, 1.5],
      [1, 3],
      [0, 3],
    ] as const)
      expect(() => studentQuantile(within, degrees)).toThrow(RangeError)
  })
})
