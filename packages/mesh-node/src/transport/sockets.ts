import type { Socket } from 'node:net'
import type { Timers } from '../timers.ts'

export interface SocketsOptions {
  readonly timers: Timers
  /** Sockets whose other end has not proved who it is: of everybody, and of one network address. */
  readonly maxUnauthenticated: number
  readonly maxUnauthenticatedPerAddress: number
  /** From the first byte of TCP to a session. */
  readonly deadlineMs: number
  readonly refused: (code: 'socket.too-many' | 'socket.timeout', address: string) => void
}

/** The sockets of a listener. A flood of silent ones takes their address's share, and nobody else's (threats H11, H12). */
export class Sockets {
  readonly #options: SocketsOptions
  readonly #all = new Set<Socket>()
  readonly #unproved = new Map<Socket, () => void>()
  readonly #perAddress = new Map<string, number>()

  constructor(options: SocketsOptions) {
    this.#options = options
  }

  get unauthenticated(): number {
    return this.#unproved.size
  }

  arrive(socket: Socket): void {
    const { timers, maxUnauthenticated, maxUnauthenticatedPerAddress, deadlineMs, refused } = this.#options
    const address = socket.remoteAddress ?? ''
    const fromThere = this.#perAddress.get(address) ?? 0
    socket.on('error', () => socket.destroy())
    if (this.#unproved.size >= maxUnauthenticated || fromThere >= maxUnauthenticatedPerAddress) {
      socket.destroy()
      return refused('socket.too-many', address)
    }
    this.#perAddress.set(address, fromThere + 1)
    this.#all.add(socket)
    const cancel = timers.after(deadlineMs, () => {
      socket.destroy()
      refused('socket.timeout', address)
    })
    this.#unproved.set(socket, () => {
      cancel()
      const left = (this.#perAddress.get(address) ?? 1) - 1
      if (left > 0) this.#perAddress.set(address, left)
      else this.#perAddress.delete(address)
    })
    socket.once('close', () => {
      this.#all.delete(socket)
      this.proved(socket)
    })
  }

  /** The other end has a session, or is gone: it no longer counts. */
  proved(socket: Socket): void {
    this.#unproved.get(socket)?.()
    this.#unproved.delete(socket)
  }

  /** Cuts whatever is still open `graceMs` from now. */
  closeAll(graceMs: number): void {
    this.#options.timers.after(graceMs, () => {
      for (const socket of this.#all) socket.destroy()
    })
    for (const socket of this.#unproved.keys()) socket.destroy()
  }
}
