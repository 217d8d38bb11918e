import type { Clock, Did, Identity, Random } from '@trustmesh/identity'
import type { CloseCode, KeyPair } from '@trustmesh/protocol'
import type { ReplayWindow, UseCounters } from '@trustmesh/trust'

/** What the SDK needs of the place that it runs in. Two exist: Node.js and browsers. */
export interface Platform {
  readonly clock: Clock
  readonly random: Random
  /** Makes an ephemeral key pair for a handshake. */
  keyPair(): KeyPair
  /** Where it says what a developer should know unless told otherwise. */
  readonly log: Log
  connect(url: string, handler: SocketHandler): Socket
  /** The content of the join file, from the environment or its usual place; `null` where there is none. Rejects with `config.malformed`. */
  readJoinFile(): Promise<unknown>
  /** A token that invites to a mesh, from the environment; `null` where there is none. */
  invitation(): string | null
  /** The identity of that name, made now if there is none, and the place where it is kept. */
  openIdentity(name: string, log: Log): Promise<Identity>
  /** What has been done for others under this identity, kept where identities are. */
  openUses(did: Did): Promise<Uses>
}

/** Invocations that have been acted upon, and how often links have been used. */
export interface Uses {
  readonly replayWindow: ReplayWindow
  readonly useCounters: UseCounters
  close(): Promise<void>
}

/** A message channel to a node. */
export interface Socket {
  readonly backlog: number
  send(message: Uint8Array): void
  close(code?: CloseCode): void
}

export interface SocketHandler {
  open(): void
  message(bytes: Uint8Array): void
  /** A text message, which the protocol does not have. */
  text(): void
  /** Once, however the connection ends, also if it never opened. */
  closed(): void
}

/** Where the SDK says what a developer should know. */
export interface Log {
  info(message: string): void
  warn(message: string): void
}
