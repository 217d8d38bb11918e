/** `node trustmesh-nodes.js SEED PLACES [line]`: nodes of ours, each linked with all others, or with its neighbours. A message is an attestation, and has come when an agent has been told of it. */

import { type Did, didOf, keyOf } from '@trustmesh/identity'
import type { Peer } from '@trustmesh/mesh-node'
import { issueAttestation } from '@trustmesh/trust'
import { Founding } from '../founding.ts'
import { linked, type MemberNode, startMember } from '../member-node.ts'
import { until } from '../until.ts'
import { type Contender, hostContender } from './contender.ts'
import { InsideAgent } from './inside-agent.ts'

const [seed = '', places = '', shape = 'full'] = process.argv.slice(2)
const founding = new Founding(seed)
// Trust starts from those who attest, so that each attestation makes a difference.
const roots = Array.from({ length: Number(places) }, (_, place) => speaker(place).did)

/** With how many a node of so many is linked. */
function linksOf(place: number, nodes: number): number {
  if (shape !== 'line') return nodes - 1
  return place === 0 || place === nodes - 1 ? 1 : 2
}

function speaker(place: number) {
  return founding.identity(`speaker ${place}`)
}

function nodes(arrived: (message: number, place: number) => void): Contender {
  const members = new Map<number, MemberNode>()
  const speakers = new Map<number, InsideAgent>()
  const messages = new Map<Did, number>()
  const subjects: Did[] = []
  return {
    async start(place, others) {
      const known = shape === 'line' ? others.slice(-1) : others
      const peers = known.map((text) => JSON.parse(text) as Peer)
      const member = await startMember({ founding, peers, roots })
      members.set(place, member)
      return JSON.stringify(member.peer)
    },
    async ready(count, number) {
      for (let message = 0; message < number; message++) {
        const { did } = founding.identity(`subject ${message}`)
        subjects.push(did)
        messages.set(did, message)
      }
      for (const [place, { running }] of members) {
        await linked(running, linksOf(place, count) + 1)
        let answers = 0
        const agent = await InsideAgent.join(running.node, speaker(place), {
          frame: (frame) => {
            if (frame.type !== 'standing') return
            const message = messages.get(didOf(frame.did))
            if (answers++ >= number && message !== undefined) arrived(message, place)
          },
        })
        for (const did of subjects) agent.send({ type: 'query', did: keyOf(did) })
        await until(() => answers >= number)
        speakers.set(place, agent)
      }
    },
    async publish(place, message) {
      const sub = subjects[message] as Did
      const { bytes } = await issueAttestation(speaker(place), { sub, value: 800, weight: 2000 }, founding.issuance())
      speakers.get(place)?.send({ type: 'statement', bytes })
      return bytes.length
    },
    async stop() {
      for (const member of members.values()) await member[Symbol.asyncDispose]()
    },
  }
}

hostContender(nodes)
