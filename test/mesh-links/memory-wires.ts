import type { CloseCode } from '@trustmesh/protocol'
import type { Accept, Connection, ConnectionHandler, Dial } from '../../packages/mesh-node/src/transport/connection.ts'

/** One end of a connection in memory. */
class End implements Connection {
  readonly address: string
  handler: ConnectionHandler | undefined
  other: End | undefined
  isOpen = true
  /** What the other end has not taken. */
  backlog = 0

  constructor(address: string) {
    this.address = address
  }

  send(message: Uint8Array): void {
    const { other } = this
    if (!this.isOpen || !other) return
    this.backlog += message.length
    setImmediate(() => {
      this.backlog -= message.length
      if (other.isOpen) other.handler?.message(message)
    })
  }

  proved(): void {}

  close(_code?: CloseCode): void {
    if (!this.isOpen) return
    this.isOpen = false
    const { other } = this
    setImmediate(() => other?.hangUp())
  }

  hangUp(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.handler?.closed()
  }
}

/** Connections in memory between those who listen, each message a turn later. */
export class MemoryWires {
  readonly #listeners = new Map<string, Accept>()

  listen(url: string, accept: Accept): void {
    this.#listeners.set(url, accept)
  }

  readonly dial: Dial = (url, { opened, failed }) => {
    let isGivenUp = false
    setImmediate(() => {
      if (isGivenUp) return
      const accept = this.#listeners.get(url)
      if (!accept) return failed()
      const [here, there] = [new End(url), new End('caller')]
      here.other = there
      there.other = here
      there.handler = accept(there)
      here.handler = opened(here)
    })
    return () => {
      isGivenUp = true
    }
  }
}
