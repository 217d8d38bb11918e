import { type Did, didOf, keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueRevocation } from '@trustmesh/trust'
import { Founding } from '../founding.ts'
import { startMember } from '../member-node.ts'
import { InsideAgent } from '../propagation/inside-agent.ts'
import { OPERATOR } from './operator.ts'

/** Races that are run side by side. */
const AT_ONCE = 20
/** Messages that somebody sends in each turn of the event loop, and for how many turns it goes on when the node has answered. */
const PER_TURN = 2
const TURNS_AFTER = 5

/** What became of the messages of agents that were revoked while they were sending. */
export interface Races {
  /** Handed on though they had come after the answer. */
  readonly late: number
  /** Handed on, all in all; and those that came after the answer. */
  readonly accepted: number
  readonly after: number
}

/** Revokes so many agents at the node at which they are, each in the middle of its messages to another there. */
export async function runRaces(races: number, seed: string): Promise<Races> {
  const founding = new Founding(seed)
  await using member = await startMember({ founding })
  const { node } = member.running
  /** By agent: how many of its messages had come when its revocation was answered. */
  const answered = new Map<Did, number>()
  const total = { late: 0, accepted: 0, after: 0 }
  const reader = founding.identity('reader')
  await InsideAgent.join(node, reader, {
    frame: (frame) => {
      if (frame.type !== 'message' || !frame.from) return
      const number = new DataView(frame.body.buffer, frame.body.byteOffset).getUint32(0)
      total.accepted++
      if (number >= (answered.get(didOf(frame.from)) ?? Number.POSITIVE_INFINITY)) total.late++
    },
  })
  const to = keyOf(reader.did)
  const race = async (number: number): Promise<void> => {
    const identity = founding.identity(`racer ${number}`)
    const agent = await InsideAgent.join(node, identity)
    let sent = 0
    let turnsLeft = Number.POSITIVE_INFINITY
    const talk = async (): Promise<void> => {
      for (; turnsLeft > 0; turnsLeft--) {
        for (let n = 0; n < PER_TURN; n++) {
          const body = new Uint8Array(4)
          new DataView(body.buffer).setUint32(0, sent++)
          agent.send({ type: 'message', id: systemRandom(16), to, body })
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const talking = talk()
    const revocation = { target: { did: identity.did }, reason: 'measured' }
    const { bytes } = await issueRevocation(founding.authority, revocation, founding.issuance())
    await node.control.accept(bytes, OPERATOR)
    const before = sent
    answered.set(identity.did, before)
    turnsLeft = TURNS_AFTER
    await talking
    total.after += sent - before
  }
  for (let first = 0; first < races; first += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, races - first) }, (_, n) => race(first + n)))
  }
  return total
}
