import { generateIdentity, type Identity, parseDid } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { type Established, HandshakeConduct, initiator, LIMITS, stepInitiator, type Ticket } from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { WebSocket } from 'ws'
import type { JoinUnderTest, MeasuredJoin } from '../joins.ts'
import { type Initiator, splitJoin } from '../split-join.ts'
import { type NodeInfo, startBenchNode } from './trustmesh-node.ts'

/** Which of our joins: by Dids that the node has seen, by new ones each time, or by a ticket of the join before. */
export interface TrustMeshJoinOptions {
  dids?: 'seen' | 'fresh'
  resumed?: boolean
}

/** A whole join of ours: WebSocket, the four frames, an opened welcome, a session at the node; then close. Both ends are here. */
export function trustMeshJoin(options: TrustMeshJoinOptions = {}): JoinUnderTest {
  let node: Awaited<ReturnType<typeof startBenchNode>> | undefined
  let agent: Initiator | undefined
  return {
    name: `TrustMesh, ${described(options)}`,
    setUp: async () => {
      node = await startBenchNode()
      agent = joiner(node.info, options)
    },
    prepare: async (joins) => agent?.prepare?.(joins),
    join: async () => agent?.join(),
    tearDown: async () => node?.stop(),
  }
}

/** The same with the node in a process of its own. */
export function splitTrustMeshJoin(options: TrustMeshJoinOptions = {}): MeasuredJoin {
  return splitJoin({
    name: `TrustMesh, ${described(options)}, node alone`,
    joins: 250,
    script: new URL('./trustmesh-responder.js', import.meta.url),
    initiator: (info) => joiner(info as NodeInfo, options),
  })
}

function described({ dids = 'seen', resumed = false }: TrustMeshJoinOptions): string {
  return resumed ? 'resumed' : dids
}

function joiner(info: NodeInfo, { dids = 'seen', resumed = false }: TrustMeshJoinOptions): Initiator {
  let identities: Identity[] = [generateIdentity(systemRandom)]
  let ticket: (Ticket & { id: Uint8Array }) | undefined
  return {
    prepare: async (joins) => {
      if (dids === 'fresh') identities = Array.from({ length: joins }, () => generateIdentity(systemRandom))
    },
    join: async () => {
      const identity = (dids === 'fresh' ? identities.pop() : identities[0]) as Identity
      const established = await joinOnce(info, identity, ticket)
      if (!resumed) return
      if (ticket && !established.resumed) throw new Error('the node did not take the ticket')
      const { welcome, secrets, peer, purpose } = established
      if (welcome.ticket) ticket = { id: welcome.ticket.id, secret: secrets.resumption, peer, purpose }
    },
  }
}

function joinOnce(info: NodeInfo, identity: Identity, ticket?: Ticket & { id: Uint8Array }): Promise<Established> {
  const socket = new WebSocket(info.url, { perMessageDeflate: false, maxPayload: LIMITS.messageBytes })
  return new Promise((resolve, reject) => {
    let established: Established | undefined
    const state = initiator({
      net: new Uint8Array(Buffer.from(info.net, 'hex')),
      did: identity.did,
      responder: parseDid(info.node),
      purpose: 'agent',
      ephemeral: generateKeyPair,
      challenge: systemRandom(32),
      attachments: [],
      deadline: systemClock.monotonic() + LIMITS.handshakeMs,
      ...(ticket ? { ticket } : {}),
    })
    const conduct = new HandshakeConduct(state, stepInitiator, {
      send: (bytes) => socket.send(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => systemClock.monotonic(),
      conclude: (outcome) => {
        if (outcome.type === 'established') established = outcome.established
        socket.close()
      },
    })
    socket.on('open', () => conduct.start())
    socket.on('message', (data: Buffer) => conduct.receive(new Uint8Array(data)))
    socket.on('error', reject)
    socket.on('close', (code) =>
      established ? resolve(established) : reject(new Error(`closed with ${code} before the welcome`)),
    )
  })
}
