import { beforeEach, describe, expect, it } from 'vitest'
import { root, someone } from '../../test/lent.ts'
import { ToldNode } from '../../test/told-node.ts'
import { Watches } from './watches.ts'

const bob = someone()

let node: ToldNode
let watches: Watches

const next = async (watch: AsyncIterator<{ score: number }>): Promise<number | 'ended'> => {
  const { done, value } = await watch.next()
  return done ? 'ended' : value.score
}
const asked = (): number => node.asked.filter(({ type }) => type === 'query').length
/** The node pushes what it holds of somebody, without being asked. */
const push = (ctx?: string): void => node.say(node.standing(bob.did, ctx))

beforeEach(() => {
  node = new ToldNode()
  watches = new Watches(node)
  node.heard = (standing) => watches.heard(standing)
})

describe('Watches.watch', () => {
  it('tells the present standing, and then every other one, but none twice', async () => {
    const watch = watches.watch(bob.did)
    expect(await next(watch)).toBe(300)
    const another = next(watch)
    push()
    await node.attest(root, bob.did)
    push()
    expect(await another).toBeGreaterThan(700)
    await node.revoke(bob.did)
    push()
    expect(await watch.next()).toMatchObject({ value: { did: bob.did, status: 'revoked', score: 0 } })
  })

  it('tells whoever does not keep up the latest', async () => {
    const watch = watches.watch(bob.did)
    await node.settled()
    await node.attest(root, bob.did)
    push()
    await node.revoke(bob.did)
    push()
    expect(await next(watch)).toBe(0)
  })

  it('tells nothing of others', async () => {
    const watch = watches.watch(bob.did)
    expect(await next(watch)).toBe(300)
    const another = next(watch)
    await node.attest(root, bob.did, { ctx: 'tool' })
    node.say(node.standing(root.did), node.standing(bob.did, 'tool'))
    await node.revoke(bob.did)
    push()
    expect(await another).toBe(0)
  })

  it('asks anew in its context when anything becomes of the Did in any', async () => {
    const watch = watches.watch(bob.did, { ctx: 'tool' })
    expect(await next(watch)).toBe(300)
    await node.attest(root, bob.did, { ctx: 'tool' })
    push()
    expect(await next(watch)).toBeGreaterThan(700)
    expect(asked()).toBe(2)
  })

  it('asks once more where something has changed while it asked', async () => {
    const watch = watches.watch(bob.did, { ctx: 'tool' })
    for (let n = 0; n < 10; n++) push()
    expect(await next(watch)).toBe(300)
    await node.settled()
    expect(asked()).toBe(2)
  })

  it('asks every 30 s, as the node may have forgotten who is watched; and a second after it did not answer', async () => {
    const watch = watches.watch(bob.did)
    expect(await next(watch)).toBe(300)
    await node.attest(root, bob.did)
    await node.pass(29_999)
    expect(asked()).toBe(1)
    node.lie = () => []
    await node.pass(1)
    // Nobody answers for 10 s, and a second later it is asked again.
    await node.pass(10_000)
    expect(asked()).toBe(2)
    node.lie = (frames) => frames
    await node.pass(1_000)
    expect(await next(watch)).toBeGreaterThan(700)
  })

  it('asks on each session, as what was asked on the one before is forgotten', async () => {
    const watch = watches.watch(bob.did)
    expect(await next(watch)).toBe(300)
    await node.settled()
    await node.revoke(bob.did)
    watches.online()
    expect(await next(watch)).toBe(0)
  })

  it.each(['return', 'signal', 'close'] as const)('ends by %s, and leaves nothing behind', async (how) => {
    const controller = new AbortController()
    const watch = watches.watch(bob.did, { signal: controller.signal })
    expect(await next(watch)).toBe(300)
    await node.settled()
    expect(node.timers).toBe(1)
    const waiting = next(watch)
    if (how === 'return') await watch.return?.()
    else if (how === 'signal') controller.abort()
    else watches.close()
    expect([await waiting, await next(watch)]).toEqual(['ended', 'ended'])
    expect(node.timers).toBe(0)
    watches.online()
    push()
    await node.settled()
    expect(asked()).toBe(1)
  })

  it('begins nothing that has ended before', async () => {
    expect(await next(watches.watch(bob.did, { signal: AbortSignal.abort() }))).toBe('ended')
    watches.close()
    expect(await next(watches.watch(bob.did))).toBe('ended')
    expect(asked()).toBe(0)
  })

  it('ends while the first answer is still awaited', async () => {
    const watch = watches.watch(bob.did)
    await watch.return?.()
    await node.settled()
    expect([await next(watch), node.timers]).toEqual(['ended', 0])
  })

  it('refuses what is no context', () => {
    expect(() => watches.watch(bob.did, { ctx: '/tool' })).toThrow(
      expect.objectContaining({ code: 'question.malformed' }),
    )
  })
})
