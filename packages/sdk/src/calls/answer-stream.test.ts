import { encodeBody } from '@trustmesh/identity'
import { beforeEach, describe, expect, it } from 'vitest'
import { AskedPeer } from '../../test/asked-peer.ts'
import { encodeFailure } from '../bodies.ts'
import { AnswerStream, GRANT } from './answer-stream.ts'
import type { CallOptions } from './calls.ts'

const failure = (code: string): unknown => expect.objectContaining({ name: 'MeshError', code })
let peer: AskedPeer

beforeEach(() => {
  peer = new AskedPeer()
})

/** A stream that has been heard under the number 1. */
function streamed(options?: CallOptions): AnswerStream {
  const stream = peer.calls.stream(peer.did, { body: encodeBody('task') }, options)
  peer.hear(0)
  return stream
}

const expectNothingLeft = (): void => expect([peer.time.pending, peer.calls.isAwaited(peer.did)]).toEqual([0, false])

describe(AnswerStream, () => {
  it('M7 fails, and says so, where there are more items than were asked for', async () => {
    const stream = streamed()
    for (let item = 0; item <= GRANT; item++) peer.answer('item', 1, `${item}`)
    for (let item = 0; item < GRANT; item++) expect(await stream.next()).toEqual({ done: false, value: `${item}` })
    await expect(stream.next()).rejects.toEqual(failure('request.failed'))
    expect(peer.kinds).toEqual(['stream', 'cancel 1'])
    expectNothingLeft()
  })

  it('fails where it is given a reply in place of items', async () => {
    const stream = streamed()
    peer.answer('item', 1, 'first')
    peer.answer('reply', 1, encodeBody('all of it'))
    expect(await stream.next()).toEqual({ done: false, value: 'first' })
    await expect(stream.next()).rejects.toEqual(failure('request.failed'))
    expectNothingLeft()
  })

  it('fails, and says so, where an item cannot be read', async () => {
    const stream = streamed()
    peer.answer('item', 1, Uint8Array.of(0xc1))
    await expect(stream.next()).rejects.toEqual(failure('request.failed'))
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(peer.kinds).toEqual(['stream', 'cancel 1'])
    expectNothingLeft()
  })

  it('gives what came before an error, then the error, then nothing', async () => {
    const stream = streamed()
    peer.answer('item', 1, 'first')
    peer.answer('error', 1, encodeFailure({ code: 'denied' }))
    expect(await stream.next()).toEqual({ done: false, value: 'first' })
    await expect(stream.next()).rejects.toEqual(failure('request.denied'))
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expectNothingLeft()
  })

  it('gives everything, in order, to whoever asks at once or later, nil among it', async () => {
    const stream = streamed()
    const early = [stream.next(), stream.next()]
    for (const item of [null, 0, '']) peer.answer('item', 1, encodeBody(item))
    peer.answer('end', 1, new Uint8Array())
    expect(await Promise.all([...early, stream.next(), stream.next()])).toEqual([
      ...[null, 0, ''].map((value) => ({ done: false, value })),
      { done: true, value: undefined },
    ])
    expectNothingLeft()
  })

  it('M7 asks for as many items more as have been taken, and never for more than are granted at once', async () => {
    const stream = streamed()
    expect(peer.said[0]).toMatchObject({ kind: 'stream', grant: GRANT })
    for (let item = 0; item < 3 * GRANT; item++) {
      peer.answer('item', 1, 'x')
      await stream.next()
    }
    const credits = peer.said.slice(1)
    expect(credits.every(({ kind, re }) => kind === 'credit' && re === 1)).toBe(true)
    expect(credits.reduce((sum, { grant = 0 }) => sum + grant, 0)).toBe(3 * GRANT)
  })

  it('asks for nothing more once it is over', async () => {
    const stream = streamed()
    for (let item = 0; item < GRANT; item++) peer.answer('item', 1, 'x')
    peer.answer('end', 1, new Uint8Array())
    for await (const item of stream) expect(item).toBe('x')
    expect(peer.kinds).toEqual(['stream'])
  })

  it.each(['break', 'throw'])('says that it is given up where its taker leaves by %s', async (how) => {
    const stream = streamed()
    for (const item of ['first', 'second']) peer.answer('item', 1, item)
    const taken: unknown[] = []
    const take = async (): Promise<void> => {
      for await (const item of stream) {
        taken.push(item)
        if (how === 'throw') throw new Error('enough')
        break
      }
    }
    await take().catch(() => {})
    expect([taken, peer.kinds]).toEqual([['first'], ['stream', 'cancel 1']])
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expectNothingLeft()
  })

  it('says that it is given up where it is aborted, and fails', async () => {
    const abort = new AbortController()
    const stream = streamed({ signal: abort.signal })
    const next = stream.next()
    abort.abort()
    await expect(next).rejects.toEqual(failure('request.aborted'))
    expect(peer.kinds).toEqual(['stream', 'cancel 1'])
    expectNothingLeft()
  })

  it('fails after too long a silence, though there were items before', async () => {
    const stream = streamed({ timeoutMs: 100 })
    for (let round = 0; round < 3; round++) {
      const next = stream.next()
      await peer.time.pass(99)
      peer.answer('item', 1, 'x')
      await next
    }
    const last = stream.next()
    last.catch(() => {})
    await peer.time.pass(100)
    await expect(last).rejects.toEqual(failure('request.timeout'))
    expectNothingLeft()
  })

  it('does not take for silence the time that its taker takes', async () => {
    const stream = streamed({ timeoutMs: 100 })
    for (const answered of ['before', 'after', 'after']) {
      if (answered === 'before') peer.answer('item', 1, 'x')
      const next = stream.next()
      if (answered === 'after') peer.answer('item', 1, 'x')
      expect(await next).toEqual({ done: false, value: 'x' })
      await peer.time.pass(1_000)
    }
  })

  it('fails after as long a silence where nobody has begun to take', async () => {
    const stream = streamed({ timeoutMs: 100 })
    await peer.time.pass(100)
    await expect(stream.next()).rejects.toEqual(failure('request.timeout'))
  })
})
