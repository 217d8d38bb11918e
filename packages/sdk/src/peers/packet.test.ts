import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePacket, parsePacket } from './packet.ts'

describe(parsePacket, () => {
  it('takes no body that is too short to name a connection', () => {
    for (let length = 0; length < 16; length++) expect(parsePacket(new Uint8Array(length))).toBeNull()
  })

  it('gives back what was packed', () => {
    const name = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(name, fc.uint8Array({ maxLength: 100 }), (connection, bytes) => {
        const key = Buffer.from(connection).toString('hex')
        expect(parsePacket(encodePacket(connection, bytes))).toEqual({ connection, key, bytes })
      }),
    )
  })

  it('has nothing in it where nothing was packed', () => {
    expect(parsePacket(encodePacket(new Uint8Array(16)))?.bytes).toHaveLength(0)
  })
})
