import type { Connection, ConnectionHandler, MeshNode } from '@trustmesh/mesh-node'
import { CLOSE_CODES, type CloseCode } from '@trustmesh/protocol'
import type { Wire } from './wire.ts'

export interface MemoryWireOptions {
  readonly address?: string
  /** Called in the middle of the node's work: as it sends its message number `index`, from 0, and before it does anything else. */
  readonly sending?: (index: number) => void
}

/** A connection to a node without a socket: both ends act in the turn in which the other does. */
export class MemoryWire implements Wire {
  readonly closed: Promise<number | null>
  readonly #handler: ConnectionHandler
  readonly #messages: Uint8Array[] = []
  #isClosed = false
  #wake: () => void = () => {}

  constructor(node: MeshNode, { address = '127.0.0.1', sending = () => {} }: MemoryWireOptions = {}) {
    let closed: (code: number) => void
    this.closed = new Promise((resolve) => {
      closed = resolve
    })
    let index = 0
    const connection: Connection = {
      address,
      backlog: 0,
      send: (message) => {
        sending(index++)
        this.#messages.push(message)
        this.#wake()
      },
      proved: () => {},
      close: (code: CloseCode) => {
        this.#isClosed = true
        closed(CLOSE_CODES[code].ws)
        this.#wake()
      },
    }
    this.#handler = node.accept(connection)
  }

  send(message: Uint8Array): void {
    this.#handler.message(message)
  }

  async next(): Promise<Uint8Array | null> {
    while (this.#messages.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#messages.shift() ?? null
  }

  [Symbol.dispose](): void {
    this.#handler.closed()
  }
}
