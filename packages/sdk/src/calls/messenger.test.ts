import { describe, expect, it, vi } from 'vitest'
import { AskedPeer } from '../../test/asked-peer.ts'
import { someone } from '../../test/lent.ts'
import type { Issuer } from '../issuer.ts'
import type { Receipts } from '../receipts.ts'
import type { Calls } from './calls.ts'
import { Messenger, type SendOptions } from './messenger.ts'

const [alice, bob] = [someone(), someone()]

describe(Messenger, () => {
  const ended = vi.fn()
  const end = vi.fn()
  const messengerOf = (items: () => AsyncGenerator<unknown>) =>
    new Messenger({
      ...{ self: alice.did, name: 'alice', maxBytes: 1_000, ended },
      ...{ calls: { stream: items } as unknown as Calls, issuer: {} as Issuer, receipts: {} as Receipts },
      telemetry: { begin: () => ({ run: (act) => act(), end }) },
    })

  it('waits no longer for its own signer than for whom it asks, and does not hold that against them', async () => {
    ended.mockReset()
    const peer = new AskedPeer()
    const never = { issue: () => new Promise<Uint8Array>(() => {}) } as unknown as Receipts
    const messenger = new Messenger({
      ...{ self: alice.did, name: 'alice', maxBytes: 1_000, ended, telemetry: undefined },
      ...{ calls: peer.calls, issuer: {} as Issuer, receipts: never },
    })
    const ask = (options: SendOptions) => messenger.request(peer.did, 'task', null, { signed: true, ...options })
    const aborted = expect.objectContaining({ name: 'MeshError', code: 'request.aborted' })
    const late = expect(ask({ timeoutMs: 1_000 })).rejects.toEqual(aborted)
    const controller = new AbortController()
    const given = [ask({ signal: AbortSignal.abort() }), ask({ signal: controller.signal })]
    controller.abort()
    for (const each of given) await expect(each).rejects.toEqual(aborted)
    await peer.time.pass(1_000)
    await late
    expect([peer.kinds, peer.time.pending, ended.mock.calls]).toEqual([[], 0, []])
  })

  it.each([
    ['of which no more is taken', (count: number) => count === 1, []],
    ['that comes to its end', () => false, ['success']],
  ])('ends the span of a stream %s', async (_, isEnough, outcomes) => {
    ended.mockReset()
    end.mockReset()
    const messenger = messengerOf(async function* () {
      yield* [1, 2, 3]
    })
    let count = 0
    for await (const _item of messenger.stream(bob.did, 'feed', null, {})) if (isEnough(++count)) break
    expect([end.mock.calls.length, ended.mock.calls.map(([{ outcome }]) => outcome)]).toEqual([1, outcomes])
  })
})
