import { encodeBody } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { play, plot } from '../../test/plot.ts'
import type { Predicate } from './constraints.ts'
import { evaluate, fuelOfChain, type Truth, UNKNOWN } from './evaluation.ts'

const worth = (predicate: Predicate, value: unknown): Truth => evaluate(predicate, value, fuelOfChain())

const T: Predicate = { op: 'eq', at: ['n'], value: 1 }
const F: Predicate = { op: 'eq', at: ['n'], value: 2 }
const U: Predicate = { op: 'eq', at: ['missing'], value: 1 }
const ARGS = { n: 1 }
const OF: readonly (readonly [Predicate, Truth])[] = [
  [T, true],
  [F, false],
  [U, UNKNOWN],
]

describe('the truth tables', () => {
  it.each(OF)('of not', (each, truth) => {
    expect(worth({ op: 'not', of: each }, ARGS)).toBe(truth === UNKNOWN ? UNKNOWN : !truth)
  })

  it('of and: false wins, then unknown', () => {
    for (const [a, x] of OF) {
      for (const [b, y] of OF) {
        const truth = x === false || y === false ? false : x === UNKNOWN || y === UNKNOWN ? UNKNOWN : true
        expect(worth({ op: 'and', of: [a, b] }, ARGS)).toBe(truth)
      }
    }
  })

  it('of or: true wins, then unknown', () => {
    for (const [a, x] of OF) {
      for (const [b, y] of OF) {
        const truth = x === true || y === true ? true : x === UNKNOWN || y === UNKNOWN ? UNKNOWN : false
        expect(worth({ op: 'or', of: [a, b] }, ARGS)).toBe(truth)
      }
    }
  })

  it('of nothing: `or` and `any` are false, `and` and `all` true', () => {
    expect(worth({ op: 'or', of: [] }, ARGS)).toBe(false)
    expect(worth({ op: 'any', at: [], each: T }, [])).toBe(false)
    expect(worth({ op: 'and', of: [] }, ARGS)).toBe(true)
    expect(worth({ op: 'all', at: [], each: F }, [])).toBe(true)
  })
})

describe(evaluate, () => {
  it.each<[Predicate, unknown, Truth]>([
    [{ op: 'eq', at: ['a'], value: 1 }, { a: '1' }, UNKNOWN],
    [{ op: 'eq', at: ['a'], value: 'x' }, { a: ['x'] }, UNKNOWN],
    [{ op: 'eq', at: ['a'], value: true }, { a: null }, UNKNOWN],
    [{ op: 'eq', at: [], value: true }, undefined, UNKNOWN],
    [{ op: 'eq', at: ['a', 'b'], value: 1 }, { a: { b: 1 } }, true],
    [{ op: 'in', at: ['a'], values: ['x', 'y'] }, { a: 'y' }, true],
    [{ op: 'in', at: ['a'], values: ['x', 'y'] }, { a: 'z' }, false],
    [{ op: 'in', at: ['a'], values: ['x', 1] }, { a: 'z' }, UNKNOWN],
    [{ op: 'in', at: ['a'], values: ['x', 1] }, { a: 1 }, true],
    [{ op: 'lt', at: ['a'], value: 5 }, { a: 4.5 }, true],
    [{ op: 'lt', at: ['a'], value: 5 }, { a: 5 }, false],
    [{ op: 'lte', at: ['a'], value: 5 }, { a: 5 }, true],
    [{ op: 'lte', at: ['a'], value: 5 }, { a: 6 }, false],
    [{ op: 'gt', at: ['a'], value: 5 }, { a: 5 }, false],
    [{ op: 'gt', at: ['a'], value: 5 }, { a: 6 }, true],
    [{ op: 'gte', at: ['a'], value: 5 }, { a: 5 }, true],
    [{ op: 'gte', at: ['a'], value: 5 }, { a: 4 }, false],
    [{ op: 'lte', at: ['a'], value: 5 }, { a: '4' }, UNKNOWN],
    [{ op: 'prefix', at: ['a'], value: 'https://a/' }, { a: 'https://a/b' }, true],
    [{ op: 'prefix', at: ['a'], value: 'https://a/' }, { a: 'https://ab' }, false],
    [{ op: 'prefix', at: ['a'], value: '' }, { a: [] }, UNKNOWN],
    [{ op: 'all', at: ['a'], each: { op: 'lt', at: [], value: 3 } }, { a: [1, 2] }, true],
    [{ op: 'all', at: ['a'], each: { op: 'lt', at: [], value: 3 } }, { a: [1, 'x', 3] }, false],
    [{ op: 'all', at: ['a'], each: { op: 'lt', at: [], value: 3 } }, { a: [1, 'x'] }, UNKNOWN],
    [{ op: 'all', at: ['a'], each: { op: 'lt', at: [], value: 3 } }, { a: {} }, UNKNOWN],
    [{ op: 'any', at: ['a'], each: { op: 'eq', at: ['b'], value: 3 } }, { a: [{}, { b: 3 }] }, true],
    [{ op: 'any', at: ['a'], each: { op: 'eq', at: ['b'], value: 3 } }, { a: [{}, { b: 2 }] }, UNKNOWN],
    [{ op: 'any', at: ['a'], each: { op: 'eq', at: ['b'], value: 3 } }, { a: 'b' }, UNKNOWN],
  ])('%j of %j is %s', (predicate, value, truth) => {
    expect(worth(predicate, value)).toBe(truth)
  })

  it.each([
    ['*', '', true],
    ['*', 'a/b', false],
    ['*/*', 'a/b', true],
    ['/docs/*', '/docs/a', true],
    ['/docs/*', '/docs/../etc', false],
    ['/docs/*', '/docs', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['a*a', 'a', false],
    ['*a*', 'xay', true],
    ['*a*a', 'a', false],
    ['a*c*c', 'ac', false],
    ['a**b', 'ab', true],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['A', 'a', false],
    ['', '', true],
    ['', 'a', false],
  ])('glob %j matches %j: %s', (pattern, text, is) => {
    expect(worth({ op: 'glob', at: [], value: pattern }, text)).toBe(is)
  })

  it('glob agrees with a pattern that says the same', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '/'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 })
    fc.assert(
      fc.property(pattern, text, (value, input) => {
        expect(worth({ op: 'glob', at: [], value }, input)).toBe(
          new RegExp(`^${value.replaceAll('*', '[^/]*')}$`).test(input),
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('reads own properties of maps alone', () => {
    class Getter {
      get n(): number {
        return 1
      }
    }
    const values = [{}, [], 'text', new Uint8Array(2), Object.create({ n: 1 }), new Getter()]
    for (const value of values) {
      for (const key of ['n', 'length', '__proto__', 'constructor', 'toString', '0']) {
        expect(worth({ op: 'gte', at: [key], value: 0 }, value)).toBe(UNKNOWN)
        expect(worth({ op: 'eq', at: [key, 'length'], value: 0 }, value)).toBe(UNKNOWN)
      }
    }
  })

  it('takes a bounded number of steps, and is unknown beyond', () => {
    const nested: Predicate = {
      op: 'all',
      at: [],
      each: { op: 'in', at: [], values: Array.from({ length: 64 }, (_, i) => i) },
    }
    expect(
      worth(
        nested,
        Array.from({ length: 1500 }, () => 63),
      ),
    ).toBe(true)
    expect(
      worth(
        nested,
        Array.from({ length: 1600 }, () => 63),
      ),
    ).toBe(UNKNOWN)
    expect(worth({ op: 'glob', at: [], value: '*a' }, 'a'.repeat(100_000))).toBe(UNKNOWN)
    const fuel = fuelOfChain()
    const hostile: Predicate = { op: 'glob', at: [], value: `${'*a'.repeat(100)}b` }
    for (let i = 0; i < 1000; i++) evaluate({ op: 'not', of: hostile }, 'a'.repeat(60_000), fuel)
    expect(evaluate(T, ARGS, fuel)).toBe(UNKNOWN)
  })
})

describe('attenuation', () => {
  const key = fc.constantFrom('a', 'b', 'missing')
  const path = fc.array(key, { maxLength: 2 })
  const literal = fc.oneof(fc.boolean(), fc.integer({ min: 0, max: 2 }), fc.constantFrom('x', 'y'))
  const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
    predicate: fc.oneof(
      { depthSize: 'small', maxDepth: 2 },
      fc.record({ op: fc.constant('eq' as const), at: path, value: literal }),
      fc.record({
        op: fc.constantFrom('lt' as const, 'gte' as const),
        at: path,
        value: fc.integer({ min: 0, max: 2 }),
      }),
      fc.record({
        op: fc.constantFrom('glob' as const, 'prefix' as const),
        at: path,
        value: fc.constantFrom('x', '*', ''),
      }),
      fc.record({ op: fc.constant('not' as const), of: tie('predicate') }),
      fc.record({
        op: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('predicate'), { maxLength: 3 }),
      }),
      fc.record({ op: fc.constantFrom('all' as const, 'any' as const), at: path, each: tie('predicate') }),
    ),
  }))
  const args = fc.dictionary(key, fc.oneof(literal, fc.array(literal, { maxLength: 2 }), fc.dictionary(key, literal)))

  it('never throws, and is true, false or unknown', () => {
    fc.assert(
      fc.property(predicate, fc.anything(), (each, value) => {
        expect([true, false, UNKNOWN]).toContain(worth(each, value))
      }),
      { numRuns: 2000 },
    )
  })

  it('D1 never turns a denial into an allowance by adding a constraint, in whatever link', async () => {
    const where = fc.array(fc.record({ each: predicate, link: fc.nat(2) }), { maxLength: 3 })
    const verdicts = new Set<string>()
    await fc.assert(
      fc.asyncProperty(where, predicate, fc.nat(2), args, async (all, added, link, value) => {
        const told = (more: typeof all) => {
          const plotted = plot()
          plotted.use = { args: encodeBody(value) }
          Object.assign(plotted, { invocation: null, executor: { needsInvocation: false } })
          for (const [i, each] of plotted.links.entries()) {
            each.fields = {
              where: more.filter((constraint) => constraint.link === i).map((constraint) => constraint.each),
            }
          }
          return plotted
        }
        const before = await play(told(all))
        const after = await play(told([...all, { each: added, link }]))
        verdicts.add(`${before.allow} ${after.allow}`)
        if (after.allow) expect(before.allow).toBe(true)
      }),
      { numRuns: 1000 },
    )
    expect([...verdicts].sort()).toEqual(['false false', 'true false', 'true true'])
  })
})
