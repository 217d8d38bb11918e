import { describe, expect, it } from 'vitest'
import { handlerFor } from './handlers.ts'

const taking = (can?: string) => ({ requirement: { can } })

describe(handlerFor, () => {
  it('finds nothing for a capability that two handlers take', () => {
    const handlers = new Map(Object.entries({ search: taking('/tool/search'), find: taking('/tool/search') }))
    expect(handlerFor('/tool/search', handlers)).toBeUndefined()
    expect(handlerFor('find', handlers)).toBe(handlers.get('find'))
  })

  it.each(['/tool', '/tool/search/web', '/tool/searching', 'tool/search', '/other'])(
    'D1 finds no handler of /tool/search for %s',
    (named) => {
      expect(handlerFor(named, new Map([['search', taking('/tool/search')]]))).toBeUndefined()
    },
  )

  it('finds the handler that takes a chain for a capability, whatever its kind is', () => {
    const handlers = new Map(Object.entries({ search: taking('/tool/search'), task: taking() }))
    expect(handlerFor('/tool/search', handlers)).toBe(handlers.get('search'))
  })

  it('prefers the handler of that kind', () => {
    const handlers = new Map(Object.entries({ search: taking('/tool/search'), '/tool/search': taking() }))
    expect(handlerFor('/tool/search', handlers)).toBe(handlers.get('/tool/search'))
  })
})
