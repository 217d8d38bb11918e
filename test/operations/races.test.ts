import { didOf, keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { joinOver, MemoryWire, someone, TestNode, type WireSession } from '../e2e/kit.ts'
import { OLGA } from './people.ts'

const RACES = 1_000
const AT_ONCE = 20
/** How long somebody goes on sending who does not know yet, in turns of the event loop. */
const TURNS_AFTER = 5

let node: TestNode

/** A wire that counts what the node has put on it, and what has been read of that. */
class CountedWire extends MemoryWire {
  put = 0
  taken = 0

  constructor(at: TestNode['node']) {
    super(at, {
      sending: () => {
        this.put++
      },
    })
  }

  override async next(): Promise<Uint8Array | null> {
    const message = await super.next()
    if (message) this.taken++
    return message
  }
}

beforeEach(async () => {
  const limits = { handshakesPerSecondPerAddress: 100_000, messagesPerSecondPerDid: 1_000_000 }
  node = await TestNode.start({ limits, admin: { secondOperatorAbove: 1_000_000 } })
})
afterEach(() => node[Symbol.asyncDispose]())

describe('a revocation', () => {
  it('R9 lets no message through after its answer, in a thousand races with traffic in flight', {
    timeout: 120_000,
  }, async () => {
    const bobWire = new CountedWire(node.node)
    const bob = await joinOver(bobWire, node.joinFile, someone())
    const to = keyOf(bob.did)
    /** By sender: after how many of its messages, and after which message to bob, the revocation was answered. */
    const answered = new Map<string, readonly [arrived: number, put: number]>()
    const total = { late: 0, lateInLine: 0, before: 0, after: 0 }
    const read = async (): Promise<void> => {
      for (let frame = await bob.next(); frame; frame = await bob.next()) {
        if (frame.type !== 'message' || !frame.from) continue
        const number = new DataView(frame.body.buffer, frame.body.byteOffset).getUint32(0)
        const [arrived, put] = answered.get(didOf(frame.from)) ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
        if (number >= arrived) total.late++
        else if (bobWire.taken > put) total.lateInLine++
        else total.before++
      }
    }
    void read()

    const race = async (): Promise<void> => {
      const identity = someone()
      const victim: WireSession<MemoryWire> = await joinOver(new MemoryWire(node.node), node.joinFile, identity)
      let arrived = 0
      const send = (): void => {
        const body = new Uint8Array(4)
        new DataView(body.buffer).setUint32(0, arrived++)
        victim.send({ type: 'message', id: systemRandom(16), to, body })
      }
      let turnsLeft = Number.POSITIVE_INFINITY
      const talking = (async () => {
        for (; turnsLeft > 0; turnsLeft--) {
          send()
          send()
          await new Promise((resolve) => setImmediate(resolve))
        }
      })()
      const order = { verb: 'revoke', targets: [{ did: identity.did }], reason: 'a race' } as const
      const { state, durable } = await node.node.control.order(order, OLGA)
      answered.set(identity.did, [arrived, bobWire.put])
      expect([state, durable]).toEqual(['in-force', true])
      turnsLeft = TURNS_AFTER
      const before = arrived
      await talking
      total.after += arrived - before
    }
    for (let round = 0; round < RACES / AT_ONCE; round++) await Promise.all(Array.from({ length: AT_ONCE }, race))

    expect([total.late, total.lateInLine]).toEqual([0, 0])
    expect(total.before).toBeGreaterThan(RACES)
    expect(total.after).toBeGreaterThan(RACES)
  })
})
