/** `node old-hand.js SEED FILE PEER`: a node that holds the envelopes of a file, and dials the peer. It answers what it holds. */

import { sha256Hex } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import {
  createMetrics,
  dialWs,
  loadConfig,
  MemoryAuditLog,
  MemoryStore,
  MeshNode,
  type Peer,
  systemTimers,
} from '@trustmesh/mesh-node'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { Founding } from '../founding.ts'
import { host } from '../host.ts'
import { readEnvelopes } from './history.ts'

const [seed = '', file = '', peer = ''] = process.argv.slice(2)
const founding = new Founding(seed)
const store = new MemoryStore()
// By any name: the node tells them apart by what they say.
for (const bytes of await readEnvelopes(file)) await store.append(sha256Hex(bytes) as never, bytes)
const { limits } = await loadConfig()
const node = await MeshNode.open({
  mesh: founding.mesh,
  keys: await founding.keys(founding.identity('old hand')),
  roots: [],
  limits,
  peers: [JSON.parse(peer) as Peer],
  dial: dialWs,
  store,
  audit: new MemoryAuditLog({ clock: systemClock }),
  metrics: createMetrics(),
  clock: systemClock,
  random: systemRandom,
  keyPair: generateKeyPair,
  timers: systemTimers,
})
host({ held: () => node.statementCount }, async () => node.drain())
