import type { Socket } from 'node:net'
import type { Timers } from '../timers.ts'

/** Why a socket got no further than TCP or HTTP. */
export type SocketRefusal =
  | 'socket.timeout'
  | 'socket.tls'
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
  /** Whether an address is that of a proxy that says for whom it stands: it has no share of its own. Nobody's unless told otherwise. */
  readonly isProxy?: (address: string) => boolean
}

interface Unproved {
  readonly socket: Socket
  /** Whose share it takes. */
  address: string
  readonly cancelDeadline: () => void
  /** What becomes of it has been told, or is for others to tell. */
  isTold: boolean
}

/**
 * The sockets of a listener. A flood of silent ones takes their address's share, and nobody else's (threats H11, H12).
 * A socket may be given as TCP has it, or as what TLS has made of it.
 */
export class Sockets {
  readonly #options: SocketsOptions
  readonly #all = new Set<Socket>()
  readonly #unproved = new Map<string, Unproved>()
  readonly #perAddress = new Map<string, number>()

  constructor(options: SocketsOptions) {
    this.#options = options
  }

  get unauthenticated(): number {
    return this.#unproved.size
  }

  arrive(socket: Socket): void {
    const { timers, maxUnauthenticated, deadlineMs, refused } = this.#options
    const address = socket.remoteAddress ?? ''
    const ends = endsOf(socket)
    socket.on('error', () => socket.destroy())
    if (this.#unproved.size >= maxUnauthenticated || !this.#takeShare(address)) {
      socket.destroy()
      return refused('socket.too-many', address)
    }
    this.#all.add(socket)
    const cancelDeadline = timers.after(deadlineMs, () => {
      this.refuse(socket, 'socket.timeout')
      socket.destroy()
    })
    this.#unproved.set(ends, { socket, address, cancelDeadline, isTold: false })
    socket.once('close', () => {
      this.#all.delete(socket)
      this.#forget(ends)
    })
  }

  /** A proxy has said for whom it stands: from now on that address's share is taken. False where that has none left. */
  standsFor(socket: Socket, address: string): boolean {
    const unproved = this.#unproved.get(endsOf(socket))
    if (!unproved || unproved.address === address) return true
    if (!this.#takeShare(address)) {
      this.refuse(socket, 'socket.too-many')
      return false
    }
    this.#giveBack(unproved.address)
    unproved.address = address
    return true
  }

  /** It gets no further. Told once: what the other end does until the socket is gone is no news. */
  refuse(socket: Socket, code: SocketRefusal): void {
    const unproved = this.#unproved.get(endsOf(socket))
    if (!unproved || unproved.isTold) return
    unproved.isTold = true
    this.#options.refused(code, unproved.address)
  }

  /** A handshake begins, which tells by itself how it ends. */
  upgraded(socket: Socket): void {
    const unproved = this.#unproved.get(endsOf(socket))
    if (unproved) unproved.isTold = true
  }

  /** The other end has a session: it no longer counts. */
  proved(socket: Socket): void {
    this.#forget(endsOf(socket))
  }

  /** Cuts whatever is still open `graceMs` from now. */
  closeAll(graceMs: number): void {
    this.#options.timers.after(graceMs, () => {
      for (const socket of this.#all) socket.destroy()
    })
    for (const { socket } of this.#unproved.values()) socket.destroy()
  }

  #forget(ends: string): void {
    const unproved = this.#unproved.get(ends)
    if (!unproved) return
    unproved.cancelDeadline()
    this.#unproved.delete(ends)
    this.#giveBack(unproved.address)
  }

  #takeShare(address: string): boolean {
    const { isProxy = () => false, maxUnauthenticatedPerAddress } = this.#options
    const taken = this.#perAddress.get(address) ?? 0
    if (taken >= maxUnauthenticatedPerAddress && !isProxy(address)) return false
    this.#perAddress.set(address, taken + 1)
    return true
  }

  #giveBack(address: string): void {
    const left = (this.#perAddress.get(address) ?? 1) - 1
    if (left > 0) this.#perAddress.set(address, left)
    else this.#perAddress.delete(address)
  }
}

/** No two sockets that are open have the same, and TLS does not change it. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}
