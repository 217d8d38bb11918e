import './libp2p-globals.ts'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { webSockets } from '@libp2p/websockets'
import { createLibp2p, type Libp2p } from 'libp2p'
import type { JoinUnderTest } from '../joins.ts'

type Multiaddrs = ReturnType<Libp2p['getMultiaddrs']>

/** Who dials: the same node each time, already known to the listener, or one that it has never seen. */
export interface Libp2pOptions {
  identities: 'seen' | 'fresh'
}

/**
 * Joins of two libp2p 3 nodes: dial over WebSocket, noise (XX, Ed25519 identities), yamux, until the connection is
 * open at both ends; then close, until it is closed at both ends. Both nodes are in this process, so both are counted.
 *
 * The configuration is the leanest that a user would run. No services at all: no identify, ping, DHT, autonat or
 * relay, and no metrics. The connection monitor, which pings, is off. Noise and yamux run as they come, which includes
 * agreeing on the muxer inside the noise handshake, without a round trip of its own. Limits that would refuse the
 * load (five new connections a second from one host, 300 in all) are lifted. Identities and noise's static keys are
 * made beforehand; the dialer knows the listener's peer id from its address, as a user of a `/p2p/` address does.
 *
 * One join at a time: libp2p folds concurrent dials to one peer into one.
 */
export function libp2pJoin({ identities }: Libp2pOptions = { identities: 'seen' }): JoinUnderTest {
  let listener: Libp2p | undefined
  let addresses: Multiaddrs = []
  let dialers: Libp2p[] = []
  let joined = 0
  return {
    name: `libp2p, identities ${identities}`,
    setUp: async () => {
      listener = await createNode(['/ip4/127.0.0.1/tcp/0/ws'])
      addresses = listener.getMultiaddrs()
      if (identities === 'seen') dialers = [await createNode([])]
    },
    prepare: async (joins) => {
      if (identities === 'seen') return
      await stopAll(dialers)
      joined = 0
      dialers = await Promise.all(Array.from({ length: joins }, () => createNode([])))
    },
    join: async () => {
      const dialer = dialers[identities === 'seen' ? 0 : joined++]
      if (listener === undefined || dialer === undefined) throw new Error('libp2p is not set up')
      await dialAndClose(dialer, listener, addresses)
    },
    tearDown: async () => {
      await stopAll(dialers)
      await listener?.stop()
    },
  }
}

async function dialAndClose(dialer: Libp2p, listener: Libp2p, addresses: Multiaddrs): Promise<void> {
  const accepted = nextEvent(listener, 'connection:open')
  const connection = await dialer.dial(addresses, { force: true })
  await accepted
  const left = nextEvent(listener, 'connection:close')
  await connection.close()
  await left
}

function nextEvent(node: Libp2p, event: 'connection:open' | 'connection:close'): Promise<void> {
  return new Promise((resolve) => node.addEventListener(event, () => resolve(), { once: true }))
}

async function createNode(listen: string[]): Promise<Libp2p> {
  return createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    addresses: { listen },
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    connectionManager: {
      inboundConnectionThreshold: Infinity,
      maxIncomingPendingConnections: Infinity,
      maxConnections: Infinity,
    },
  })
}

async function stopAll(nodes: readonly Libp2p[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()))
}
