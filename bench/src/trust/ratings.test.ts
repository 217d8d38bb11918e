import { describe, expect, it } from 'vitest'
import { UnusableInput } from '../benchmark.ts'
import { readRatings } from './ratings.ts'

describe('readRatings', () => {
  it.each([
    'a,b,1',
    'a,b,1,2,3',
    'a,b,0,1',
    'a,b,11,1',
    'a,b,,1',
    'a,b,one,1',
    'a,b,1,',
    'a,b,1,now',
    ',b,1,1',
    'source,target,rating,time',
  ])('refuses %j and names the line', (line) => {
    expect(() => readRatings(`a,b,1,1\n\n${line}\n`)).toThrow(UnusableInput)
    expect(() => readRatings(`a,b,1,1\n\n${line}\n`)).toThrow('line 3')
  })

  it('numbers agents as they appear, and takes any line end, blank lines and fractions', () => {
    expect(readRatings('900,7,-10,1289241911.5\r\n\r\n7,x,3,1289241912\r\n')).toEqual({
      ratings: [
        { rater: 0, subject: 1, value: -1, at: 1_289_241_911_500 },
        { rater: 1, subject: 2, value: 0.3, at: 1_289_241_912_000 },
      ],
      agents: 3,
    })
  })

  it('leaves out what agents say of themselves', () => {
    expect(readRatings('a,a,10,1\na,b,1,2').ratings).toHaveLength(1)
  })

  it('sorts by time and keeps the order of the file within an instant', () => {
    const { ratings } = readRatings('a,b,1,9\na,c,2,5\na,d,3,5')
    expect(ratings.map(({ value }) => value)).toEqual([0.2, 0.3, 0.1])
  })
})
