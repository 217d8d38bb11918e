/** What end to end tests are made of: a real node, agents with and without the SDK, and those who stand between or lie. */

import { generateIdentity, type Identity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { type JoinOptions, joinMesh, type Mesh } from '@trustmesh/sdk'
import type { JoinFile } from './test-node.ts'

export { LyingNode, WELCOME } from './lying-node.ts'
export { MemoryWire } from './memory-wire.ts'
export { buildNode, buildProjects, EndedEarly, NodeProcess } from './node-process.ts'
export { BINARY, CONTINUATION, RawSocket, TEXT, upgradeRequest, wsFrame } from './raw-socket.ts'
export { type Meddling, Relay } from './relay.ts'
export { type JoinFile, TestNode } from './test-node.ts'
export { until } from './until.ts'
export { attempt, Handshake, joinOver, joinRaw, plaintextOf, type Wire, type WireSession } from './wire.ts'
export { WirePeer } from './wire-peer.ts'

export function someone(): Identity {
  return generateIdentity(systemRandom)
}

/** Joins with the SDK, quick to try again, and silent. */
export function join(file: JoinFile, name: string, options: Omit<JoinOptions, 'join' | 'name'> = {}): Promise<Mesh> {
  const log = { info: () => {}, warn: () => {} }
  return joinMesh({ name, identity: someone(), join: file, log, backoff: { baseMs: 20, capMs: 100 }, ...options })
}
