import type { CloseCode } from '@trustmesh/protocol'

/** A message channel to somebody who has shown nothing yet: what a session needs of a socket. */
export interface Connection {
  /** Network address of the other end, without its port. */
  readonly address: string
  /** Bytes that the other end has not taken yet. */
  readonly backlog: number
  send(message: Uint8Array): void
  /** The other end has proved who it is: it no longer counts against its address. */
  proved(): void
  /** Ends the connection, and tells the other end no more than the number that belongs to the code. */
  close(code: CloseCode): void
}

/** What happens on a connection. */
export interface ConnectionHandler {
  message(bytes: Uint8Array): void
  /** The other end broke the rules of the transport itself; the connection is closing with this code. */
  violation(code: CloseCode): void
  closed(): void
}

/** Somebody who takes connections as they come. */
export type Accept = (connection: Connection) => ConnectionHandler

/** What becomes of an attempt to open a connection: one of the two, once. */
export interface Dialled {
  readonly opened: Accept
  readonly failed: () => void
}

/** Opens a connection to another node. The function that it returns gives up, if the connection is not open yet. */
export type Dial = (url: string, dialled: Dialled) => () => void
