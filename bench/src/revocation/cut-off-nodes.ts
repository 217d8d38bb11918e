/**
 * `node cut-off-nodes.js SEED`: nodes of ours whose agents talk all the time. A message is a revocation by the mesh's authority that an
 * operator brings, and has come when the node has closed its session with whoever it revokes.
 */

import { keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Peer } from '@trustmesh/mesh-node'
import { issueLease, issueRevocation } from '@trustmesh/trust'
import { Founding } from '../founding.ts'
import { linked, type MemberNode, startMember } from '../member-node.ts'
import { type Contender, hostContender } from '../propagation/contender.ts'
import { InsideAgent } from '../propagation/inside-agent.ts'
import { OPERATOR } from './operator.ts'

/** Each node's agent sends so often, ms, to the agent of the next. */
const TALK_MS = 5
const BODY = new Uint8Array(256)

const founding = new Founding(process.argv[2] ?? '')
const talker = (place: number) => founding.identity(`talker ${place}`)
const victim = (message: number) => founding.identity(`victim ${message}`)

function nodes(arrived: (message: number, place: number) => void): Contender {
  const members = new Map<number, MemberNode>()
  const talks: NodeJS.Timeout[] = []
  return {
    async start(place, others) {
      const member = await startMember({ founding, peers: others.map((text) => JSON.parse(text) as Peer) })
      members.set(place, member)
      return JSON.stringify(member.peer)
    },
    async ready(count, messages) {
      for (const [place, { running }] of members) {
        const { node } = running
        await linked(running, count)
        for (let message = 0; message < messages; message++) {
          const closed = (code: string): void => {
            if (code === 'session.revoked') arrived(message, place)
          }
          await InsideAgent.join(node, victim(message), { closed })
        }
        const lease = await issueLease(talker(place), { node: node.did }, founding.issuance())
        const agent = await InsideAgent.join(node, talker(place), { attachments: [lease.bytes] })
        const to = keyOf(talker((place + 1) % count).did)
        const talk = (): void => agent.send({ type: 'message', id: systemRandom(16), to, body: BODY })
        talks.push(setInterval(talk, TALK_MS))
      }
    },
    async publish(place, message) {
      const revocation = { target: { did: victim(message).did }, reason: 'measured' }
      const { bytes } = await issueRevocation(founding.authority, revocation, founding.issuance())
      await members.get(place)?.running.node.control.accept(bytes, OPERATOR)
      return bytes.length
    },
    async stop() {
      for (const talk of talks) clearInterval(talk)
      for (const member of members.values()) await member[Symbol.asyncDispose]()
    },
  }
}

hostContender(nodes)
