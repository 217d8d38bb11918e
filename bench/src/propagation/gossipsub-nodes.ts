/**
 * `node gossipsub-nodes.js`: nodes of libp2p 3 with gossipsub, over WebSocket, noise and yamux. Each message is signed by the node that
 * publishes it and verified by each that gets it, as gossipsub has it unless told otherwise; nothing is stored.
 */

import '../peers/libp2p-globals.ts'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { until } from '../until.ts'
import { type Contender, hostContender } from './contender.ts'

const TOPIC = 'statements'
/** Its mesh is made and mended once a second. */
const SETTLE_MS = 3_000

function nodes(arrived: (message: number, place: number) => void): Contender {
  const members = new Map<number, Awaited<ReturnType<typeof createNode>>>()
  return {
    async start(place, others) {
      const node = await createNode()
      members.set(place, node)
      node.services.pubsub.addEventListener('message', ({ detail: { data } }) => {
        arrived(new DataView(data.buffer, data.byteOffset).getUint32(0), place)
      })
      node.services.pubsub.subscribe(TOPIC)
      for (const other of others) await node.dial(multiaddr(other))
      return String(node.getMultiaddrs()[0])
    },
    async ready(count) {
      for (const { services } of members.values()) {
        await until(() => services.pubsub.getSubscribers(TOPIC).length === count - 1)
      }
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    },
    async publish(place, message, bytes) {
      const data = new Uint8Array(bytes)
      new DataView(data.buffer).setUint32(0, message)
      await members.get(place)?.services.pubsub.publish(TOPIC, data)
      return bytes
    },
    async stop() {
      await Promise.all([...members.values()].map((node) => node.stop()))
    },
  }
}

async function createNode() {
  return createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    connectionManager: {
      inboundConnectionThreshold: Infinity,
      maxIncomingPendingConnections: Infinity,
      maxConnections: Infinity,
    },
    // All of them have one address here, for which each would hold the others to be one attacker.
    services: { identify: identify(), pubsub: gossipsub({ scoreParams: { IPColocationFactorWeight: 0 } }) },
  })
}

hostContender(nodes)
