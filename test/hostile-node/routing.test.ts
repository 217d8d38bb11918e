import type { Did } from '@trustmesh/identity'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { join } from '../e2e/kit.ts'
import { HostileNode, type Parcel } from './hostile-node.ts'
import { hurried, stopTime } from './hurried.ts'
import { Scene } from './scene.ts'

beforeEach(stopTime)
afterEach(() => {
  vi.useRealTimers()
})

type Ends = Pick<Parcel, 'from' | 'to'>

/** Of three, the one that is neither. */
type Third = (ends: Ends) => Did

const routes: readonly [ids: string, what: string, (ends: Ends, third: Third) => Ends][] = [
  ['M4', 'takes each to somebody else', ({ from, to }, third) => ({ from, to: third({ from, to }) })],
  [
    'H16, M4',
    'says of each that somebody else has sent it',
    ({ from, to }, third) => ({ from: third({ from, to }), to }),
  ],
  [
    'H16, M4',
    'says of each that its recipient sent it, to the third',
    ({ from, to }, third) => ({ from: to, to: third({ from, to }) }),
  ],
  ['H3', 'takes each back to its sender, as from its recipient', ({ from, to }) => ({ from: to, to: from })],
  [
    'H3',
    'takes each back to its sender, as from the third',
    ({ from, to }, third) => ({ from: third({ from, to }), to: from }),
  ],
  ['H16', 'says of each that its recipient sent it itself', ({ to }) => ({ from: to, to })],
]

describe('a node that takes what it carries to the wrong agent', () => {
  describe.each([
    ['from the first on', false],
    ['in the middle of their sessions', true],
  ])('%s', (_, isLate) => {
    it.each(routes)('%s brings nobody anything: it %s', async (_, __, route) => {
      await using scene = await Scene.set()
      const { node, alice, bob, carol } = scene
      if (isLate) await scene.talk()
      const handled = scene.heard.length
      const third = ({ from, to }: Ends): Did => {
        return [alice, bob, carol].find(({ did }) => did !== from && did !== to)?.did as Did
      }
      node.lie = (parcel) => {
        node.deliver({ ...parcel, ...route(parcel, third) })
        node.acknowledge(parcel)
      }
      const outcomes = await scene.talk()
      expect(new Set(outcomes)).toEqual(new Set(['request.timeout']))
      expect(scene.heard).toHaveLength(handled)
      scene.check()
      await scene.recover()
    })

    it('M4 brings nobody anything where it exchanges what two have to say to the third', async () => {
      await using scene = await Scene.set()
      const { node, alice, bob, carol } = scene
      if (isLate) await scene.talk()
      const other = (did: Did): Did => (did === alice.did ? bob.did : did === bob.did ? alice.did : did)
      node.lie = (parcel) => {
        const isMeant = parcel.to === carol.did || parcel.from === carol.did
        const { from, to } = parcel
        node.carry(isMeant ? { ...parcel, from: other(from), to: other(to) } : parcel)
      }
      const toCarol = [alice, bob].map((from) => scene.say(from, carol))
      const fromCarol = [alice, bob].map((to) => scene.say(carol, to, 'request'))
      const others = [scene.say(alice, bob, 'stream'), scene.say(bob, alice)]
      expect(await hurried(Promise.all([...toCarol, ...fromCarol]))).toEqual(Array(4).fill('request.timeout'))
      expect(await hurried(Promise.all(others))).toEqual(['ok', 'ok'])
      scene.check()
      await scene.recover()
    })

    it('H4, H5 brings nobody anything where it has an agent of another node answer in place of the one that is meant', async () => {
      await using scene = await Scene.set()
      const { node, alice, bob } = scene
      await using elsewhere = await HostileNode.start(node.root)
      await using mallory = await hurried(join(elsewhere.joinFile, 'mallory'))
      const asked: unknown[] = []
      mallory.on('note', {}, (content) => asked.push(content))
      if (isLate) await scene.talk()
      node.lie = (parcel) => {
        if (parcel.from !== alice.did || parcel.to !== bob.did) return node.carry(parcel)
        elsewhere.deliver({ ...parcel, to: mallory.did })
        node.acknowledge(parcel)
      }
      elsewhere.lie = (parcel) => node.deliver({ ...parcel, from: bob.did })
      expect(await hurried(scene.say(alice, bob))).toBe('request.timeout')
      expect(asked).toEqual([])
      scene.check()
      await scene.recover()
    })
  })
})
