import fc from 'fast-check'
import { expect, it } from 'vitest'
import { covers, isCapability } from './capability.ts'

it.each([
  '',
  '/',
  'tool',
  '/tool/',
  '//tool',
  '/Tool',
  '/tool/..',
  '/tool/*',
  '/tool search',
  '/tool\n',
  '/é',
  '/tool%2fsearch',
  `/${'a'.repeat(33)}`,
  '/a'.repeat(9),
])('D1 knows no capability %j', (can) => {
  expect(isCapability(can)).toBe(false)
  expect(covers('/tool', can)).toBe(false)
})

it('knows every capability of the grammar', () => {
  const segments = fc.array(fc.stringMatching(/^[a-z0-9-]{1,32}$/), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(segments, (path) => isCapability(`/${path.join('/')}`)),
    { numRuns: 1000 },
  )
})

it('D1 covers by whole segments: a total order on each path, and nothing between paths', () => {
  const path = fc.array(fc.constantFrom('crypto', 'cryptocurrency', 'a', '-'), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(path, path, (granted, asked) => {
      const isBelow = granted.every((segment, i) => segment === asked[i])
      expect(covers(`/${granted.join('/')}`, `/${asked.join('/')}`)).toBe(isBelow)
    }),
    { numRuns: 1000 },
  )
})
