import { describe, expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'

const isProxy = (address: string): boolean => address.startsWith('10.')

describe(clientAddress, () => {
  it('P11 believes nobody but a proxy', () => {
    expect(clientAddress('192.0.2.1', '198.51.100.7', isProxy)).toBe('192.0.2.1')
    expect(clientAddress('10.0.0.1', '198.51.100.7', () => false)).toBe('10.0.0.1')
  })

  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['1.2.3.4, 198.51.100.7', '198.51.100.7'],
    ['1.2.3.4, 198.51.100.7, 10.0.0.2,10.0.0.3', '198.51.100.7'],
    ['198.51.100.7:4711', '198.51.100.7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['10.0.0.2', '10.0.0.2'],
    ['198.51.100.7, unknown', '10.0.0.1'],
    ['198.51.100.7, 10.0.0.2:x', '10.0.0.1'],
    ['', '10.0.0.1'],
    [undefined, '10.0.0.1'],
    [`198.51.100.7${',10.0.0.2'.repeat(1000)}`, '10.0.0.2'],
  ])('P11 takes from %j what the last proxy says', (header, address) => {
    expect(clientAddress('10.0.0.1', header, isProxy)).toBe(address)
  })
})
