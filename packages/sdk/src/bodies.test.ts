import { type Encodable, encodeBody } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { encodeCall, encodeReply, parseCall, parseReply } from './bodies.ts'

const MIB = 1_048_576
const ONE = Uint8Array.of(1)
const ARGS = encodeBody({ a: 1 })
const TOO_BIG = expect.objectContaining({ name: 'MeshError', code: 'message.too-big' })

describe('bodies', () => {
  it('M5 lets nothing leave that its recipient would not read, for being too much in too few bytes', () => {
    const small = Array.from({ length: 5_000 }, () => 0)
    expect(() => encodeReply(small, MIB)).toThrow(TOO_BIG)
    expect(() => encodeCall('task', small, MIB)).toThrow(TOO_BIG)
    expect(() => encodeCall('task', small, MIB, [new Uint8Array(1), new Uint8Array(1)])).toThrow(TOO_BIG)
  })

  it.each<[string, Encodable]>([
    ['no list', { kind: 'task' }],
    ['an empty list', []],
    ['a kind alone', ['task']],
    ['an empty kind', ['', null]],
    ['a kind of 129 characters', ['k'.repeat(129), null]],
    ['a kind that is bytes', [new Uint8Array(4), null]],
    ['a part too many', ['task', ARGS, [ONE, ONE], null]],
    ['a proof without a link', ['task', ARGS, [ONE]]],
    ['a proof of twelve', ['task', ARGS, Array.from({ length: 12 }, () => ONE)]],
    ['a proof with a text', ['task', ARGS, [ONE, 'link']]],
    ['a proof that is nil', ['task', ARGS, null]],
    ['arguments that are no bytes', ['task', null, [ONE, ONE]]],
    ['arguments that do not decode', ['task', Uint8Array.of(0xc1), [ONE, ONE]]],
  ])('S18 is no call with %s', (_, document) => {
    expect(parseCall(encodeBody(document))).toBeNull()
  })

  it('is a call with any content, and one on behalf of somebody with up to ten links', () => {
    expect(parseCall(encodeBody(['k'.repeat(128), null]))).toEqual({ kind: 'k'.repeat(128), content: null })
    const links = Array.from({ length: 10 }, (_, n) => Uint8Array.of(n))
    expect(parseCall(encodeBody(['task', ARGS, [ONE, ...links]]))).toEqual({
      ...{ kind: 'task', content: { a: 1 }, proof: { invocation: ONE, links, args: ARGS } },
    })
  })

  it('has room for more items in what is larger', () => {
    const large = Array.from({ length: 8_000 }, () => 'ten bytes')
    expect(parseReply(encodeReply(large, MIB))).toEqual(large)
    expect(parseCall(encodeCall('task', large, MIB))).toEqual({ kind: 'task', content: large })
  })
})
