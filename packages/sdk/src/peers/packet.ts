import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'

/** Names a connection between two agents, chosen by whoever begins it: 16 random bytes. */
export type ConnectionId = Uint8Array

const ID_BYTES = 16
const NOTHING = new Uint8Array()

/** What nodes carry between agents: which connection it belongs to, and a frame of its handshake or a sealed message of its session. */
export interface Packet {
  readonly connection: ConnectionId
  /** The same, as a key of maps. */
  readonly key: string
  /** Empty where the sender knows no such connection. */
  readonly bytes: Uint8Array
}

export function encodePacket(connection: ConnectionId, bytes: Uint8Array = NOTHING): Uint8Array {
  return concatBytes(connection, bytes)
}

/** `null` for a body that is no packet. */
export function parsePacket(body: Uint8Array): Packet | null {
  if (body.length < ID_BYTES) return null
  const connection = body.subarray(0, ID_BYTES)
  return { connection, key: bytesToHex(connection), bytes: body.subarray(ID_BYTES) }
}
