import { systemRandom } from '@trustmesh/identity/node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CONNECTION_BYTES, connectionOf, type HostileNode, type Lie, type Parcel } from './hostile-node.ts'
import { stopTime } from './hurried.ts'
import { Scene } from './scene.ts'

const RECORDED = 500

beforeEach(stopTime)
afterEach(() => {
  vi.useRealTimers()
})

/** What gets through: all of it, none, or whatever does. */
type Through = 'all' | 'none' | 'some'

const lies: readonly [ids: string, what: string, through: Through, (node: HostileNode) => Lie][] = [
  ['M2', 'drops all of it', 'none', () => () => {}],
  ['M13', 'drops all of it and says that it was handed on', 'none', (node) => (parcel) => node.acknowledge(parcel)],
  ['M2', 'drops one of three', 'some', (node) => (parcel) => parcel.index % 3 !== 1 && node.carry(parcel)],
  [
    'M13',
    'drops one of ten and says that it was handed on',
    'some',
    (node) => (parcel) => (parcel.index % 10 === 9 ? node.acknowledge(parcel) : node.carry(parcel)),
  ],
  ['M2', 'keeps it for two seconds', 'all', (node) => (parcel) => void setTimeout(() => node.carry(parcel), 2_000)],
  ['M2', 'keeps it for six seconds', 'none', (node) => (parcel) => void setTimeout(() => node.carry(parcel), 6_000)],
  [
    'M2',
    'keeps each as long as it likes',
    'some',
    (node) => (parcel) => void setTimeout(() => node.carry(parcel), (parcel.index * 7_919) % 1_000),
  ],
  [
    'M1',
    'delivers all of it twice',
    'none',
    (node) => (parcel) => {
      node.carry(parcel)
      node.deliver(parcel)
    },
  ],
  [
    'M1, M13',
    'delivers one of ten again, a second later',
    'some',
    (node) => (parcel) => {
      node.carry(parcel)
      if (parcel.index % 10 === 9) setTimeout(() => node.deliver(parcel), 1_000)
    },
  ],
  [
    'M1',
    'delivers with each whatever it was given before, at random',
    'some',
    (node) => (parcel) => {
      node.carry(parcel)
      const before = node.parcels[(systemRandom(4)[0] as number) % node.parcels.length]
      if (parcel.index < RECORDED && before) node.deliver(before)
    },
  ],
  ['M2', 'swaps two neighbours of ten', 'some', (node) => swapping(node, 10)],
  ['M2', 'swaps all neighbours', 'some', (node) => swapping(node, 2)],
  ['H4', 'flips a bit of each', 'none', (node) => (parcel) => node.carry({ ...parcel, body: flipped(parcel.body) })],
  [
    'H4',
    'flips a bit of one of ten',
    'some',
    (node) => (parcel) => node.carry(parcel.index % 10 === 9 ? { ...parcel, body: flipped(parcel.body) } : parcel),
  ],
  [
    'H4',
    'takes the last byte of one of ten, or adds one',
    'some',
    (node) => (parcel) => {
      const body = parcel.index % 20 === 9 ? parcel.body.slice(0, -1) : Uint8Array.of(...parcel.body, 0)
      node.carry(parcel.index % 10 === 9 ? { ...parcel, body } : parcel)
    },
  ],
  [
    'H4',
    'puts in bytes of its own, where there is a connection and where there is none',
    'some',
    (node) => (parcel) => {
      node.carry(parcel)
      if (parcel.index % 10 !== 9) return
      const here = Uint8Array.of(...connectionOf(parcel), ...systemRandom(80))
      const made = [systemRandom(80), systemRandom(10), new Uint8Array(), connectionOf(parcel).slice(1), here]
      for (const body of made) node.deliver({ ...parcel, body })
    },
  ],
  [
    'H4',
    'says to either side that the other knows nothing of their session',
    'some',
    (node) => (parcel) => {
      node.carry(parcel)
      if (parcel.index % 10 !== 9) return
      const body = connectionOf(parcel)
      node.deliver({ ...parcel, body })
      node.deliver({ from: parcel.to, to: parcel.from, body })
    },
  ],
  [
    'M3',
    'delivers each under the name of another connection',
    'none',
    (node) => (parcel) => {
      const other = node.parcels[parcel.index - 1]
      const connection = other ? connectionOf(other) : systemRandom(CONNECTION_BYTES)
      node.carry({ ...parcel, body: Uint8Array.of(...connection, ...parcel.body.slice(CONNECTION_BYTES)) })
    },
  ],
  [
    'M3',
    'gives each back to whoever sent it, as if the other had answered so',
    'none',
    (node) => (parcel) => {
      node.deliver({ from: parcel.to, to: parcel.from, body: parcel.body })
      node.acknowledge(parcel)
    },
  ],
]

describe('a node that is given something to carry', () => {
  it('carries it, if it is honest', async () => {
    await using scene = await Scene.set()
    const outcomes = await scene.talk()
    expect(outcomes).toEqual(outcomes.map(() => 'ok'))
    scene.check()
  })

  it.each(lies)('%s gains nothing where it %s', async (_, __, through, lie) => {
    await using scene = await Scene.set()
    // Half the pairs have a session by then.
    await scene.talk()
    scene.node.lie = lie(scene.node)
    const outcomes = [...(await scene.talk()), ...(await scene.talk())]
    scene.check()
    const passed = outcomes.filter((outcome) => outcome === 'ok').length
    if (through === 'all') expect(passed).toBe(outcomes.length)
    if (through === 'none') expect(passed).toBe(0)
    for (const outcome of outcomes) {
      expect(['ok', 'message.interrupted', 'message.unconfirmed', 'request.timeout']).toContain(outcome)
    }
    await scene.recover()
  })
})

function swapping(node: HostileNode, every: number): Lie {
  let held: Parcel | undefined
  return (parcel) => {
    if (parcel.index % every === 0 && !held) {
      held = parcel
      return
    }
    node.carry(parcel)
    if (held) node.carry(held)
    held = undefined
  }
}

/** With one bit flipped, behind the name of the connection. */
function flipped(body: Uint8Array): Uint8Array {
  const [where, bit] = systemRandom(2) as unknown as [number, number]
  const at = CONNECTION_BYTES + (where % Math.max(1, body.length - CONNECTION_BYTES))
  return body.map((byte, index) => (index === at ? byte ^ (1 << (bit % 8)) : byte))
}
