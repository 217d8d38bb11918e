import { encodeBody } from '@trustmesh/identity'
import { beforeEach, describe, expect, it } from 'vitest'
import { AskedPeer } from '../../test/asked-peer.ts'
import { encodeFailure } from '../bodies.ts'
import type { Calls } from './calls.ts'

const failure = (code: string): unknown => expect.objectContaining({ name: 'MeshError', code })
const content = { body: encodeBody('task') }
let peer: AskedPeer
let calls: Calls

beforeEach(() => {
  peer = new AskedPeer()
  calls = peer.calls
})

const send = (options?: Parameters<Calls['send']>[2]) => calls.send(peer.did, content, options)
const request = (options?: Parameters<Calls['request']>[2]) => calls.request(peer.did, content, options)

/** Nothing that was set for a call outlives it. */
const expectNothingLeft = (): void => expect([peer.time.pending, calls.isAwaited(peer.did)]).toEqual([0, false])

describe('Calls.send', () => {
  it('rejects where it is not taken', async () => {
    peer.refused = 'mesh.busy'
    await expect(send()).rejects.toEqual(failure('mesh.busy'))
    expectNothingLeft()
  })

  it('rejects where its time is up, and gives it up', async () => {
    const sent = send({ timeoutMs: 50 })
    sent.catch(() => {})
    await peer.time.pass(49)
    expect(peer.abandoned).toEqual([])
    await peer.time.pass(1)
    await expect(sent).rejects.toEqual(failure('request.timeout'))
    expect(peer.abandoned).toEqual(peer.said)
    expectNothingLeft()
  })

  it.each([
    ['with what the node says of its packets', true, 'message.recipient-busy'],
    ['with that there is no node', false, 'mesh.disconnected'],
  ])('rejects %s where its time is up', async (_, isOnline, code) => {
    peer.trouble = 'message.recipient-busy'
    peer.isOnline = isOnline
    const sent = send()
    sent.catch(() => {})
    await peer.time.pass(10_000)
    await expect(sent).rejects.toEqual(failure(code))
  })

  it('M13 resolves once it has been heard, and not before', async () => {
    let isSent = false
    const sent = send().then(() => {
      isSent = true
    })
    peer.said[0]?.sent?.(1)
    await peer.time.pass(1)
    expect(isSent).toBe(false)
    peer.hear(0)
    await sent
    expectNothingLeft()
  })

  it('says nothing where it is aborted already', async () => {
    await expect(send({ signal: AbortSignal.abort('no') })).rejects.toEqual(failure('request.aborted'))
    expect(peer.said).toEqual([])
    expectNothingLeft()
  })
})

describe('Calls.request', () => {
  it.each([
    ['an error', 'error', encodeFailure({ code: 'no-handler' }), 'request.no-handler'],
    ['an error that cannot be read', 'error', Uint8Array.of(0xc1), 'request.failed'],
    ['an item', 'item', encodeBody(1), 'request.failed'],
    ['an end', 'end', new Uint8Array(), 'request.failed'],
  ] as const)('rejects where it is answered by %s', async (_, kind, body, code) => {
    const asked = request()
    peer.hear(0)
    peer.answer(kind, 1, body)
    await expect(asked).rejects.toEqual(failure(code))
    expectNothingLeft()
  })

  it('M4 is answered by nothing but what answers it', async () => {
    const [first, second] = [request(), request()]
    peer.hear(0)
    peer.hear(1)
    peer.answer('reply', 3, 'of nothing')
    peer.answer('reply', 2, 'of the second')
    peer.answer('reply', 2, 'once more')
    peer.answer('reply', 1, 'of the first')
    const answers = [(await first).body, (await second).body]
    expect(answers).toEqual([encodeBody('of the first'), encodeBody('of the second')])
    expectNothingLeft()
  })

  it('M4 goes by its latest number where it had to be said again, and leaves the others theirs', async () => {
    const [first, second] = [request(), request()]
    for (const [message, n] of [
      [0, 2],
      [1, 3],
      [0, 1],
      [1, 2],
    ] as const)
      peer.said[message]?.sent?.(n)
    peer.answer('reply', 3, 'of nothing')
    peer.answer('reply', 2, 'of the second')
    peer.answer('reply', 1, 'of the first')
    expect((await first).body).toEqual(encodeBody('of the first'))
    expect((await second).body).toEqual(encodeBody('of the second'))
    expectNothingLeft()
  })

  it('says that it is given up where it has been heard', async () => {
    const abort = new AbortController()
    const asked = request({ signal: abort.signal })
    peer.hear(0, 5)
    abort.abort('enough')
    await expect(asked).rejects.toEqual(expect.objectContaining({ code: 'request.aborted', cause: 'enough' }))
    expect([peer.kinds, peer.abandoned]).toEqual([['request', 'cancel 5'], []])
    expectNothingLeft()
  })

  it('M4 says that it is given up only once its number is final', async () => {
    const asked = request({ timeoutMs: 5 })
    asked.catch(() => {})
    peer.said[0]?.sent?.(7)
    await peer.time.pass(5)
    await expect(asked).rejects.toEqual(failure('request.timeout'))
    expect([peer.kinds, peer.abandoned]).toEqual([['request'], [peer.said[0]]])
    peer.said[0]?.sent?.(6)
    peer.said[0]?.heard?.()
    expect(peer.kinds).toEqual(['request', 'cancel 6'])
    expectNothingLeft()
  })

  it('outlives that it was heard, and tells no trouble of before then', async () => {
    const asked = request()
    asked.catch(() => {})
    peer.trouble = 'message.recipient-busy'
    peer.hear(0)
    await peer.time.pass(10_000)
    await expect(asked).rejects.toEqual(failure('request.timeout'))
  })
})

describe('Calls.unanswered', () => {
  it('fails what waits for an answer, and not what is only to be said', async () => {
    const [asked, waiting] = [request(), request()]
    peer.hear(0)
    calls.unanswered(peer.did, 'message.interrupted', 'why')
    await expect(asked).rejects.toEqual(expect.objectContaining({ code: 'message.interrupted', detail: 'why' }))
    peer.hear(1, 9)
    peer.answer('reply', 9, 'served')
    expect((await waiting).body).toEqual(encodeBody('served'))
    expectNothingLeft()
  })
})
