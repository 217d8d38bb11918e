import type { Socket } from 'node:net'
import type { Timers } from '../timers.ts'

/** Why a socket got no further than TCP or HTTP. */
export type SocketRefusal =
  | 'socket.timeout'
  | 'socket.too-many'
  | 'upgrade.malformed'
  | 'upgrade.origin'
  | 'upgrade.required'

export interface SocketsOptions {
  readonly timers: Timers
  /** Sockets whose other end has not proved who it is: of everybody, and of one network address. */
  readonly maxUnauthenticated: number
  readonly maxUnauthenticatedPerAddress: number
  /** From the first byte of TCP to a session. */
  readonly deadlineMs: number
  readonly refused: (code: SocketRefusal, address: string) => void
}

interface Unproved {
  readonly address: string
  readonly cancelDeadline: () => void
  /** What becomes of it has been told, or is for others to tell. */
  isTold: boolean
}

/** The sockets of a listener. A flood of silent ones takes their address's share, and nobody else's (threats H11, H12). */
export class Sockets {
  readonly #options: SocketsOptions
  readonly #all = new Set<Socket>()
  readonly #unproved = new Map<Socket, Unproved>()
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
    const cancelDeadline = timers.after(deadlineMs, () => {
      this.refuse(socket, 'socket.timeout')
      socket.destroy()
    })
    this.#unproved.set(socket, { address, cancelDeadline, isTold: false })
    socket.once('close', () => {
      this.#all.delete(socket)
      this.proved(socket)
    })
  }

  /** It gets no further. Told once: what the other end does until the socket is gone is no news. */
  refuse(socket: Socket, code: SocketRefusal): void {
    const unproved = this.#unproved.get(socket)
    if (!unproved || unproved.isTold) return
    unproved.isTold = true
    this.#options.refused(code, unproved.address)
  }

  /** A handshake begins, which tells by itself how it ends. */
  upgraded(socket: Socket): void {
    const unproved = this.#unproved.get(socket)
    if (unproved) unproved.isTold = true
  }

  /** The other end has a session, or is gone: it no longer counts. */
  proved(socket: Socket): void {
    const unproved = this.#unproved.get(socket)
    if (!unproved) return
    const { address, cancelDeadline } = unproved
    cancelDeadline()
    this.#unproved.delete(socket)
    const left = (this.#perAddress.get(address) ?? 1) - 1
    if (left > 0) this.#perAddress.set(address, left)
    else this.#perAddress.delete(address)
  }

  /** Cuts whatever is still open `graceMs` from now. */
  closeAll(graceMs: number): void {
    this.#options.timers.after(graceMs, () => {
      for (const socket of this.#all) socket.destroy()
    })
    for (const socket of this.#unproved.keys()) socket.destroy()
  }
}
