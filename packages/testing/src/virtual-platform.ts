import { type Did, type Identity, loadOrCreate, MemoryKeystore } from '@trustmesh/identity'
import { keyPairOf } from '@trustmesh/protocol'
import {
  type Log,
  MemoryNotes,
  type Platform,
  type Socket,
  type SocketHandler,
  type Uses,
} from '@trustmesh/sdk/platform'
import { MemoryReplayWindow, MemoryUseCounters } from '@trustmesh/trust'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualHost } from './virtual-host.ts'
import type { VirtualConnection, VirtualNetwork } from './virtual-network.ts'

/** Where an agent runs, and what it draws from. */
export interface VirtualPlatformOptions {
  readonly host: VirtualHost
  readonly network: VirtualNetwork
  readonly random: SeededRandom
  readonly log: Log
}

/** A host as the SDK sees it. Identities and what has been done under them are kept as on a disk: they outlive whoever joins. */
export function virtualPlatform({ host, network, random, log }: VirtualPlatformOptions): Platform {
  const keystore = new MemoryKeystore(random.fork('keys').bytes)
  const notes = new MemoryNotes()
  const kept = new Map<Did, Uses>()
  const identityOf = async (name: string): Promise<Identity> => (await loadOrCreate(keystore, name)).identity
  return {
    clock: host.clock,
    after: (ms, act) => host.after(ms, act),
    random: random.bytes,
    keyPair: () => keyPairOf(random.bytes(32)),
    log,
    connect: (url, handler) => new VirtualSocket(host, network, url, handler),
    readJoinFile: async () => null,
    invitation: () => null,
    openKept: async (name) => ({ identity: await identityOf(name), keystore, notes }),
    openUses: async (did) => {
      const close = async (): Promise<void> => {}
      const fresh = { replayWindow: new MemoryReplayWindow(), useCounters: new MemoryUseCounters(), close }
      const uses = kept.get(did) ?? fresh
      kept.set(did, uses)
      return uses
    },
  }
}

class VirtualSocket implements Socket {
  readonly #host: VirtualHost
  readonly #closed: () => void
  readonly #giveUp: () => void
  #connection: VirtualConnection | undefined
  #isOver = false

  constructor(host: VirtualHost, network: VirtualNetwork, url: string, handler: SocketHandler) {
    this.#host = host
    this.#closed = () => {
      if (!this.#isOver) handler.closed()
      this.#isOver = true
    }
    this.#giveUp = network.dial(host, url, {
      opened: (connection) => {
        this.#connection = connection
        handler.open()
        return { message: (bytes) => handler.message(bytes), violation: () => {}, closed: this.#closed }
      },
      failed: this.#closed,
    })
  }

  get backlog(): number {
    return this.#connection?.backlog ?? 0
  }

  send(message: Uint8Array): void {
    this.#connection?.send(message)
  }

  close(): void {
    if (this.#connection) return this.#connection.close('session.closed')
    this.#giveUp()
    this.#host.soon(this.#closed)
  }
}
