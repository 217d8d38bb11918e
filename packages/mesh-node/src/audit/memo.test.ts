import { describe, expect, it } from 'vitest'
import { Memo } from './memo.ts'

describe(Memo, () => {
  it('keeps no more than it may, and nothing that was thrown', () => {
    const asked: string[] = []
    const memo = new Memo((text) => {
      asked.push(text)
      if (text === 'bad') throw new Error('bad')
      return `made of ${text}`
    }, 2)
    for (const text of ['a', 'b', 'a', 'b', 'c', 'b', 'a']) expect(memo.of(text)).toBe(`made of ${text}`)
    expect(asked).toEqual(['a', 'b', 'c', 'a'])
    for (let time = 0; time < 2; time++) expect(() => memo.of('bad')).toThrow('bad')
    expect(asked).toEqual(['a', 'b', 'c', 'a', 'bad', 'bad'])
    expect(memo.of('a')).toBe('made of a')
    expect(asked).toHaveLength(6)
  })
})
