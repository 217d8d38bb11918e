import type { Clock, Did, Identity, Keystore, Random } from '@trustmesh/identity'
import type { CloseCode, KeyPair } from '@trustmesh/protocol'
import type { ReplayWindow, UseCounters } from '@trustmesh/trust'
import type { Notes } from '../manifests/notes.ts'
import type { CancelTimer } from '../timer.ts'

/** What the SDK needs of the place that it runs in: Node.js, a browser, or a mesh in memory. */
export interface Platform {
  readonly clock: Clock
  /** Calls `act` once so many ms have passed, unless the returned function is called before. */
  after(ms: number, act: () => void): CancelTimer
  readonly random: Random
  /** Makes an ephemeral key pair for a handshake. */
  keyPair(): KeyPair
  /** Where it says what a developer should know unless told otherwise. */
  readonly log: Log
  connect(url: string, handler: SocketHandler): Socket
  /**
   * The content of the join file, from the environment, its usual place, or the node on this machine; `null` where there is
   * none. Rejects with `config.malformed`.
   */
  readJoinFile(log: Log): Promise<unknown>
  /** A token that invites to a mesh, from the environment; `null` where there is none. */
  invitation(): string | null
  /** The identity of that name, made now if there is none, with its keystore and all that is kept beside it. */
  openKept(name: string, log: Log): Promise<Kept>
  /** What has been done for others under this identity, kept where identities are. */
  openUses(did: Did): Promise<Uses>
}

/** What is kept of an agent between runs. */
export interface Kept {
  readonly identity: Identity
  /** Where the identity is, by the name of the agent, and its heir. */
  readonly keystore: Keystore
  readonly notes: Notes
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

/** What becomes of a {@link Socket}, as it happens. */
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
